"""How far the service is exposed, as plain values read from the settings once."""

import ipaddress
from dataclasses import dataclass

from qa.errors import SettingsError
from qa.settings import Settings

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
PER_MINUTE = 600
"""Requests a minute that a key or an address has by default where others can reach the service."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the doors allow. An empty `hosts` takes any, empty `origins` none but the own.

    Rates are requests a minute; 0 is no limit.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    most_upload_bytes: int = 50_000_000
    request_seconds: float = 30.0
    upload_seconds: float = 600.0
    per_key: int = 0
    per_address: int = 0
    log_questions: bool = False
    traces: bool = False

    @classmethod
    def of(cls, settings: Settings) -> "Exposure":
        """Read the settings; what is left open depends on whether others can reach the address."""
        local = is_loopback(settings.host)
        rate = 0 if local else PER_MINUTE
        return cls(
            hosts=_names(settings.hosts) or (LOCAL_HOSTS if local else ()),
            origins=_names(settings.cors_origins),
            most_upload_bytes=settings.max_upload_bytes,
            request_seconds=settings.request_seconds,
            upload_seconds=settings.upload_seconds,
            per_key=rate if settings.rate_per_key is None else settings.rate_per_key,
            per_address=rate if settings.rate_per_address is None else settings.rate_per_address,
            log_questions=settings.log_questions,
            traces=settings.otel,
        )


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def check_exposed(settings: Settings, usable_key: bool) -> None:
    """Raise SettingsError for an address that others can reach while there is no key."""
    if usable_key or settings.insecure or is_loopback(settings.host):
        return
    raise SettingsError(
        f"QUOTH_HOST={settings.host!r} can be reached from other machines, and there is no API "
        "key. Make one with `quoth keys add NAME`, or say --insecure (QUOTH_INSECURE=true) if "
        "everyone who reaches this address may read and change every document."
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
