"""The built-in model is the published one, and gives the same bytes for the same text."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index import embed
from index.embed import BUILT_IN, DIGEST, SentenceEmbedder
from index.errors import EmbedderError

TEXTS = [
    "3,53,737 Indian students are pursuing higher studies in the United States.",
    "Trade.",
    "The defence partnership is a key pillar of the bilateral relationship. " * 20,
    "",
]


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder(threads=1)


def test_the_weights_are_the_published_ones(embedder: SentenceEmbedder) -> None:
    assert embedder.name == f"{BUILT_IN}@{DIGEST[:16]}/384"
    assert embedder.dimension == 384


def test_other_weights_are_refused(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"not these")
    found = hashlib.sha256(b"not these").hexdigest()
    with pytest.raises(EmbedderError, match=found):
        embed.check_weights(weights, DIGEST)


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="no-such-folder"):
        SentenceEmbedder(str(tmp_path / "no-such-folder"))


def test_vectors_are_unit_length_and_in_order(embedder: SentenceEmbedder) -> None:
    done = list[int]()
    vectors = embedder.embed_passages(TEXTS, done.append)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert sum(done) == 4
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert float(embedder.embed_query(text) @ vector) > 0.99


def test_a_query_has_the_same_bytes_whatever_else_is_asked(embedder: SentenceEmbedder) -> None:
    first = [embedder.embed_query(text).tobytes() for text in TEXTS]
    embedder.embed_passages(TEXTS)
    assert [embedder.embed_query(text).tobytes() for text in reversed(TEXTS)] == first[::-1]


def test_the_same_passages_have_the_same_bytes(embedder: SentenceEmbedder) -> None:
    assert embedder.embed_passages(TEXTS).tobytes() == embedder.embed_passages(TEXTS).tobytes()


def test_threads_share_an_embedder(embedder: SentenceEmbedder) -> None:
    expected = [embedder.embed_query(text).tobytes() for text in TEXTS]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda n: embedder.embed_query(TEXTS[n % 4]).tobytes(), range(40)))
    assert found == [expected[n % 4] for n in range(40)]


def test_no_texts_have_no_vectors(embedder: SentenceEmbedder) -> None:
    assert embedder.embed_passages([]).shape == (0, 384)
