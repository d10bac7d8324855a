"""Gold questions: what is asked, what is an acceptable answer, and where the text says it.

A gold file is JSON Lines (docs/evaluation.md). Evidence names a document and an exact quote or
offsets, never a passage, so that the labels survive another chunking or embedding.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from eval.errors import GoldError, Problem

Text = Annotated[str, StringConstraints(min_length=1, pattern=r"\S")]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place that answers a question: an exact quote, or half-open code point offsets, or both.

    A quote without offsets stands for every place where the document has these words; with them,
    for the one that is nearest, since another version of the document may have moved it.
    """

    document: str
    quote: str | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """What the question is limited to; documents are named by uri."""

    documents: tuple[str, ...] = ()
    date_from: date | None = None
    date_to: date | None = None
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Gold:
    """A gold question. `group` names what is resampled together; `line` is its line in the file.

    Each piece of evidence answers the question by itself; without answers it is one that the
    corpus does not answer.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    tags: tuple[str, ...] = ()
    filters: Filters | None = None
    as_of: date | None = None
    group: str = ""
    line: int = 0

    @property
    def answerable(self) -> bool:
        """Say whether the corpus answers it."""
        return bool(self.answers)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EvidenceLine(_Strict):
    """Evidence as it is written in a gold file."""

    document: Text
    quote: Text | None = None
    start: Annotated[int, Field(ge=0)] | None = None
    end: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "EvidenceLine":
        if (self.start is None) != (self.end is None):
            raise ValueError("start and end go together")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("start must be before end")
        if self.quote is None and self.start is None:
            raise ValueError("give a quote, or start and end")
        return self


class FiltersLine(_Strict):
    """Filters as they are written in a gold file."""

    documents: list[Text] = []
    date_from: date | None = None
    date_to: date | None = None
    metadata: dict[str, str] = {}


class GoldLine(_Strict):
    """One line of a gold file."""

    id: Text
    question: Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\S")]
    answers: list[Text] = []
    evidence: list[EvidenceLine] = []
    answerable: bool = True
    tags: list[Text] = []
    filters: FiltersLine | None = None
    as_of: date | None = None
    group: str = ""

    @model_validator(mode="after")
    def _agree(self) -> "GoldLine":
        if self.answerable and not (self.answers and self.evidence):
            raise ValueError("an answerable question needs answers and evidence")
        if not self.answerable and (self.answers or self.evidence):
            raise ValueError("answerable is false, so answers and evidence must be empty")
        return self

    def to_gold(self, line: int) -> Gold:
        """Return the gold question that stands on this line (from 1)."""
        evidence = tuple(Evidence(**one.model_dump()) for one in self.evidence)
        filters = None
        if self.filters:
            filters = Filters(
                tuple(self.filters.documents),
                self.filters.date_from,
                self.filters.date_to,
                tuple(sorted(self.filters.metadata.items())),
            )
        return Gold(
            id=self.id,
            question=self.question,
            answers=tuple(self.answers),
            evidence=evidence,
            tags=tuple(self.tags),
            filters=filters,
            as_of=self.as_of,
            group=self.group or (evidence[0].document if evidence else ""),
            line=line,
        )


def read_gold(path: Path) -> tuple[Gold, ...]:
    """Read a gold file. Raises GoldError with every fault and its line, OSError without a file."""
    text = path.read_text(encoding="utf-8")
    faults: list[Problem] = []
    golds: list[Gold] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            golds.append(GoldLine.model_validate_json(line).to_gold(number))
        except ValidationError as error:
            faults += _faults(error, number)
    faults += _repeated(golds)
    if not golds and not faults:
        faults.append(Problem(1, "there is no question in the file"))
    if faults:
        raise GoldError(str(path), tuple(sorted(faults, key=lambda fault: fault.line)))
    return tuple(golds)


def write_gold(golds: Iterable[GoldLine], path: Path) -> None:
    """Write a gold file, one question a line."""
    lines = [line.model_dump_json(exclude_defaults=True) + "\n" for line in golds]
    path.write_text("".join(lines), encoding="utf-8")


def _faults(error: ValidationError, line: int) -> Iterator[Problem]:
    for fault in error.errors():
        where = ".".join(str(part) for part in fault["loc"])
        yield Problem(line, f"{where}: {_words(fault)}" if where else _words(fault))


def _words(fault: Any) -> str:
    return str(fault["msg"]).removeprefix("Value error, ")


def _repeated(golds: list[Gold]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for gold in golds:
        if gold.id in seen:
            yield Problem(gold.line, f"id: {gold.id!r} is already on line {seen[gold.id]}")
        seen.setdefault(gold.id, gold.line)
