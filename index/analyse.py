"""Text to the words that are searched: folded, numbers normalised, English endings taken off."""

import threading
import unicodedata

import regex
import Stemmer

LONGEST = 64  # characters of a word that count
REMEMBERED = 200_000  # different words, so that frequent ones are worked out once

_WORD = regex.compile(
    r"""
      (?:\p{L}\.){2,}                                     # U.S.
    | \p{Nd}{1,3}(?:,\p{Nd}{3})+(?!\p{Nd})               # 353,737
    | \p{Nd}{1,2}(?:,\p{Nd}{2})+,\p{Nd}{3}(?!\p{Nd})     # 12,34,567
    | \p{Nd}+(?:\.\p{Nd}+)+                              # 3.5
    | [\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]\p{M}*    # written without spaces
    | [\w\p{M}]+(?:['\u2019][\w\p{M}]+)*(?:[-\u2010\u2011][\w\p{M}]+)*
    """,
    regex.VERBOSE,
)
_ASCII_WORD = regex.compile(
    r"(?:[a-z]\.){2,}|[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?![0-9])"
    r"|[0-9]+(?:\.[0-9]+)+|[a-z0-9_]+(?:'[a-z0-9_]+)*(?:-[a-z0-9_]+)*"
)
_HYPHEN = regex.compile(r"[-\u2010\u2011]")
_LATIN_MARKS = regex.compile(r"(?<=\p{Latin})\p{Mn}+")


class Analyser:
    """Splits text into searchable words. The same text gives the same words in every thread."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._known: dict[str, tuple[str, ...]] = {}

    def words(self, text: str) -> list[str]:
        """Return the words of a text in order, folded and stemmed.

        `12,34,567`, `1,234,567` and `1234567` are one word; `U.S.` is `us`; a hyphenated word gives
        its parts and, where it is made of letters, the parts joined.
        """
        ascii_ = text.isascii()
        tokens = _ASCII_WORD.findall(text.lower()) if ascii_ else _WORD.findall(_fold(text))
        found: list[str] = []
        for token in tokens:
            found += self._known.get(token) or self._learn(token)
        return found

    def _learn(self, token: str) -> tuple[str, ...]:
        words = tuple(word[:LONGEST] for word in self._stemmer().stemWords(_parts(token)))
        if len(self._known) >= REMEMBERED:
            self._known = {}
        self._known[token] = words
        return words

    def _stemmer(self) -> Stemmer.Stemmer:
        # a stemmer keeps a cache and is not safe to share between threads
        if not hasattr(self._local, "stemmer"):
            self._local.stemmer = Stemmer.Stemmer("english")
        stemmer: Stemmer.Stemmer = self._local.stemmer
        return stemmer


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = _LATIN_MARKS.sub("", unicodedata.normalize("NFD", folded))
    return unicodedata.normalize("NFC", bare)


def _parts(token: str) -> list[str]:
    token = _digits(token).replace("\u2019", "'").replace(",", "")
    if token.endswith("."):
        return [token.replace(".", "")]
    parts: list[str] = _HYPHEN.split(token)
    if len(parts) > 1 and all(part.isalpha() for part in parts):
        return [*parts, "".join(parts)]
    return parts


def _digits(token: str) -> str:
    if token.isascii():
        return token
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in token)
