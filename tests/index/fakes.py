"""Small real parts for the tests of the corpus: an embedder without a model, lines as passages."""

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.document import Document, Passage
from index.embed import Progress


class HashedWords:
    """A tiny embedder: every word votes on one of 64 places. Deterministic, no model."""

    name = "hashed-words/64"
    dimension = 64

    def embed_passages(
        self, texts: Sequence[str], progress: Progress | None = None
    ) -> npt.NDArray[np.float32]:
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for place, text in enumerate(texts):
            vectors[place] = self.embed_query(text)
            if progress is not None:
                progress(1)
        return vectors

    def embed_query(self, text: str) -> npt.NDArray[np.float32]:
        vector = np.full(self.dimension, 1e-3, dtype=np.float32)
        for word in text.lower().split():
            digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
            vector[digest[0] % self.dimension] += 1 if digest[1] % 2 else -1
        unit: npt.NDArray[np.float32] = vector / np.linalg.norm(vector)
        return unit


def by_line(document: Document) -> tuple[Passage, ...]:
    """Chunk: a passage a line that is not blank; its context reaches to the neighbours."""
    passages, at = list[Passage](), 0
    for line in document.text.splitlines(keepends=True):
        start, end = at, at + len(line)
        at = end
        if not line.strip():
            continue
        before, after = max(0, start - 20), min(len(document.text), end + 20)
        name = f"{document.id}\0{document.sha256}\0{start}\0{end}"
        passages.append(
            Passage(
                id=hashlib.sha256(name.encode()).hexdigest()[:20],
                document_id=document.id,
                kind="paragraph",
                start=start,
                end=end,
                text=document.text[start:end],
                context_start=before,
                context_end=after,
                context=document.text[before:after],
            )
        )
    return tuple(passages)


def document(name: str, text: str, **more: object) -> Document:
    known: dict[str, object] = {"uri": f"file:{name}.txt", "title": name.title(), **more}
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(id=name, text=text, sha256=digest, **known)  # type: ignore[arg-type]
