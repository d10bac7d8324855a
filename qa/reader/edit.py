"""Edits that make an answerable question unanswerable by its passage (after SQuAD 2.0's kinds).

Rajpurkar et al. 2018 list negation, antonyms, entity swaps and mutually exclusive conditions as
the ways in which crowd workers wrote unanswerable questions; these are their mechanical cousins.
"""

from __future__ import annotations

import random
import re
from itertools import pairwise

_NUMBER = re.compile(r"\b\d[\d,]*(?:\.\d+)?\b")
_NAME = re.compile(r"\b[A-Z][\w'’-]+(?:\s+(?:of\s+(?:the\s+)?)?[A-Z][\w'’-]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]”]*\s+(?=[A-Z0-9\"'(\[“])|\n+")
_NEGATABLE = re.compile(
    r"\b(is|are|was|were|does|did|do|has|can|could|will|would|should)\b(?! not|n't)", re.IGNORECASE
)

_CYCLES = (
    "january february march april may june july august september october november december",
    "monday tuesday wednesday thursday friday saturday sunday",
    "first second third fourth fifth sixth",
    "one two three four five six seven eight nine ten",
)

_OPPOSITES = """
increase decrease|increased decreased|increases decreases|first last|north south|northern southern
east west|eastern western|before after|more fewer|more less|most least|import export
imports exports|imported exported|largest smallest|larger smaller|large small|highest lowest
higher lower|high low|high-level low-level|oldest youngest|older younger|old new|early late
earlier later|earliest latest|begin end|began ended|start end|started ended|starting ending
founded abolished|created destroyed|built demolished|won lost|win lose|winner loser|gain lose
gained lost|rise fall|rose fell|enter leave|entered left|join leave|joined left|arrive depart
arrived departed|buy sell|bought sold|buys sells|accept reject|accepted rejected
allow forbid|allowed forbidden|support oppose|supported opposed|agree disagree|agreed disagreed
include exclude|included excluded|includes excludes|positive negative|good bad|best worst
better worse|strong weak|stronger weaker|strongest weakest|male female|men women|man woman
father mother|son daughter|brother sister|king queen|husband wife|boys girls|public private
inside outside|internal external|inner outer|upper lower|left right|above below|over under
maximum minimum|major minor|majority minority|common rare|popular unpopular|legal illegal
possible impossible|true false|friend enemy|allies enemies|attack defend|attacked defended
victory defeat|domestic foreign|rural urban|rich poor|richest poorest|cheap expensive|hot cold
warm cool|dry wet|summer winter|spring autumn|day night|morning evening|long short
longest shortest|longer shorter|fast slow|faster slower|ancient modern|senior junior|teacher student
employer employee|buyer seller|lender borrower|raise cut|raised cut|expand shrink|expanded shrank
open close
opened closed|appointed dismissed|hired fired|elected defeated|born died|life death|birth death
simple complex|easy difficult|easier harder|same different|similar different|always never
love hate|loved hated|like dislike|likes dislikes|liked disliked|happy sad|heavy light|near far
closest farthest|top bottom|front back|increase reduction|growth decline|profit loss|tariff subsidy
surplus deficit|gained conceded|ratified rejected|approved vetoed|granted denied|imposed lifted
"""

_NATIONS = """
America|American,Argentina|Argentine,Australia|Australian,Austria|Austrian,Belgium|Belgian
Brazil|Brazilian,Britain|British,Canada|Canadian,Chile|Chilean,China|Chinese,Cuba|Cuban
Denmark|Danish,Egypt|Egyptian,England|English,Europe|European,Finland|Finnish,France|French
Germany|German,Greece|Greek,Hungary|Hungarian,India|Indian,Indonesia|Indonesian,Iran|Iranian
Iraq|Iraqi,Ireland|Irish,Israel|Israeli,Italy|Italian,Japan|Japanese,Kenya|Kenyan,Korea|Korean
Mexico|Mexican,Nepal|Nepalese,Nigeria|Nigerian,Norway|Norwegian,Pakistan|Pakistani,Poland|Polish
Portugal|Portuguese,Rome|Roman,Russia|Russian,Scotland|Scottish,Spain|Spanish,Sweden|Swedish
Switzerland|Swiss,Syria|Syrian,Thailand|Thai,Turkey|Turkish,Ukraine|Ukrainian,Vietnam|Vietnamese
the United States|American,the United Kingdom|British,the US|American,the UK|British
the Netherlands|Dutch,the Soviet Union|Soviet,the Philippines|Philippine
"""


def _nations() -> dict[str, tuple[str, str]]:
    """Map each country's name and adjective, in lower case, to both."""
    pairs = [tuple(pair.split("|")) for pair in _NATIONS.replace("\n", ",").split(",") if pair]
    return {word.lower(): (pair[0], pair[1]) for pair in pairs[::-1] for word in pair}


_NATION = _nations()
NATION_WORD = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, _NATION), key=len, reverse=True)) + r")\b",
    re.IGNORECASE,
)


