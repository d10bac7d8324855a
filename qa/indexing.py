"""Files and folders into a corpus: what `quoth index` and the start of `quoth serve` do."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from index.corpus import Corpus
from index.document import Change, Document
from index.errors import LoadError
from index.load import load_many_bytes
from index.sources import Source, find_sources, load_source

UPLOADED = "upload:"
"""How the uri of a document begins that came in over HTTP or standard input, not from a folder."""


class BulkCorpus(Corpus, Protocol):
    """A corpus that takes many documents in few commits."""

    def add_many(
        self, documents: Iterable[Document], collection: str = "default"
    ) -> Iterator[Change]:
        """Add documents, yielding what became of each once it is stored for good."""
        ...

    def delete_many(self, document_ids: Sequence[str], collection: str = "default") -> None:
        """Delete documents in one commit, all or none. Raises UnknownDocument."""
        ...


@dataclass(frozen=True, slots=True)
class Advance:
    """How far an indexing run is: sources read, of how many, and passages stored."""

    sources: int
    of: int
    passages: int


@dataclass(slots=True)
class Report:
    """What an indexing run did; `failed` are the sources that could not be read, with reasons."""

    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    failed: list[LoadError] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Say whether the corpus is another one now."""
        return bool(self.added or self.replaced or self.removed)

    def __str__(self) -> str:
        return (
            f"{self.added} added, {self.replaced} replaced, {self.unchanged} unchanged, "
            f"{self.removed} removed, {len(self.failed)} failed; {self.passages} passages stored"
        )


def index_paths(
    corpus: BulkCorpus,
    paths: Sequence[Path],
    collection: str = "default",
    prune: bool = False,
    advance: Callable[[Advance], None] = lambda _: None,
) -> Report:
    """Add or replace the documents of files and folders; files that fail do not stop the rest.

    `prune` removes what no path holds any more; uploads stay, and so does what a failing file
    last held. Stopping in between keeps what was stored; the same call goes on from there.
    """
    report = Report()
    sources = find_sources(paths)
    seen: set[str] = set()
    read = 0

    def documents() -> Iterator[Document]:
        nonlocal read
        for source in sources:
            for loaded in load_source(source):
                if isinstance(loaded, LoadError):
                    report.failed.append(loaded)
                else:
                    seen.add(loaded.id)
                    yield loaded
            read += 1
            advance(Advance(read, len(sources), report.passages))

    for change in corpus.add_many(documents(), collection):
        _count(report, change)
        advance(Advance(read, len(sources), report.passages))
    if prune:
        _prune(corpus, collection, seen, sources, report)
    return report


def index_bytes(corpus: BulkCorpus, data: bytes, name: str, collection: str = "default") -> Report:
    """Add or replace what bytes of a named format hold: one document, or one a record.

    Raises LoadError when nothing of it can be read; records that fail are in the report.
    """
    report = Report()

    def documents() -> Iterator[Document]:
        for loaded in load_many_bytes(data, name, uri=UPLOADED + name):
            if isinstance(loaded, LoadError):
                report.failed.append(loaded)
            else:
                yield loaded

    for change in corpus.add_many(documents(), collection):
        _count(report, change)
    return report


def _count(report: Report, change: Change) -> None:
    match change.outcome:
        case "added":
            report.added += 1
        case "replaced":
            report.replaced += 1
        case "unchanged":
            report.unchanged += 1
            return
    report.passages += change.passages


def _prune(
    corpus: BulkCorpus,
    collection: str,
    seen: set[str],
    sources: Sequence[Source | LoadError],
    report: Report,
) -> None:
    """Remove documents that no source holds; of a JSON Lines file, its single records too."""
    present = {source.uri for source in sources if isinstance(source, Source)}
    failed = bool(report.failed)
    gone = []
    for summary in corpus.list(collection):
        kept = summary.id in seen or summary.uri.startswith(UPLOADED)
        if failed and summary.uri.split("#", 1)[0] in present:
            kept = True
        if not kept:
            gone.append(summary.id)
    corpus.delete_many(gone, collection)
    report.removed += len(gone)
