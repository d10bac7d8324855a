"""Other names and years for an example, the same in question and passage.

Whatever the passage states of a name it states of the new one, so the label stays. A question
that was read before is not known by its names again (after Yan et al. 2022, entity renaming).
"""

from __future__ import annotations

import calendar
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from qa.reader.edit import NATION_WORD
from qa.reader.shape import Example, replaced

_WORD = re.compile(r"\b[^\W\d_]{3,}\b")
_YEAR = re.compile(r"(?<![\d.,])(?:1[1-9]\d\d|20[0-4]\d)(?!\d|[.,]\d)")
_BOUND_YEAR = re.compile(r"centur|\d\d[-–/]\d\d\b", re.IGNORECASE)
"""Words and ranges that a shifted year would contradict."""

_CALENDAR = frozenset((*calendar.month_name, *calendar.day_name))
_OFTEN = 2
_SHIFTS = (-40, -30, -20, -10, 10, 20, 30, 40)
"""Years that all of an example's years move by: whole decades, so that "the 1990s" may move too."""

Place = tuple[bool, bool]
"""Whether a name mostly has a capitalised word before it, and whether after it."""


class Renamer:
    """Draws consistent new names for an example from the names that a corpus holds.

    A name is a word that the corpus always capitalises. It is exchanged for one that mostly
    stands alike: first names for first names, last names for last names, places for places.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Learn the names of `texts`."""
        seen: Counter[str] = Counter()
        small: set[str] = set()
        before: Counter[str] = Counter()
        after: Counter[str] = Counter()
        for text in texts:
            words = list(_WORD.finditer(text))
            for number, match in enumerate(words):
                word = match.group()
                if not word.istitle():
                    small.add(word.lower())
                    continue
                seen[word] += 1
                before[word] += _joined(text, words, number - 1)
                after[word] += _joined(text, words, number)
        self._place: dict[str, Place] = {
            word: (2 * before[word] > count, 2 * after[word] > count)
            for word, count in seen.items()
            if count >= _OFTEN and word.lower() not in small and word not in _CALENDAR
            if not NATION_WORD.fullmatch(word)
        }
        self._alike: dict[Place, list[str]] = defaultdict(list)
        for word in sorted(self._place):
            self._alike[self._place[word]].append(word)

    def rename(self, example: Example, rng: random.Random) -> Example:
        """Exchange names and shift years in question and passage alike."""
        both = f"{example.question} {example.passage}"
        names = self._drawn(both, rng)
        example = _everywhere(example, _WORD, lambda word: names.get(word, word))
        if _BOUND_YEAR.search(both):
            return example
        shift = rng.choice(_SHIFTS)
        return _everywhere(example, _YEAR, lambda year: str(int(year) + shift))

    def _drawn(self, text: str, rng: random.Random) -> dict[str, str]:
        words = sorted({match.group() for match in _WORD.finditer(text)})
        stems = Counter(
            stem for stem in {word.lower(): word.lower()[:4] for word in words}.values()
        )
        taken = {word.lower() for word in words}
        names: dict[str, str] = {}
        for word in words:
            if word not in self._place or stems[word.lower()[:4]] > 1:
                continue
            other = rng.choice(self._alike[self._place[word]])
            if other.lower() not in taken:
                names[word] = other
                taken.add(other.lower())
        return names


def _joined(text: str, words: list[re.Match[str]], number: int) -> bool:
    """Say whether words `number` and the next are both capitalised, with one space between."""
    if not 0 <= number < len(words) - 1:
        return False
    left, right = words[number], words[number + 1]
    capitals = left.group().istitle() and right.group().istitle()
    return capitals and text[left.end() : right.start()] == " "


def _everywhere(example: Example, kind: re.Pattern[str], new: Callable[[str], str]) -> Example:
    question = kind.sub(lambda match: new(match.group()), example.question)
    return replaced(replace(example, question=question), kind, new)
