"""A conversation to the one question that is asked of the documents. Pure, and no model guesses.

Most messages stand alone and are asked as they are. A message that leans on the one before it is
completed from the conversation, in one of two ways:

- It names nothing of its own ("and in which month?", "who said so?", "when did he visit?"): it is
  asked of the previous question, with that one's answer in the place of its question word: "in
  which month, 1,200 boats were on the lake?" (of eight forms tried on the seed, the one
  that the reader got right most often; eval/LOG.md, follow-ups).
- It swaps a part of the previous question ("what about Canada?", "and in 2024?"): the part is put
  in the place of its like. Where there is no like, the message is asked as it is, so that the
  previous answer is never given for a new subject.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qa.errors import InvalidInput
from qa.question import MAX_CHARACTERS
from qa.serve.message import quotes_in


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_JOINING = _words("and but or also so then plus ok okay")
_ASKING = _words(
    "what which who whom whose when where why how is are was were do does did has have had can "
    "could will would should may might name list tell give say show"
)
_FRAME = _ASKING | _words(
    "a an the in on at of by for from to with about as since until during before after per exactly "
    "precisely else more many much long far old often soon said say says saying so not be been "
    "being there i you me we us your my please that year month day date dates time week number "
    "amount figure total place city country state person man woman people name reason percent "
    "percentage share source sentence text document documents again same only just really no yes "
    "because happen happened mean means meant other others any all"
)
_LEANING = _words("he she they him them his her their hers theirs it its this these those that")
_PREPOSITIONS = _words("in on at of by for from to with about during since")
_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
_LEAD = r"^(?:(?:and|but|or|also|so|then|plus|ok|okay)\b[\s,]*)*"
_QUESTION_WORDS = re.compile(
    rf"{_LEAD}(?:how\s+(?:many|much|long|old|far|often)|what|which|who|whom|when|where|why|how)\b"
    r"(?P<helped>\s+(?:is|are|was|were|do|does|did|has|have|had)\b)?\s*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\b\d[\d,.]*\b")
_NAME = re.compile(r"\b[A-Z][\w.&'’-]*(?:\s+[A-Z][\w.&'’-]*)*")
_PEOPLE = re.compile(r"(?:ese|ish|ian|ean|ani|aqi|can|ench|utch)s?$")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation; system and tool messages are left out before."""

    role: Literal["user", "assistant"]
    text: str


def question_of(turns: Sequence[Turn]) -> str:
    """Return the question that the last user turn asks. Raises InvalidInput naming the limit."""
    asked, answered = "", ""
    for turn in turns:
        if turn.role == "assistant":
            answered = next((answer for _, answer in quotes_in(turn.text)), "")
        elif text := clean(turn.text):
            asked, answered = _complete(text, asked, answered), ""
    last = next((clean(turn.text) for turn in reversed(turns) if turn.role == "user"), "")
    if not last:
        raise InvalidInput("messages", f"need a user message of 1 to {MAX_CHARACTERS} characters")
    if len(last) > MAX_CHARACTERS:
        reason = f"the user message has {len(last)} characters; the limit is {MAX_CHARACTERS}"
        raise InvalidInput("messages", reason)
    return asked


def clean(text: str) -> str:
    """Turn line ends and other control characters into spaces, and strip the ends."""
    spaced = (" " if unicodedata.category(each) in ("Cc", "Cs") else each for each in text)
    return "".join(spaced).strip()


def _complete(text: str, previous: str, answered: str) -> str:
    """Complete a message from the previous question and its answer, where it leans on them."""
    if not previous:
        return text
    words = [word.casefold() for word in _WORD.findall(text)]
    joined = bool(words) and words[0] in _JOINING
    bare = words[1:] if joined else words
    about = bare[:2] in (["what", "about"], ["how", "about"])
    content = [word for word in _WORD.findall(text) if not _frames(word)]
    if not content or _leans(text):
        return _attach(text, previous, answered)
    if about or not _ASKING.intersection(bare):
        return _swap(text, previous) if about or joined or bare[0] in _PREPOSITIONS else text
    return text