def _swaps() -> dict[str, tuple[str, ...]]:
    table: dict[str, set[str]] = {}
    for pair in _OPPOSITES.replace("\n", "|").split("|"):
        words = pair.split()
        if len(words) == 2:
            for word, other in (words, words[::-1]):
                table.setdefault(word, set()).add(other)
    for line in _CYCLES:
        cycle = line.split()
        for word in cycle:
            table.setdefault(word, set()).update(other for other in cycle if other != word)
    return {word: tuple(sorted(others)) for word, others in table.items()}


_SWAPS = _swaps()


def sentences(text: str) -> list[tuple[int, int]]:
    """Cut a text into half-open sentence ranges that cover it, by punctuation alone."""
    cuts = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return [(a, b) for a, b in pairwise(cuts) if b > a]


def without_answers(context: str, answers: list[tuple[int, int]]) -> str | None:
    """Drop the sentences that overlap an answer; None where an answer's words still remain."""
    texts = {context[a:b].lower() for a, b in answers}
    kept = [
        context[start:end]
        for start, end in sentences(context)
        if not any(a < end and start < b for a, b in answers)
    ]
    rest = "".join(kept).strip()
    if len(rest.split()) < 25 or any(text in rest.lower() for text in texts):
        return None
    return rest


def swap_number(question: str, passage: str, rng: random.Random) -> str | None:
    """Put another number of the passage, or a near one, in a number's place."""
    found = list(_NUMBER.finditer(question))
    if not found:
        return None
    match = rng.choice(found)
    others = [n for n in set(_NUMBER.findall(passage)) if n != match.group()]
    alike = sorted(n for n in others if len(n) == len(match.group()))
    near = alike if alike and rng.random() < 0.6 else [_near(match.group(), rng)]
    other: str = rng.choice(near)
    return question[: match.start()] + other + question[match.end() :]


def swap_name(question: str, names: list[str], rng: random.Random) -> str | None:
    """Put another name in a capitalised name's place; the question's first word stays."""
    found = list(_NAME.finditer(question, question.find(" ") + 1))
    known = question.lower()
    others = [name for name in names if name.lower() not in known]
    if not found or not others:
        return None
    match = rng.choice(found)
    others = [name for name in others if name.lower() not in match.group().lower()]
    length = len(match.group().split())
    alike = [name for name in others if len(name.split()) == length] or others
    if not alike:
        return None
    return question[: match.start()] + rng.choice(alike) + question[match.end() :]


def names_in(text: str) -> list[str]:
    """List the capitalised names of a text that do not open a sentence."""
    openings = {start for start, _ in sentences(text)}
    return sorted({m.group() for m in _NAME.finditer(text) if m.start() not in openings})


def swap_roles(question: str, rng: random.Random) -> str | None:
    """Exchange two names: who did it to whom, or whose citizens are in which country."""
    nations = [m for m in NATION_WORD.finditer(question) if not m.group().islower()]
    if len({_NATION[m.group().lower()][0] for m in nations}) > 1:
        found = nations
    else:
        found = list(_NAME.finditer(question, question.find(" ") + 1))
    pairs = [(a, b) for a in found for b in found if a.start() < b.start()]
    pairs = [(a, b) for a, b in pairs if a.group().lower() != b.group().lower()]
    if found is not nations:
        pairs = [(a, b) for a, b in pairs if len(a.group().split()) == len(b.group().split())]
    if not pairs:
        return None
    first, second = rng.choice(pairs)
    return "".join(
        (
            question[: first.start()],
            _in_form(second.group(), first.group()),
            question[first.end() : second.start()],
            _in_form(first.group(), second.group()),
            question[second.end() :],
        )
    )


def _in_form(name: str, place: str) -> str:
    """Return a nation as country or adjective, whichever stood in its new place."""
    nation, replaced = _NATION.get(name.lower()), _NATION.get(place.lower())
    if nation is None or replaced is None:
        return name
    return nation[place.lower() == replaced[1].lower()]


def swap_opposite(question: str, rng: random.Random) -> str | None:
    """Put an opposite, or another member of its cycle, in the place of one word."""
    words = [m for m in re.finditer(r"[A-Za-z-]+", question) if m.group().lower() in _SWAPS]
    if not words:
        return None
    match = rng.choice(words)
    other = rng.choice(_SWAPS[match.group().lower()])
    if match.group()[0].isupper():
        other = other.capitalize()
    return question[: match.start()] + other + question[match.end() :]


def negate(question: str, rng: random.Random) -> str | None:
    """Negate the question's first auxiliary verb."""
    match = _NEGATABLE.search(question)
    if match is None:
        return None
    joined = match.group().lower() not in {"can", "will"} and rng.random() < 0.5
    return question[: match.end()] + ("n't" if joined else " not") + question[match.end() :]


def _near(number: str, rng: random.Random) -> str:
    plain = number.replace(",", "")
    if not plain.isdigit():
        return str(round(float(plain) + rng.choice((-2, -1, 1, 2)) * rng.random() * 3 + 0.1, 1))
    value = int(plain)
    step = rng.randint(1, 12) if value < 3000 else rng.randint(1, max(2, value // 5))
    return str(max(0, value + rng.choice((-1, 1)) * step))
