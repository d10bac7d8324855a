"""Every setting of Quoth, read once from flags, the environment (`QUOTH_…`) and `.env`."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError
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
        0.05,
        gt=0.0,
        lt=1.0,
        description="Acceptable share of wrong answers among the answered questions.",
    )
    threads: int = Field(
        0, ge=0, le=256, description="Threads for the models; 0 takes every core of this process."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level that is logged."
    )


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