def _frames(word: str) -> bool:
    """Say whether a word only frames a question; in capitals (US, IT, WHO) it is a name."""
    capitals = len(word) > 1 and word.isupper()
    return not capitals and word.casefold() in _FRAME | _LEANING | _JOINING


def _leans(text: str) -> bool:
    """Say whether a pronoun has nothing before it in the message that it could stand for."""
    words = _WORD.findall(text)
    for position, word in enumerate(words):
        if word.casefold() in _LEANING and _frames(word):
            before = [each for each in words[:position] if not _frames(each)]
            named = any(each[0].isupper() or each[0].isdigit() for each in before)
            last = position == len(words) - 1
            if not named and (last or not before) and not _introduces(words, position):
                return True
    return False


def _introduces(words: Sequence[str], position: int) -> bool:
    """Say whether `it` or `that` only introduces what follows, as in "is it true that …"."""
    word, after = words[position].casefold(), words[position + 1 : position + 3]
    if word == "it":
        return "that" in [each.casefold() for each in words[position + 1 :]]
    return word == "that" and len(after) == 2 and position > 0


def _attach(text: str, previous: str, answered: str) -> str:
    """Ask a message of what the previous question was about, as far as a question may hold it."""
    asking = _QUESTION_WORDS.match(previous)
    rest = previous[asking.end() :] if asking else previous
    subject = f"{clean(answered)} {rest}" if asking and not asking["helped"] else rest
    joined = re.sub(_LEAD, "", text, count=1, flags=re.IGNORECASE)
    whole = f"{joined.rstrip(' ?.!')}, {subject.strip(' ?.!')}?"
    return whole if len(whole) <= MAX_CHARACTERS else text


def _swap(text: str, previous: str) -> str:
    """Put the new part in the place of its like in the previous question, or ask it alone."""
    part = _part(text)
    first = part.split()[0].casefold() if part else ""
    name = " ".join(part.split()[1:]) if first in _PREPOSITIONS else part
    if number := _NUMBER.search(name):
        swapped, count = _NUMBER.subn(number[0], previous, count=1)
        return swapped if count else _whole(f"{previous.rstrip(' ?.!')} {part}?", text)
    if first in _PREPOSITIONS:
        place = re.compile(rf"\b{first}\s+(?:the\s+)?{_NAME.pattern}", re.IGNORECASE)
        found = [each for each in place.finditer(previous) if _NAME.search(each[0])]
        if found:
            return _replaced(previous, found[-1].span(), part, text)
    noun = re.search(rf"\b\S+\s+{re.escape(name.split()[-1])}\b", previous) if name else None
    if noun and len(name.split()) > 1:
        return _replaced(previous, noun.span(), name, text)
    if not _NAME.match(name):
        return text
    names = [each for each in _NAME.finditer(previous) if each.start() > 0]
    of_people = bool(_PEOPLE.search(name))
    like = [each for each in names if bool(_PEOPLE.search(each[0])) == of_people]
    return _replaced(previous, like[-1].span(), name, text) if like else text


def _part(text: str) -> str:
    """Return the words that a swapping message brings, without "and", "what about" and "?"."""
    lead = rf"{_LEAD}(?:(?:what|how)\s+about\s+)?"
    return re.sub(lead, "", text, flags=re.IGNORECASE).strip(" ?.!").removeprefix("the ")


def _replaced(previous: str, span: tuple[int, int], part: str, text: str) -> str:
    """Replace a span; the article before it goes too, as names of places differ in that."""
    before = re.sub(r"\bthe $", "", previous[: span[0]])
    return _whole(before + part + previous[span[1] :], text)


def _whole(question: str, text: str) -> str:
    return question if len(question) <= MAX_CHARACTERS else text
