"""Ask every gold question through a door and keep what came back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from pydantic import TypeAdapter, ValidationError

from eval.door import Door, Passage, Quoted, Reply, Searched
from eval.errors import EvalError, FormatError
from eval.gold import Gold
from eval.locate import Library, Target

PASSAGES = 10
"""Depth of the passages that are judged: every ranking figure is at 10 or less."""

QUOTES = 3

Progress = Callable[[int, int], None]
"""Is told how many questions are done, of how many."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one question got. A crash has an `error` and no reply; it stays in every figure.

    `offsets` says, for each quote, whether it equals its slice of the stored text, and whether the
    answer equals its highlight. `milliseconds` is the time of the ask, as its caller saw it.
    """

    target: Target
    reply: Reply | None
    passages: tuple[Passage, ...]
    offsets: tuple[bool, ...]
    milliseconds: float
    error: str | None = None

    @property
    def gold(self) -> Gold:
        """The question."""
        return self.target.gold

    @property
    def first(self) -> Quoted | None:
        """The first answer, if there is one."""
        return self.reply.answers[0] if self.reply and self.reply.answers else None


@dataclass(frozen=True, slots=True)
class Run:
    """All rows, in the order of the gold file, and what was asked of what."""

    name: str
    rows: tuple[Row, ...]
    searched: Searched
    seconds: float


def ask_all(
    targets: Sequence[Target], door: Door, name: str, progress: Progress = lambda done, of: None
) -> Run:
    """Ask each question in turn; nothing that a question does ends the run."""
    library = Library(door)
    begin = perf_counter()
    rows: list[Row] = []
    for number, target in enumerate(targets, start=1):
        rows.append(_ask(target, door, library))
        progress(number, len(targets))
    searched = next((row.reply.searched for row in rows if row.reply), Searched())
    return Run(name, tuple(rows), searched, perf_counter() - begin)


def save(run: Run, path: Path) -> None:
    """Write a run as JSON."""
    path.write_bytes(_RUN.dump_json(run, exclude_defaults=True) + b"\n")


def load(path: Path) -> Run:
    """Read a saved run. Raises FormatError, OSError without a file."""
    try:
        return _RUN.validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FormatError(str(path), f"is not a saved run: {where}: {first['msg']}") from error


_RUN = TypeAdapter(Run)


def _ask(target: Target, door: Door, library: Library) -> Row:
    question, limits = target.gold.question, target.limits
    begin = perf_counter()
    try:
        reply = door.ask(question, QUOTES, limits)
        milliseconds = 1000 * (perf_counter() - begin)
        passages = door.search(question, PASSAGES, limits)
        offsets = tuple(_exact(quoted, library) for quoted in reply.answers)
    except Exception as error:  # noqa: BLE001 a crash is a row, not the end of the run
        milliseconds = 1000 * (perf_counter() - begin)
        return Row(target, None, (), (), milliseconds, _words(error))
    return Row(target, reply, passages, offsets, milliseconds)


def _exact(quoted: Quoted, library: Library) -> bool:
    text = library.text(quoted.document.id)
    place, mark = quoted.location, quoted.highlight
    same = text[place.start : place.end] == quoted.quote
    if same and place.byte_start is not None and place.byte_end is not None:
        same = text.encode()[place.byte_start : place.byte_end] == quoted.quote.encode()
    return same and quoted.quote[mark.start : mark.end] == quoted.answer


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, EvalError) else f"{type(error).__name__}: {error}"
