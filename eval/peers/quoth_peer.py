"""Quoth: its index and its ranking, without its reader. Files are written, then indexed."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from eval.imports import TextFile, file_name, identifier_of, write_documents
from eval.peers.loop import Text, serve
from qa.bootstrap import build_corpus, sync_sources
from qa.retrieve import retrieve
from qa.settings import load_settings


class Quoth:
    """Quoth's retrieval. Passages are documents here, so that all systems rank the same ones."""

    packages = ("quoth", "faiss-cpu", "sentence-transformers", "torch")

    def load(self, model: str) -> None:
        """Load the embedding model from the folder."""
        self.folder = TemporaryDirectory(prefix="quoth-peer-")
        root = Path(self.folder.name)
        self.settings = load_settings(
            data=root / "index", sources=root / "documents", embedder=model
        )
        self.corpus = build_corpus(self.settings)

    def index(self, passages: Sequence[Text]) -> None:
        """Write a file a passage, and index the folder."""
        documents = tuple(TextFile(file_name(one.id), one.text) for one in passages)
        write_documents(documents, self.settings.sources)
        sync_sources(self.settings, self.corpus)
        self.names = {one.id: identifier_of(one.uri) for one in self.corpus.list()}

    def search(self, query: str, top_k: int) -> list[str]:
        """Rank passages, and name each document once."""
        (ranking,) = retrieve(self.corpus, [query], "default")
        found = dict.fromkeys(self.names[hit.passage.document_id] for hit in ranking.hits)
        return list(found)[:top_k]


if __name__ == "__main__":
    serve(Quoth())
