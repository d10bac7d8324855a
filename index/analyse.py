"""Text to the words that are searched: folded, numbers normalised, English endings taken off."""

import threading
import unicodedata

import regex
import Stemmer

LONGEST = 64

_WORD = regex.compile(
    r"""
      (?P<acronym> (?:\p{L}\.){2,} )                                   # U.S.
    | (?P<number> \p{Nd}{1,3}(?:,\p{Nd}{3})+(?![\p{Nd}])               # 353,737
                | \p{Nd}{1,2}(?:,\p{Nd}{2})+,\p{Nd}{3}(?![\p{Nd}])     # 3,53,737
                | \p{Nd}+(?:\.\p{Nd}+)+ )                              # 3.5
    | (?P<glyph> [\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}] )           # written without spaces
    | (?P<word> [\w\p{M}]+(?:['\u2019][\w\p{M}]+)*
                (?:[-\u2010\u2011][\w\p{M}]+)* )
    """,
    regex.VERBOSE,
)
_PARTS = regex.compile(r"[-\u2010\u2011]")
_LATIN_MARKS = regex.compile(r"(?<=\p{Latin})\p{Mn}+")


class Analyser:
    """Splits text into searchable words. The same text gives the same words in every thread."""

    def __init__(self) -> None:
        self._local = threading.local()

    def words(self, text: str) -> list[str]:
        """Return the words of a text in order, folded and stemmed.

        `3,53,737`, `353,737` and `353737` are one word; `U.S.` is `us`; a hyphenated word gives
        its parts and, where it is made of letters, the parts joined.
        """
        found: list[str] = []
        for match in _WORD.finditer(_fold(text)):
            word = match.group()
            if match.lastgroup == "acronym":
                found.append(word.replace(".", ""))
            elif match.lastgroup == "number":
                found.append(_digits(word.replace(",", "")))
            elif "-" in word or "\u2010" in word or "\u2011" in word:
                found += _compound(word)
            else:
                found.append(word if word.isascii() else _digits(word.replace("\u2019", "'")))
        return [word[:LONGEST] for word in self._stemmer().stemWords(found)]

    def _stemmer(self) -> Stemmer.Stemmer:
        # a stemmer keeps a cache and is not safe to share between threads
        if not hasattr(self._local, "stemmer"):
            self._local.stemmer = Stemmer.Stemmer("english")
        stemmer: Stemmer.Stemmer = self._local.stemmer
        return stemmer


def _fold(text: str) -> str:
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKC", text).casefold()
    bare = _LATIN_MARKS.sub("", unicodedata.normalize("NFD", folded))
    return unicodedata.normalize("NFC", bare)


def _compound(word: str) -> list[str]:
    parts = [_digits(part.replace("\u2019", "'")) for part in _PARTS.split(word)]
    letters = all(part.isalpha() for part in parts)
    return [*parts, "".join(parts)] if letters and len(parts) > 1 else parts


def _digits(word: str) -> str:
    if word.isascii():
        return word
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in word)
