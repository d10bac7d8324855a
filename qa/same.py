"""When two texts say the same words: without case, punctuation, and kinds of white space."""

import re
import unicodedata

_NOT_WORDS = re.compile(r"[\W_]+")


def same_words(one: str, other: str) -> bool:
    """Say whether two texts are the same but for case, punctuation and white space."""
    return _words(one) == _words(other)


def says(text: str, quote: str) -> bool:
    """Say whether a text holds the quote's words in their order, without gaps."""
    wanted = _words(quote)
    return bool(wanted) and f" {wanted} " in f" {_words(text)} "


def _words(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NOT_WORDS.sub(" ", folded).strip()
