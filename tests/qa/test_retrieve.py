from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from index.document import Hit, Passage
from qa.retrieve import fuse, to_read


def hit(name: str, dense: float, lexical: float, document: str = "d", at: int = 0) -> Hit:
    text = f"text of {name}"
    end = at + len(text)
    passage = Passage(name, document, "paragraph", at, end, text, at, end, text)
    return Hit(passage, dense, lexical)


def test_fusion_weighs_the_cosine_and_the_share_of_the_best_bm25() -> None:
    ranked = fuse([hit("a", 0.2, 10.0), hit("b", 0.8, 5.0), hit("c", 0.9, 0.0)])
    assert [found.passage.id for found in ranked] == ["b", "a", "c"]
    assert [round(found.score, 4) for found in ranked] == [0.665, 0.56, 0.495]


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 50)), max_size=20))
def test_fusion_keeps_every_hit_and_orders_by_score(scores: list[tuple[float, float]]) -> None:
    hits = [hit(str(number), *pair) for number, pair in enumerate(scores)]
    ranked = fuse(hits)
    assert sorted(found.passage.id for found in ranked) == sorted(h.passage.id for h in hits)
    assert all(one.score >= two.score for one, two in pairwise(ranked))


def test_the_same_text_is_read_once() -> None:
    hits = fuse([hit("a", 0.9, 0.0, "d1"), hit("a", 0.8, 0.0, "d2"), hit("b", 0.1, 0.0, "d1", 99)])
    assert [found.passage.document_id for found in to_read(hits, 5)] == ["d1", "d1"]
    assert len(to_read(hits, 1)) == 1
