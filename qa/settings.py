"""Every setting of Quoth, read once from flags, the environment (`QUOTH_…`) and `.env`."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from qa.errors import SettingsError


class Settings(BaseSettings):
    """The settings, frozen. A flag wins over the environment, and that over `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="QUOTH_", env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    data: Path = Field(Path(".quoth"), description="Folder of the built index.")
    sources: Path = Field(Path("seeds"), description="Folder or file that `serve` keeps indexed.")
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    embedder: str = Field(
        "all-MiniLM-L6-v2",
        description="Embedding model: the built-in all-MiniLM-L6-v2, or any sentence-transformers "
        "name or folder.",
    )
    reader: str = Field(
        "quoth",
        description="Reader: the built-in `quoth`, or any Hugging Face extractive "
        "question-answering name or folder.",
    )
    calibration: Path | None = Field(
        None, description="Calibration file of another reader, as `quoth calibrate` writes it."
    )
    max_error: float = Field(
        0.25,
        gt=0.0,
        lt=1.0,
        description="Acceptable share of wrong answers among the answered questions; the "
        "calibration says what it can promise, and its most careful row stands in for less.",
    )
    threads: int = Field(
        0, ge=0, le=256, description="Threads for the models; 0 takes every core of this process."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level that is logged."
    )
    workers: int = Field(2, ge=1, le=64, description="Questions that are answered side by side.")
    max_waiting: int = Field(
        64, ge=1, le=10_000, description="Requests that may wait or run; more are refused with 429."
    )
    request_seconds: float = Field(
        30.0, gt=0.0, le=3600.0, description="Longest that a request may take before its answer."
    )
    upload_seconds: float = Field(
        600.0, gt=0.0, le=86_400.0, description="Longest that an upload or a batch may take."
    )
    max_upload_bytes: int = Field(
        50_000_000, ge=1, description="Most bytes of one upload, all its files together."
    )
    key_path: Path | None = Field(
        None, description="File of the API keys; keys.json in QUOTH_DATA if it is not set."
    )
    insecure: bool = Field(
        False, description="Serve other machines without API keys: everyone may read and write."
    )
    rate_per_key: int | None = Field(
        None,
        ge=0,
        description="Requests a minute of one key; 0 is no limit. 600 if it is not "
        "set, and no limit on a loopback address.",
    )
    rate_per_address: int | None = Field(
        None,
        ge=0,
        description="Requests a minute of one address; 0 is no limit. 600 if it is "
        "not set, and no limit on a loopback address.",
    )
    hosts: str = Field(
        "",
        description="Names in the Host header that are answered, with commas between. Any "
        "if it is empty, but only local names on a loopback address.",
    )
    cors_origins: str = Field(
        "", description="Origins whose pages may ask, with commas between; none if it is empty."
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses of proxies whose X-Forwarded-For is believed, with commas "
        "between; none if it is empty.",
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="Form of a log line: text to read, or one JSON object."
    )
    log_questions: bool = Field(False, description="Write the texts of questions into the log.")
    otel: bool = Field(
        False,
        description="Send OpenTelemetry traces, to where OTEL_EXPORTER_OTLP_ENDPOINT says; "
        "needs the extra `otel`.",
    )

    slack_signing_secret: SecretStr | None = Field(
        None,
        description="Signing secret of the Slack app; with the bot token it switches on Slack.",
    )
    slack_bot_token: SecretStr | None = Field(
        None, description="Bot token of the Slack app (`xoxb-…`); needs the extra `slack`."
    )
    mattermost_token: SecretStr | None = Field(
        None, description="Token of a Mattermost outgoing webhook; switches on /v1/webhook."
    )
    teams_secret: SecretStr | None = Field(
        None, description="Security token of a Teams outgoing webhook; switches on /v1/webhook."
    )
    chat_collection: str = Field(
        "default", description="Collection that Slack, Mattermost and Teams ask."
    )

    @property
    def key_file(self) -> Path:
        """The file of the API keys."""
        return self.key_path or self.data / "keys.json"


def load_settings(**flags: Any) -> Settings:
    """Read the settings; flags that are None do not count. Raises SettingsError by name."""
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        wrong = "; ".join(
            f"QUOTH_{'_'.join(str(part) for part in problem['loc']).upper()}"
            f"={problem['input']!r}: {problem['msg']}"
            for problem in error.errors()
        )
        raise SettingsError(f"Settings are wrong: {wrong}. See docs/settings.md.") from error
