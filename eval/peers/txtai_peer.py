"""txtai: its hybrid index, which weighs sparse and dense scores alike by default."""

from collections.abc import Sequence

from txtai import Embeddings

from eval.peers.loop import Text, serve


class Txtai:
    """A hybrid index of txtai."""

    packages = ("txtai", "faiss-cpu", "sentence-transformers", "torch")

    def load(self, model: str) -> None:
        """Load the model."""
        self.embeddings = Embeddings(path=model, hybrid=True)
        self.embeddings.batchtransform(["warm"])

    def index(self, passages: Sequence[Text]) -> None:
        """Index."""
        self.embeddings.index([(one.id, one.text, None) for one in passages])

    def search(self, query: str, top_k: int) -> list[str]:
        """Search."""
        return [str(found[0]) for found in self.embeddings.search(query, top_k)]


if __name__ == "__main__":
    serve(Txtai())
