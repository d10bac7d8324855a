"""The two derived sides of one collection, kept at the generation of the catalogue."""

import logging
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.analyse import Analyser
from index.document import Filter
from index.errors import DamagedIndex
from index.lexical import Entry, Keys, WordIndex
from index.lock import Latch
from index.schema import REMEDY
from index.vectors import Floats, VectorIndex, exact_cosines, saved_lists, unpack
from index.view import Scope, View

log = logging.getLogger(__name__)

SAVED_EVERY = 0.2  # share of the passages that may differ from the saved vectors
REMEMBERED = 15  # filters
SAVED_FROM = 1000  # passages; fewer are read from the catalogue in milliseconds


class NotYetError(Exception):
    """A side is not at the generation of the view; ask again with a newer view."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The keys of each side's best passages for a query, and how many hold each of its words."""

    words: Sequence[str]
    nearest: Keys
    worded: Keys
    holding: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Kind:
    """What vectors a shelf holds, and up to how many it searches all of them."""

    embedder: str
    dimension: int
    exact_up_to: int


class Shelf:
    """Vectors and words of one collection. Searches share it; catching up has it alone."""

    def __init__(self, folder: Path, kind: Kind, analyser: Analyser) -> None:
        self._folder = folder
        self._kind = kind
        self._analyser = analyser
        self._latch = Latch()
        self._words: WordIndex | None = None
        opened = VectorIndex.open(folder, kind.dimension, kind.embedder)
        self._vectors = VectorIndex(kind.dimension) if opened is None else opened
        self._unsaved = 0
        self._aligned = False
        self._scopes: dict[object, Scope] = {}
        self._aside: tempfile.TemporaryDirectory[str] | None = None

    def write(self, view: View) -> None:
        """Bring the shelf's folder to the view's generation. For holders of the writer's lock."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._write_words(view)
        self.align(view)
        if self._vectors.has_outgrown(self._kind.exact_up_to):
            self._divide(view.state.name)
        if self._unsaved > max(SAVED_FROM, SAVED_EVERY * len(self._vectors)):
            with self._latch.reading():
                self._vectors.save(self._folder, self._kind.embedder)
            self._unsaved = 0

    def align(self, view: View) -> None:
        """Bring this process to the view's generation. Raises NotYetError."""
        if self._is_at(view.state.generation):
            return
        with self._latch.writing():
            self._take_lists()
            self._align_vectors(view)
            if self._aside is not None:
                self._words, self._aside = None, None  # the folder may have gone on
            if self._words is None:
                self._words = WordIndex.open(self._folder / "words")
            if self._words is None or not self._words.reload(view.state.generation):
                raise NotYetError
            if len(self._words) != view.state.passages:
                self._words = None  # whoever may write derives them anew
                WordIndex.disown(self._folder / "words")
                raise NotYetError
            self._aligned = True

    def write_aside(self, view: View) -> None:
        """Derive words that the folder lacks into a temporary folder. For those who only read."""
        log.warning("words of %r: missing or torn; deriving them aside", view.state.name)
        with self._latch.writing():
            self._aside = tempfile.TemporaryDirectory(prefix="quoth-words-")
            self._words = WordIndex(Path(self._aside.name))
            self._words.write(view.state.generation, view.removed_since(0), self._entries(view, 0))
            self._words.reload(view.state.generation)

    def rank(
        self, view: View, query: str, vector: Floats, top_k: int, scope: Scope | None
    ) -> Ranking:
        """Return the best `top_k` of each side within a scope. Raises NotYetError."""
        words = self._analyser.words(query)
        with self._latch.reading():
            if self._words is None or not self._is_at(view.state.generation):
                raise NotYetError
            documents, passages = (scope.documents, scope.passages) if scope else (None, None)
            nearest = self._vectors.search(vector, top_k, passages)
            if len(nearest) > top_k:
                nearest = _best(view.vectors(nearest), vector, top_k)
            worded = self._words.search(words, top_k, documents)
            holding = {word: self._words.holding(word) for word in set(words)}
        return Ranking(words, nearest, worded, holding)

    def scope(self, view: View, where: Filter) -> Scope:
        """Return what a filter leaves; the last few of a generation are remembered."""
        metadata = tuple(sorted(where.metadata.items()))
        named = (where.documents, where.date_from, where.date_to, metadata)
        key = (view.state.generation, named)
        known = self._scopes.get(key)
        if known is None:
            known = view.scope(where)
            recent = {each: self._scopes[each] for each in list(self._scopes)[-REMEMBERED:]}
            self._scopes = {**recent, key: known}
        return known

    def words_of(self, text: str) -> list[str]:
        """Return the words of a passage as this shelf counts them."""
        return self._analyser.words(text)

    def check(self, view: View) -> None:
        """Check that each side holds the view's passages, all and only. Raises DamagedIndex."""
        with self._latch.reading():
            words = self._words
            if words is None or not self._is_at(view.state.generation):
                raise NotYetError
            for name, side in (("vectors", self._vectors), ("words", words)):
                if len(side) != view.state.passages:
                    reason = f"they hold {len(side)} passages of {view.state.passages}"
                    raise DamagedIndex(name, reason, REMEDY)
                missing = [key for key in view.passage_keys() if not side.has(key)]
                if missing:
                    raise DamagedIndex(name, f"passage {missing[0]} is missing", REMEDY)

    def _is_at(self, generation: int) -> bool:
        words = self._words
        return (
            words is not None
            and words.generation == generation
            and self._vectors.generation == generation
        )

    def _align_vectors(self, view: View) -> None:
        state = view.state
        if self._vectors.generation > state.generation and self._aligned:
            raise NotYetError  # another thread has a newer view
        if state.pruned <= self._vectors.generation <= state.generation:
            self._catch_up(view)
        if self._vectors.generation != state.generation or len(self._vectors) != state.passages:
            log.info("vectors of %r: deriving them anew from the catalogue", state.name)
            self._vectors, self._unsaved = VectorIndex(self._kind.dimension), 0
            self._catch_up(view)

    def _catch_up(self, view: View) -> None:
        since = self._vectors.generation
        removed = view.removed_since(since)
        self._vectors.remove(removed)
        added = 0
        for rows in view.vectors_since(since):
            keys = np.asarray([key for key, _ in rows], dtype=np.int64)
            self._vectors.add(keys, np.stack([unpack(vector) for _, vector in rows]))
            added += len(rows)
        self._unsaved += len(removed) + added
        self._vectors.generation = view.state.generation

    def _divide(self, collection: str) -> None:
        """Trade exact search for lists, once the corpus is too large to search whole."""
        began = time.monotonic()
        log.info("vectors of %r: dividing %d into lists", collection, len(self._vectors))
        divided = self._vectors.divided()
        with self._latch.writing():
            self._vectors, self._unsaved = divided, len(divided)
        seconds = time.monotonic() - began
        log.info("vectors of %r: %d lists after %.0f s", collection, divided.lists, seconds)

    def _take_lists(self) -> None:
        """Take over the lists that another process has divided the vectors into."""
        if (
            self._vectors.has_outgrown(self._kind.exact_up_to)
            and saved_lists(self._folder) > self._vectors.lists
        ):
            opened = VectorIndex.open(self._folder, self._kind.dimension, self._kind.embedder)
            self._vectors = self._vectors if opened is None else opened

    def _write_words(self, view: View) -> None:
        state = view.state
        with self._latch.writing():
            if self._words is None:
                self._words = WordIndex.open(self._folder / "words")
            written = 0 if self._words is None else self._words.written
            if self._words is None or not state.pruned <= written <= state.generation:
                self._words, written = self._words_anew(state.name, "they are missing or torn"), 0
        if self._words.holds(state.generation):
            return
        try:
            self._words.write(
                state.generation, view.removed_since(written), self._entries(view, written)
            )
        except ValueError as error:
            with self._latch.writing():
                self._words = self._words_anew(state.name, str(error))
            self._words.write(state.generation, view.removed_since(0), self._entries(view, 0))

    def _words_anew(self, collection: str, reason: str) -> WordIndex:
        log.info("words of %r: %s; deriving them from the catalogue", collection, reason)
        WordIndex.erase(self._folder / "words")
        return WordIndex(self._folder / "words")

    def _entries(self, view: View, generation: int) -> Iterator[Entry]:
        for part in view.slices_since(generation):
            yield Entry(part.key, part.document, self._analyser.words(part.text))


def _best(candidates: Sequence[tuple[int, bytes]], query: Floats, top_k: int) -> Keys:
    cosines = exact_cosines(query, [vector for _, vector in candidates])
    ranked = sorted(zip(cosines, candidates, strict=True), key=lambda pair: (-pair[0], pair[1][0]))
    return np.asarray([key for _, (key, _) in ranked[:top_k]], dtype=np.int64)
