"""`docs/settings.md` lists every setting; `python tests/qa/test_settings_page.py` writes it."""

import re
import typing
from pathlib import Path
from types import NoneType

import pytest
from pydantic_core import PydanticUndefined

from qa.errors import SettingsError
from qa.settings import Settings, load_settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"

HEAD = """# Settings

Every setting can stand in the environment, or in a file `.env` in the folder that Quoth is started
in. Some commands take flags for some of them; a flag wins over the environment, and that over
`.env`. They are read once, at the start. A wrong one is refused by name.

<!-- Written by `python tests/qa/test_settings_page.py` from qa/settings.py; a test compares. -->

| setting | takes | by default | what it does |
|---|---|---|---|
"""


def write_page() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "", PydanticUndefined) else f"`{field.default}`"
        if isinstance(field.default, bool):
            default = f"`{str(field.default).lower()}`"
        meaning = " ".join((field.description or "").split()).replace("|", "\\|")
        rows.append(
            f"| `QUOTH_{name.upper()}` | {_kind(field.annotation)} | {default} | {meaning} |"
        )
    return HEAD + "\n".join(rows) + "\n"


def _kind(annotation: object) -> str:
    parts = [part for part in typing.get_args(annotation) if part is not NoneType]
    if typing.get_origin(annotation) is typing.Literal:
        return ", ".join(f"`{part}`" for part in parts)
    names = {bool: "true, false", int: "whole number", float: "number", str: "text", Path: "path"}
    return names.get(parts[0] if parts else annotation, "text")  # type: ignore[call-overload, no-any-return]


def test_the_page_lists_every_setting() -> None:
    assert PAGE.read_text() == write_page(), "run: python tests/qa/test_settings_page.py"


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert re.match(r"[A-Z].*[.]$", field.description), name


def test_the_environment_counts_and_a_flag_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_PORT", "9000")
    monkeypatch.setenv("QUOTH_HOST", "")
    assert load_settings().port == 9000
    assert load_settings().host == "127.0.0.1"
    assert load_settings(port=9001).port == 9001


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "70000"),
        ("port", "http"),
        ("max_error", "1.5"),
        ("log_format", "xml"),
        ("workers", "0"),
        ("request_seconds", "-1"),
        ("rate_per_key", "-5"),
        ("insecure", "perhaps"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"QUOTH_{name.upper()}", value)
    with pytest.raises(SettingsError, match=f"QUOTH_{name.upper()}={value!r}"):
        load_settings()


if __name__ == "__main__":
    PAGE.write_text(write_page())
