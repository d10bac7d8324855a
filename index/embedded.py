"""The corpus in one folder: SQLite is the truth, FAISS and the word index are derived from it."""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from index.analyse import Analyser
from index.catalog import DEFAULT
from index.document import Change, Document, Filter, Found, Summary
from index.edit import Edit
from index.embed import Embedder
from index.errors import CorpusBusy, StorageFull, UnknownDocument
from index.lock import WriterLock
from index.match import Query, find
from index.opening import may_only_be_read, open_catalogue
from index.prepare import Chunk, Prepared, Preparer, is_same
from index.shelf import Kind, NotYetError, Shelf
from index.storage import storing
from index.vectors import EXACT_UP_TO
from index.view import View

COMMIT_PASSAGES = 1024  # of a bulk load: passages in one generation, at most
COMMIT_SECONDS = 2.0  # and seconds of work that a crash may cost
PATIENCE = 30.0  # seconds a search waits for a writer that has not finished its words
ASIDE = 2.0  # seconds after which one who only reads helps itself
PAUSE = 0.005

Place = tuple[tuple[int, int], int]  # the identity of a catalogue file, and a collection in it


@dataclass(frozen=True, slots=True)
class Readiness:
    """A collection's size and generation, for doors and metrics."""

    documents: int
    passages: int
    generation: str


