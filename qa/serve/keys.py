"""API keys: random tokens, of which only the digest is kept.

A token is `quoth_<id>_<secret>` with 256 random bits in its secret, so a plain SHA-256 of it is
enough at rest: there is nothing to guess. The file is written whole beside the old one and moved
into its place, so that a reader sees the old keys or the new ones.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from qa.errors import SettingsError
from qa.serve.access import Access, Scope


class Key(BaseModel):
    """A key as it is kept: without its token."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    sha256: str
    scopes: tuple[Scope, ...]
    collections: tuple[str, ...]
    created: datetime
    revoked: datetime | None = None

    @property
    def access(self) -> Access:
        """What the key opens."""
        return Access(self.id, frozenset(self.scopes), frozenset(self.collections))


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, with its token, which is shown once and kept nowhere."""

    key: Key
    token: str


_Keys = TypeAdapter(list[Key])
_NOBODY = hashlib.sha256(b"").hexdigest()


class KeyStore:
    """The keys in a file of mode 0600. Changes by other processes are seen at the next request.

    Once there has been a key, one is required: revoking the last does not open the door, and
    neither does a file that has vanished or cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}
        self._required = False

    @property
    def required(self) -> bool:
        """Say whether requests need a key."""
        self._refresh()
        return self._required

    @property
    def usable(self) -> bool:
        """Say whether there is a key that is not revoked."""
        self._refresh()
        return any(key.revoked is None for key in self._keys.values())

    def find(self, token: str) -> Access | None:
        """Return the access of a token; None for one that is unknown or revoked."""
        self._refresh()
        key = self._keys.get(token.split("_")[1] if token.count("_") >= 2 else "")
        same = hmac.compare_digest(_digest(token), key.sha256 if key else _NOBODY)
        return key.access if key and same and key.revoked is None else None

    def list(self) -> Sequence[Key]:
        """Return all keys, oldest first. Raises SettingsError for a damaged file."""
        return self._read()

    def add(self, name: str, scopes: Sequence[Scope], collections: Sequence[str]) -> NewKey:
        """Make a key."""
        identifier = secrets.token_hex(6)
        token = f"quoth_{identifier}_{secrets.token_urlsafe(32)}"
        key = Key(
            id=identifier,
            name=name,
            sha256=_digest(token),
            scopes=tuple(scopes),
            collections=tuple(collections),
            created=datetime.now(UTC).replace(microsecond=0),
        )
        with self._locked():
            self._write([*self._read(), key])
        return NewKey(key, token)

    def revoke(self, identifier: str) -> Key:
        """Revoke a key for good. Raises SettingsError for an unknown identifier."""
        with self._locked():
            keys = {key.id: key for key in self._read()}
            if identifier not in keys:
                raise SettingsError(
                    f"There is no key {identifier!r}. `quoth keys list` shows them."
                )
            now = datetime.now(UTC).replace(microsecond=0)
            revoked = keys[identifier].model_copy(update={"revoked": now})
            self._write([*{**keys, identifier: revoked}.values()])
        return revoked

    def _refresh(self) -> None:
        try:
            status = self._path.stat()
        except OSError:
            self._keys, self._seen = {}, None
            return
        seen = (status.st_ino, status.st_mtime_ns, status.st_size)
        if seen == self._seen:
            return
        self._required = True
        try:
            self._keys = {key.id: key for key in self._read()}
        except SettingsError:
            self._keys = {}
        self._seen = seen

    def _read(self) -> Sequence[Key]:
        try:
            return _Keys.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except (OSError, ValidationError) as error:
            reason = "cannot be read" if isinstance(error, OSError) else "is damaged"
            raise SettingsError(
                f"The key file {self._path} {reason}. Restore it from a copy, or remove it and "
                "make new keys with `quoth keys add`."
            ) from error

    def _write(self, keys: Sequence[Key]) -> None:
        fresh = self._path.with_name(self._path.name + ".new")
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(_Keys.dump_python(list(keys), mode="json"), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = self._path.with_name(self._path.name + ".lock")
        descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
