"""Haystack: BM25 and embeddings in memory, joined by reciprocal ranks, as its tutorial does."""

from collections.abc import Sequence

from haystack import Document
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from eval.peers.loop import Text, serve


class Haystack:
    """A hybrid retrieval of Haystack's own components."""

    packages = ("haystack-ai", "sentence-transformers", "torch")

    def load(self, model: str) -> None:
        """Load the embedders."""
        self.documents = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
        self.texts = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
        self.documents.warm_up()
        self.texts.warm_up()

    def index(self, passages: Sequence[Text]) -> None:
        """Embed and store."""
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        written = [Document(id=one.id, content=one.text) for one in passages]
        store.write_documents(self.documents.run(documents=written)["documents"])
        self.by_words = InMemoryBM25Retriever(document_store=store)
        self.by_vectors = InMemoryEmbeddingRetriever(document_store=store)
        self.joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion")

    def search(self, query: str, top_k: int) -> list[str]:
        """Ask both sides for five times as many, and join them."""
        depth = 5 * top_k
        words = self.by_words.run(query=query, top_k=depth)["documents"]
        vector = self.texts.run(text=query)["embedding"]
        near = self.by_vectors.run(query_embedding=vector, top_k=depth)["documents"]
        joined = self.joiner.run(documents=[words, near], top_k=top_k)["documents"]
        return [document.id for document in joined]


if __name__ == "__main__":
    serve(Haystack())