class EmbeddedCorpus:
    """A corpus in a folder of this machine. Implements `Corpus`; safe to share between threads.

    Several processes may serve one folder while one of them writes; each search sees one whole
    generation. Raises DamagedIndex at open for a torn, foreign or newer catalogue.
    """

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        chunk: Chunk,
        read_only: bool = False,
        lock_timeout: float = 10.0,
        exact_up_to: int = EXACT_UP_TO,
    ) -> None:
        self._folder = folder
        self._embedder = embedder
        self._read_only = read_only = read_only or may_only_be_read(folder)
        self._analyser = Analyser()
        self._preparer = Preparer(chunk, embedder, self._analyser)
        self._kind = Kind(embedder.name, embedder.dimension, exact_up_to)
        self._lock = WriterLock(folder / "writer.lock", lock_timeout)
        self._shelves: dict[Place, Shelf] = {}
        self._guard = threading.Lock()
        self._catalogue = open_catalogue(folder, self._lock, embedder.name, read_only)

    def add(self, document: Document, collection: str = DEFAULT) -> Change:
        """Add a document or a new version of it; the same text again changes nothing."""
        return next(self.add_many([document], collection))

    def add_many(
        self, documents: Iterable[Document], collection: str = DEFAULT
    ) -> Iterator[Change]:
        """Add documents, yielding what became of each once it is stored for good.

        Several share a commit; stopping in between keeps what was yielded.
        """
        waiting: dict[str, Prepared] = {}
        size, began = 0, time.monotonic()
        for document in documents:
            former = self._summary(document.id, collection)
            if former and is_same(former, document) and document.id not in waiting:
                yield Change(document.id, "unchanged", former.passages)
                continue
            waiting[document.id] = self._prepare(document, former, collection)
            size += len(waiting[document.id].passages)
            if size >= COMMIT_PASSAGES or time.monotonic() - began >= COMMIT_SECONDS:
                yield from self._commit(list(waiting.values()), collection)
                waiting, size, began = {}, 0, time.monotonic()
        if waiting:
            yield from self._commit(list(waiting.values()), collection)

    def delete(self, document_id: str, collection: str = DEFAULT) -> None:
        """Delete a document. Raises UnknownDocument."""
        self.delete_many([document_id], collection)

    def delete_many(self, document_ids: Sequence[str], collection: str = DEFAULT) -> None:
        """Delete documents in one commit, all or none. Raises UnknownDocument."""
        for document_id in document_ids:
            self.describe(document_id, collection)
        if document_ids:
            with self._writing(collection) as edit:
                for document_id in document_ids:
                    edit.remove(document_id)

    def get(self, document_id: str, collection: str = DEFAULT) -> Document:
        """Return a document with its text. Raises UnknownDocument."""
        with self._catalogue.view(collection) as view:
            return view.document(document_id)

    def describe(self, document_id: str, collection: str = DEFAULT) -> Summary:
        """Return what is known of a document, without its text. Raises UnknownDocument."""
        with self._catalogue.view(collection) as view:
            summary = view.summary(document_id)
        if summary is None:
            raise UnknownDocument(document_id)
        return summary

    def search(
        self,
        queries: Sequence[str],
        top_k: int,
        collection: str = DEFAULT,
        where: Filter | None = None,
    ) -> list[Found]:
        """Find the `top_k` best passages of each side for each query; one `Found` a query.

        The cosine and the BM25 score of every hit are exact, whichever side found it. Hits are in
        descending order of cosine.
        """
        asked = [Query(query, self._embedder.embed_query(query)) for query in queries]
        began = still = time.monotonic()
        generation = -1
        while time.monotonic() < began + PATIENCE:
            with self._catalogue.view(collection) as view:
                try:
                    return find(view, self._shelf(view), asked, top_k, where)
                except NotYetError:
                    if view.state.generation != generation:
                        generation, still = view.state.generation, time.monotonic()
            self._finish(collection, aside=time.monotonic() > still + ASIDE)
        raise CorpusBusy(None)

    def readiness(self, collection: str = DEFAULT) -> Readiness:
        """Return a collection's counts and generation."""
        with self._catalogue.view(collection) as view:
            state = view.state
        return Readiness(state.documents, state.passages, state.fingerprint)

    def collections(self) -> list[str]:
        """Return the names of the collections that have ever had a document."""
        return self._catalogue.collections()

    def check(self, collection: str = DEFAULT) -> None:
        """Read everything and compare the sides with the catalogue. Raises DamagedIndex by name."""
        if not self._read_only:
            with storing(self._folder), self._lock.hold():
                self._write_sides(collection)
        with self._catalogue.view(collection) as view:
            view.check()
            if view.state.passages:
                shelf = self._shelf(view)
                shelf.align(view)
                shelf.check(view)

    def compact(self, collection: str = DEFAULT) -> None:
        """Give back the space of what was deleted and replaced."""
        with self._writing(collection) as edit:
            edit.prune()
        with self._lock.hold():
            self._catalogue.compact()

    def close(self) -> None:
        """Release the files."""
        self._catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _summary(self, document_id: str, collection: str) -> Summary | None:
        with self._catalogue.view(collection, new=True) as view:
            return view.summary(document_id)

    def _prepare(self, document: Document, former: Summary | None, collection: str) -> Prepared:
        known = dict[str, bytes]()
        if former is not None:
            with self._catalogue.view(collection) as view:
                known = view.vectors_by_text(document.id)
        return self._preparer.prepare(document, known)

    def _commit(self, prepared: Sequence[Prepared], collection: str) -> list[Change]:
        with self._writing(collection) as edit:
            return [edit.put(each.document, each.passages) for each in prepared]

    @contextmanager
    def _writing(self, collection: str) -> Iterator[Edit]:
        if self._read_only:
            raise StorageFull(f"{self._folder} is open for reading only. Open it for writing.")
        with storing(self._folder), self._lock.hold():
            with self._catalogue.edit(collection) as edit:
                yield edit
            self._write_sides(collection)

    def _write_sides(self, collection: str) -> None:
        with self._catalogue.view(collection) as view:
            self._shelf(view).write(view)

    def _finish(self, collection: str, aside: bool) -> None:
        """Do the work of a writer that died before its words were written, or wait for it."""
        try:
            if not self._read_only:
                with storing(self._folder), self._lock.hold(timeout=0):
                    self._write_sides(collection)
            elif aside and self._lock.is_free():
                with self._catalogue.view(collection) as view:
                    self._shelf(view).write_aside(view)
        except CorpusBusy:
            pass
        time.sleep(PAUSE)

    def _shelf(self, view: View) -> Shelf:
        place = (self._catalogue.identity(), view.state.key)
        with self._guard:
            if place not in self._shelves:
                folder = self._folder / f"collection-{view.state.key}"
                self._shelves[place] = Shelf(folder, self._kind, self._analyser)
            return self._shelves[place]

    # last, since the name hides the built-in type from the annotations below it
    def list(self, collection: str = DEFAULT) -> list[Summary]:
        """Return the documents of a collection, without their texts, ordered by uri."""
        with self._catalogue.view(collection) as view:
            return view.summaries()
