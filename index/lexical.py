"""The words' side: BM25 over stemmed words, in tantivy. Derived, never the truth."""

import contextlib
import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import tantivy

from index.segments import MANIFEST, Mirror, is_torn, read_meta
from index.storage import file_checksum, read_json, write_json

log = logging.getLogger(__name__)

HEAP = 32_000_000  # bytes a writer collects before it writes a segment
Keys = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Entry:
    """The words of one passage, under the keys of the passage and its document."""

    key: int
    document: int
    words: Sequence[str]


class WordIndex:
    """Passages by their words, in a folder that several processes may read while one writes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mirror: Mirror | None = None
        if folder.exists() and not os.access(folder, os.W_OK):
            self._mirror = Mirror(folder)
            self._mirror.refresh()
        else:
            folder.mkdir(parents=True, exist_ok=True)
        path = self._mirror.path if self._mirror else folder
        self._index = tantivy.Index(_schema(), str(path))
        self._index.config_reader("manual")
        self._searcher = self._index.searcher()
        self._holding: dict[str, int] = {}
        self.generation = -1

    @classmethod
    def open(cls, folder: Path) -> Self | None:
        """Open a saved index and check its files; None where it is missing or torn."""
        if is_torn(folder):
            return None
        try:
            return cls(folder)
        except ValueError as error:
            log.warning("words at %s cannot be opened (%s)", folder, error)
            return None

    @staticmethod
    def erase(folder: Path) -> None:
        """Remove a saved index, so that the next one starts empty."""
        (folder / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def disown(folder: Path) -> None:
        """Let the next writer find the saved index missing, where this process may say so."""
        with contextlib.suppress(OSError):
            (folder / MANIFEST).unlink(missing_ok=True)

    @property
    def written(self) -> int:
        """Return the generation that the folder holds at least, 0 where it says nothing."""
        manifest = read_json(self._folder / MANIFEST)
        return int(manifest["generation"]) if manifest else 0

    def write(self, generation: int, removed: Keys, added: Iterable[Entry]) -> None:
        """Take a generation's changes in. Doing it twice is the same as doing it once."""
        writer = self._index.writer(HEAP, 1)
        try:
            writer.garbage_collect_files()  # a killed writer's files would be in the way
            entries = list(added)
            again = np.asarray([entry.key for entry in entries], dtype=np.int64)
            self._remove(writer, np.concatenate([removed, again]))
            for entry in entries:
                writer.add_document(_document(entry))
            writer.commit()
            self._note(generation)
        finally:
            writer.wait_merging_threads()
        self._note(generation)

    def reload(self, generation: int) -> bool:
        """Read the folder's newest state; False where it is not of this generation."""
        if not self.holds(generation):
            return False
        if self._mirror:
            self._mirror.refresh()
        self._index.reload()
        self._searcher = self._index.searcher()
        self._holding = {}
        self.generation = generation if self.holds(generation) else -1
        return self.generation == generation

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, words: Sequence[str], top_k: int, documents: Keys | None = None) -> Keys:
        """Return the keys of the `top_k` passages of highest BM25, limited to `documents`."""
        schema = self._index.schema
        terms = [
            tantivy.Query.boost_query(
                tantivy.Query.term_query(schema, "words", word, "freq"), float(times)
            )
            for word, times in Counter(words).items()
        ]
        if not terms:
            return np.empty(0, dtype=np.int64)
        wanted = tantivy.Query.boolean_query([(tantivy.Occur.Should, term) for term in terms])
        if documents is not None:
            allowed = tantivy.Query.term_set_query(schema, "document", documents.tolist())
            limit = tantivy.Query.const_score_query(allowed, 0.0)
            wanted = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, wanted), (tantivy.Occur.Must, limit)]
            )
        found = [address for _, address in self._searcher.search(wanted, top_k, count=False).hits]
        return np.asarray(self._searcher.fast_field_values("key", found), dtype=np.int64)

    def holding(self, word: str) -> int:
        """Return how many live passages hold a word; what is counted once is remembered."""
        if word not in self._holding:
            query = tantivy.Query.term_query(self._index.schema, "words", word, "freq")
            found: Any = self._searcher.search(query, 1, count=True)  # its stub forgets the count
            self._holding[word] = int(found.count)
        return self._holding[word]

    def has(self, key: int) -> bool:
        """Say whether a passage is here."""
        query = tantivy.Query.term_query(self._index.schema, "key", key)
        found: Any = self._searcher.search(query, 1, count=True)
        return int(found.count) == 1

    def _remove(self, writer: tantivy.IndexWriter, keys: Keys) -> None:
        if len(keys):
            # by query: deletion by term passes over unsigned fields without a word
            gone = tantivy.Query.term_set_query(self._index.schema, "key", keys.tolist())
            writer.delete_documents_by_query(gone)

    def holds(self, generation: int) -> bool:
        """Say whether the folder is whole and of this generation."""
        # a commit that the manifest does not name yet has another opstamp
        manifest = read_json(self._folder / MANIFEST)
        return (
            manifest is not None
            and manifest["generation"] == generation
            and manifest["opstamp"] == read_meta(self._folder)["opstamp"]
        )

    def _note(self, generation: int) -> None:
        meta = read_meta(self._folder)
        known = (read_json(self._folder / MANIFEST) or {}).get("files", {})
        files = {
            path.name: known.get(path.name) or file_checksum(path)
            for segment in meta["segments"]
            for path in sorted(self._folder.glob(segment["segment_id"].replace("-", "") + ".*"))
        }
        content = {"generation": generation, "opstamp": meta["opstamp"], "files": files}
        write_json(self._folder / MANIFEST, content)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", indexed=True, fast=True)
    builder.add_unsigned_field("document", indexed=True)
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="freq")
    return builder.build()


def _document(entry: Entry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_unsigned("key", entry.key)
    document.add_unsigned("document", entry.document)
    document.add_text("words", " ".join(entry.words))
    return document
