"""Label-blind variation: how people type questions, and how documents are shaped.

Every change is drawn without a look at the label, so that none of them hints at it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from qa.reader.edit import sentences

_STOP = """
a an the is are was were be been do does did of in on at to for by with what which who whom
whose when where how that this these those it its as from and has have had
"""
STOP_WORDS = frozenset(_STOP.split())
_WORD = re.compile(r"\w+")
_LARGE = re.compile(r"(?<![\d.,-])(?:\d{1,3}(?:,\d{3})+|\d{6,})(?![\d,]*\d|-)")
_DEFINED = re.compile(
    r"\b((?:[A-Z][\w-]*\s+(?:of\s+|and\s+|for\s+)?){1,6}[A-Z][\w-]*)\s+\(([A-Z]{2,8})\)"
)
_HEADS = (
    "NEW DELHI: ",
    "Washington, Jan 30 (Agency) - ",
    "By our correspondent\n\n",
    "Updated 10:45 IST\n",
    "Press release\n\n",
    "1. Introduction\n\n",
    "Background\n",
    "Source: annual report, page 12\n\n",
)
_TAILS = (
    " (with inputs from agencies)",
    "\n\nRead more",
    ", officials said.",
    "\n\nSee also the annex.",
    " The ministry did not comment.",
    "\n\n- End of section -",
)


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a passage, and the answer's half-open code points; (0, 0) is "not stated".

    `wording` is what the question's wording alone says of its being answerable, as log-odds.
    """

    question: str
    passage: str
    start: int
    end: int
    wording: float = 0.0

    @property
    def answerable(self) -> bool:
        """Whether the passage states the answer."""
        return self.end > self.start


def restyle(question: str, passage: str, rng: random.Random) -> str:
    """Retype the question as people do: keywords, lower case, a typo, no mark, an acronym."""
    draw = rng.random()
    if draw < 0.06:
        return _keywords(question)
    if draw < 0.14:
        question = question.lower()
    elif draw < 0.19:
        question = _typo(question, rng)
    if rng.random() < 0.15:
        question = question.rstrip("? ")
    return _acronym(question, passage, rng)


def reshape(example: Example, before: str, after: str, rng: random.Random) -> Example:
    """Give the passage a document's shape: neighbours, a dateline, Indian digit groups."""
    if rng.random() < 0.22:
        gap = rng.choice(("\n\n", "\n", " "))
        head = before[-rng.randint(60, 400) :].lstrip() + gap if rng.random() < 0.6 else ""
        tail = gap + after[: rng.randint(60, 400)] if rng.random() < 0.6 else ""
        example = _wrapped(example, head, tail)
    if rng.random() < 0.05:
        example = _wrapped(example, rng.choice(_HEADS), "")
    if rng.random() < 0.05:
        example = _wrapped(example, "", rng.choice(_TAILS))
    if rng.random() < 0.15:
        example = regroup_digits(example)
    return example


def crop(example: Example, limit: int, rng: random.Random) -> Example:
    """Keep about `limit` code points of the passage, cut between words, the answer inside."""
    text = example.passage
    if len(text) <= limit:
        return example
    low = max(0, example.end - limit + 10) if example.answerable else 0
    high = min(len(text) - limit, example.start - 10) if example.answerable else len(text) - limit
    first = rng.randint(min(low, high), max(low, high)) if high > 0 else 0
    first = _opening(text, max(0, first), example.start if example.answerable else first + 200)
    last = max(first + limit, example.end)
    while last < len(text) and not text[last].isspace():
        last += 1
    answer = (example.start - first, example.end - first) if example.answerable else (0, 0)
    return Example(example.question, text[first:last], *answer)


def likely_place(example: Example) -> tuple[int, int]:
    """Find the sentence that holds most of the question's words: the place that would mislead."""
    asked = {word.lower() for word in _WORD.findall(example.question)} - STOP_WORDS

    def shared(bounds: tuple[int, int]) -> int:
        words = _WORD.findall(example.passage[bounds[0] : bounds[1]])
        return len(asked & {word.lower() for word in words})

    return max(sentences(example.passage), key=shared, default=(0, 0))


def regroup_digits(example: Example) -> Example:
    """Write the passage's large numbers in lakhs and crores, and move the answer with them."""
    for match in _LARGE.finditer(example.passage):
        touched = example.start < match.end() and match.start() < example.end
        if touched and not (example.start <= match.start() and match.end() <= example.end):
            return example
    return replaced(example, _LARGE, lambda number: indian_groups(number.replace(",", "")))


def replaced(example: Example, kind: re.Pattern[str], new: Callable[[str], str]) -> Example:
    """Replace each match in the passage; an end of the answer within a match goes to its edge."""
    parts: list[str] = []
    seen, length, start, end = 0, 0, None, None
    for match in kind.finditer(example.passage):
        kept = example.passage[seen : match.start()]
        other = new(match.group())
        parts += [kept, other]
        before = length + len(kept)
        if start is None and example.start < match.end():
            start = min(before, length + example.start - seen)
        if end is None and example.end <= match.start():
            end = length + example.end - seen
        elif end is None and example.end <= match.end():
            end = before + len(other)
        seen, length = match.end(), before + len(other)
    start = length + example.start - seen if start is None else start
    end = length + example.end - seen if end is None else end
    passage = "".join(parts) + example.passage[seen:]
    answer = (start, end) if example.answerable else (0, 0)
    return Example(example.question, passage, *answer)


def indian_groups(digits: str) -> str:
    """Group digits as India does: 1234567 is 12,34,567."""
    head, tail = digits[:-3], digits[-3:]
    groups = [head[max(0, i - 2) : i] for i in range(len(head), 0, -2)][::-1]
    return ",".join([*groups, tail])


def _wrapped(example: Example, head: str, tail: str) -> Example:
    passage = head + example.passage + tail
    if not example.answerable:
        return replace(example, passage=passage)
    moved = len(head)
    return Example(example.question, passage, example.start + moved, example.end + moved)


def _opening(text: str, first: int, latest: int) -> int:
    if first == 0:
        return 0
    space = text.find(" ", first)
    return space + 1 if 0 <= space < latest else min(first, latest)


def _keywords(question: str) -> str:
    words = [word for word in question.rstrip("?").split() if word.lower() not in STOP_WORDS]
    return " ".join(words) if len(words) > 1 else question


def _typo(question: str, rng: random.Random) -> str:
    words = list(re.finditer(r"[a-z]{5,}", question))
    if not words:
        return question
    at = rng.choice(words).start() + rng.randint(1, 3)
    pair = question[at : at + 2]
    changed = rng.choice((pair[::-1], pair[0], pair[0] * 2 + pair[1:]))
    return question[:at] + changed + question[at + 2 :]


def _acronym(question: str, passage: str, rng: random.Random) -> str:
    for match in _DEFINED.finditer(passage):
        long, short = match.group(1), match.group(2)
        if short in question.split() and rng.random() < 0.5:
            return question.replace(short, long)
        if long in question and rng.random() < 0.7:
            return question.replace(long, short)
    return question
