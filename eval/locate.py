"""Find the gold evidence in the corpus as it stands now."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from eval.door import Door, Limits, Listed, Place
from eval.errors import GoldError, Problem
from eval.gold import Evidence, Gold


class Library:
    """The documents behind a door, each text fetched once."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._texts: dict[str, str] = {}

    @cached_property
    def documents(self) -> tuple[Listed, ...]:
        """List the documents."""
        return self._door.documents()

    def find(self, name: str) -> Listed | None:
        """Return the document of this id or uri, or the only one whose uri ends in this path."""
        for document in self.documents:
            if name in (document.id, document.uri):
                return document
        same = [one for one in self.documents if _same_path(one.uri, name)]
        return same[0] if len(same) == 1 else None

    def text(self, document_id: str) -> str:
        """Return a document's text."""
        if document_id not in self._texts:
            self._texts[document_id] = self._door.text(document_id)
        return self._texts[document_id]


@dataclass(frozen=True, slots=True)
class Target:
    """A gold question with the places that answer it.

    `places` are whole evidence quotes; `answers` are the places of the acceptable answers inside
    them. `missing` says what the corpus lacks.
    """

    gold: Gold
    places: tuple[Place, ...] = ()
    answers: tuple[Place, ...] = ()
    limits: Limits | None = None
    missing: tuple[str, ...] = ()


def locate(golds: Sequence[Gold], library: Library) -> tuple[Target, ...]:
    """Find every piece of evidence; what is not there is noted in `missing`."""
    return tuple(_target(gold, library) for gold in golds)


def check(targets: Sequence[Target], path: str) -> None:
    """Raise GoldError where the corpus does not bear out the labels."""
    faults = tuple(
        Problem(target.gold.line, words) for target in targets for words in target.missing
    )
    if faults:
        raise GoldError(path, faults)


def _target(gold: Gold, library: Library) -> Target:
    places: list[Place] = []
    answers: list[Place] = []
    missing: list[str] = []
    for evidence in gold.evidence:
        try:
            found = list(_places(evidence, library))
        except LookupError as error:
            missing.append(str(error.args[0]))
            continue
        inside = [one for place in found for one in _inside(place, gold.answers, library)]
        if not inside:
            missing.append(f"evidence: none of the answers is in {_short(evidence)}")
        places += found
        answers += inside
    return Target(gold, tuple(places), tuple(answers), _limits(gold, library), tuple(missing))


def _places(evidence: Evidence, library: Library) -> Iterator[Place]:
    document = library.find(evidence.document)
    if document is None:
        raise LookupError(f"evidence: the corpus has no document {evidence.document!r}")
    text = library.text(document.id)
    if evidence.quote is None:
        yield _range(evidence, document, len(text))
        return
    starts = _starts(text, evidence.quote)
    if not starts:
        raise LookupError(f"evidence: {document.uri} does not say {_short(evidence)}")
    if evidence.start is not None:
        starts = [min(starts, key=lambda start: abs(start - (evidence.start or 0)))]
    for start in starts:
        yield Place(document.id, start, start + len(evidence.quote))


def _range(evidence: Evidence, document: Listed, length: int) -> Place:
    start, end = evidence.start or 0, evidence.end or 0
    if end > length:
        raise LookupError(f"evidence: {document.uri} ends at {length}, not {end}")
    return Place(document.id, start, end)


def _starts(text: str, words: str) -> list[int]:
    return [match.start() for match in re.finditer(re.escape(words), text)] if words else []


def _inside(place: Place, answers: Sequence[str], library: Library) -> Iterator[Place]:
    text = library.text(place.document_id)[place.start : place.end]
    for answer in answers:
        for start in _starts(text, answer):
            begin = place.start + start
            yield Place(place.document_id, begin, begin + len(answer))


def _limits(gold: Gold, library: Library) -> Limits | None:
    if gold.filters is None and gold.as_of is None:
        return None
    filters = gold.filters
    if filters is None:
        return Limits(date_to=gold.as_of)
    found = [library.find(name) for name in filters.documents]
    last = [day for day in (filters.date_to, gold.as_of) if day]
    return Limits(
        tuple(one.id if one else name for one, name in zip(found, filters.documents, strict=True)),
        filters.date_from,
        min(last) if last else None,
        dict(filters.metadata),
    )


def _same_path(uri: str, name: str) -> bool:
    bare = name.removeprefix("./")
    return uri.endswith("/" + bare) or bare.endswith("/" + uri)


def _short(evidence: Evidence) -> str:
    words = evidence.quote or f"{evidence.start} to {evidence.end}"
    return repr(words if len(words) <= 80 else words[:77] + "…")
