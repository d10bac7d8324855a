"""LangChain: FAISS and BM25 in an EnsembleRetriever with equal weights, as its guide does."""

from collections.abc import Sequence

from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings

from eval.peers.loop import Text, serve


class LangChain:
    """An ensemble of LangChain's retrievers."""

    packages = ("langchain", "langchain-community", "faiss-cpu", "sentence-transformers", "torch")

    def load(self, model: str) -> None:
        """Load the model."""
        self.embeddings = HuggingFaceEmbeddings(model_name=model)
        self.embeddings.embed_query("warm")

    def index(self, passages: Sequence[Text]) -> None:
        """Index."""
        documents = [Document(one.text, id=one.id, metadata={"id": one.id}) for one in passages]
        vectors = FAISS.from_documents(documents, self.embeddings)
        words = BM25Retriever.from_documents(documents)
        words.k = 50
        near = vectors.as_retriever(search_kwargs={"k": 50})
        self.ensemble = EnsembleRetriever(retrievers=[words, near], weights=[0.5, 0.5], id_key="id")

    def search(self, query: str, top_k: int) -> list[str]:
        """Search; the ensemble returns all that either side found."""
        return [found.metadata["id"] for found in self.ensemble.invoke(query)[:top_k]]


if __name__ == "__main__":
    serve(LangChain())
