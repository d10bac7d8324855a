"""The language a text is written in."""

import py3langid

_SAMPLE = 2_000  # characters; enough to be sure, and quick
_FEWEST_LETTERS = 24


def detect_language(text: str) -> str | None:
    """Return the ISO 639-1 code of a text's language, None if there are too few letters to tell."""
    sample = " ".join(text[: 4 * _SAMPLE].split())[:_SAMPLE]
    if sum(map(str.isalpha, sample)) < _FEWEST_LETTERS:
        return None
    code = py3langid.classify(sample)[0]
    return str(code) if len(code) == 2 else None
