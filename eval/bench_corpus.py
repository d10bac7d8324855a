"""How the corpus carries size: `python -m eval.bench_corpus 1000 100000 1000000`.

Texts and vectors are made up (words by Zipf's law, vectors in topics and subtopics), so the
figures are of storage and search alone: no model runs. Times of the processor stand beside those
of the clock, since the clock also counts what else the machine does.
"""

import argparse
import hashlib
import resource
import shutil
import sys
import tempfile
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.catalog import Catalogue
from index.document import Document, Filter, Passage
from index.embed import Progress
from index.embedded import EmbeddedCorpus
from index.vectors import set_search_threads, unpack

Floats = npt.NDArray[np.float32]

DIMENSION = 384
VOCABULARY = 100_000
WORDS = 60  # a passage
PASSAGES = 20  # a document
TOPICS, SUBTOPICS = 200, 5_000
QUERIES = 200
TOP_K = 20


class MadeUpEmbedder:
    """Places a text by its digest: in a topic, in one of its subtopics, somewhere around it."""

    name = "made-up/384"
    dimension = DIMENSION

    def __init__(self) -> None:
        random = np.random.default_rng(1)
        self._topics = random.standard_normal((TOPICS, DIMENSION), dtype=np.float32)
        self._subtopics = random.standard_normal((SUBTOPICS, DIMENSION), dtype=np.float32)

    def embed_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Floats:
        """Embed the texts of one document."""
        seeds = np.asarray([zlib.crc32(text.encode()) for text in texts])
        around = np.random.default_rng(seeds[0])
        vectors = around.standard_normal((len(texts), DIMENSION), dtype=np.float32)
        subtopics = seeds % SUBTOPICS
        vectors += 0.5 * self._topics[subtopics % TOPICS] + 0.6 * self._subtopics[subtopics]
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def embed_query(self, text: str) -> Floats:
        """Embed one text."""
        vector: Floats = self.embed_passages([text])[0]
        return vector


@dataclass(frozen=True, slots=True)
class Figures:
    """What one size costs."""

    passages: int
    indexed_per_second: float
    indexed_per_cpu_second: float
    search_cpu_ms: float
    search_p50_ms: float
    search_p95_ms: float
    recall_at_10: float
    open_seconds: float
    first_search_seconds: float
    add_one_ms: float
    delete_one_ms: float
    filtered_ms: float
    bytes_per_passage: float
    peak_memory_mib: float


def main() -> None:
    """Measure the sizes that the command line names and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1_000, 100_000])
    parser.add_argument(
        "--folder", type=Path, help="where to build; a temporary folder if left out"
    )
    arguments = parser.parse_args()
    set_search_threads(1)
    names = list(Figures.__dataclass_fields__)
    sys.stdout.write(" | ".join(names) + "\n")
    for size in arguments.sizes:
        folder = Path(tempfile.mkdtemp(prefix="quoth-bench-", dir=arguments.folder))
        try:
            figures = measure(folder / "data", size)
        finally:
            shutil.rmtree(folder)
        row = " | ".join(f"{getattr(figures, name):.4g}" for name in names)
        sys.stdout.write(row + "\n")
        sys.stdout.flush()


def measure(folder: Path, size: int) -> Figures:
    """Build a corpus of a size in a folder and measure it."""
    embedder = MadeUpEmbedder()
    began, worked = time.perf_counter(), time.process_time()
    with EmbeddedCorpus(folder, embedder, chunk) as corpus:
        deque(corpus.add_many(documents(size)), maxlen=0)
    indexed = size / (time.perf_counter() - began)
    indexed_cpu = size / (time.process_time() - worked)
    queries = sentences(10**9, QUERIES, 8)
    opening = time.perf_counter()
    with EmbeddedCorpus(folder, embedder, chunk) as corpus:
        opened = time.perf_counter() - opening
        first = seconds(corpus, queries[0])
        worked = time.process_time()
        searches = [seconds(corpus, query) for query in queries]
        search_cpu = (time.process_time() - worked) / len(queries)
        recall = recall_at_10(corpus, folder, queries[:50])
        one = document(10**7, 1)
        added, deleted = timed(lambda: corpus.add(one)), timed(lambda: corpus.delete(one.id))
        corpus.search(queries[:1], TOP_K)
        where = Filter(documents=frozenset({"d7"}))
        filtered = timed(lambda: corpus.search(queries[:1], TOP_K, where=where))
    stored = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Figures(
        passages=size,
        indexed_per_second=indexed,
        indexed_per_cpu_second=indexed_cpu,
        search_cpu_ms=search_cpu * 1e3,
        search_p50_ms=float(np.percentile(searches, 50)) * 1e3,
        search_p95_ms=float(np.percentile(searches, 95)) * 1e3,
        recall_at_10=recall,
        open_seconds=opened,
        first_search_seconds=first,
        add_one_ms=added * 1e3,
        delete_one_ms=deleted * 1e3,
        filtered_ms=filtered * 1e3,
        bytes_per_passage=stored / size,
        peak_memory_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def documents(passages: int) -> Iterator[Document]:
    """Yield documents of together so many passages."""
    for number in range(passages // PASSAGES):
        yield document(number, PASSAGES)


def document(number: int, passages: int) -> Document:
    """Make up a document, a passage a line."""
    text = "".join(f"{line}\n" for line in sentences(number, passages, WORDS))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(f"d{number}", f"made-up:{number}", f"Document {number}", text, digest)


def sentences(seed: int, count: int, words: int) -> list[str]:
    """Make up sentences of words by Zipf's law."""
    drawn = np.random.default_rng(seed).zipf(1.2, (count, words))
    return [" ".join(f"w{rank}" for rank in row) for row in np.minimum(drawn, VOCABULARY).tolist()]


def chunk(document: Document) -> list[Passage]:
    """Cut a document into its lines, each its own context."""
    passages, at = list[Passage](), 0
    for line in document.text.splitlines(keepends=True):
        name, end = f"{document.id}:{at}", at + len(line)
        passages.append(Passage(name, document.id, "paragraph", at, end, line, at, end, line))
        at = end
    return passages


def seconds(corpus: EmbeddedCorpus, query: str) -> float:
    """Return how long one search takes."""
    return timed(lambda: corpus.search([query], TOP_K))


def timed(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def recall_at_10(corpus: EmbeddedCorpus, folder: Path, queries: Sequence[str]) -> float:
    """Return the share of the ten nearest passages that a search finds, against all cosines."""
    asked = np.stack([MadeUpEmbedder().embed_query(query) for query in queries])
    best = np.full((len(queries), 10), -2.0, dtype=np.float32)
    with Catalogue(folder / "catalog.sqlite", read_only=True).view() as view:
        for rows in view.vectors_since(0):
            vectors = np.stack([unpack(vector) for _, vector in rows])
            best = np.sort(np.hstack([best, asked @ vectors.T]), axis=1)[:, -10:]
    found = 0
    for row, query in enumerate(queries):
        [hits] = corpus.search([query], TOP_K)
        found += min(10, sum(hit.dense >= best[row, 0] - 1e-5 for hit in hits.hits))
    return found / (10 * len(queries))


if __name__ == "__main__":
    main()
