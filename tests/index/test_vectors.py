"""The vectors' side finds the nearest, in one list or many, and after any history."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.vectors import VectorIndex, exact_cosines, pack, saved_lists, unpack

DIMENSION = 16
Floats = npt.NDArray[np.float32]


def vectors(count: int, seed: int = 0) -> Floats:
    """Make up unit vectors around a few centres, in the half precision that is stored."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((20, DIMENSION))
    made = centres[random.integers(0, 20, count)] + 0.3 * random.standard_normal((count, DIMENSION))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return np.asarray(made.astype("<f2"), dtype=np.float32)


def keys(*values: int) -> npt.NDArray[np.int64]:
    return np.asarray(values, dtype=np.int64)


def filled(count: int) -> tuple[VectorIndex, Floats]:
    index, stored = VectorIndex(DIMENSION), vectors(count)
    index.add(np.arange(count, dtype=np.int64), stored)
    return index, stored


def nearest(stored: Floats, query: Floats, top_k: int) -> list[int]:
    return [int(key) for key in np.argsort(-(stored @ query), kind="stable")[:top_k]]


def test_one_list_is_exact() -> None:
    index, stored = filled(500)
    for query in vectors(20, seed=1):
        assert index.search(query, 10).tolist() == nearest(stored, query, 10)


def test_an_empty_index_finds_nothing() -> None:
    assert VectorIndex(DIMENSION).search(vectors(1)[0], 10).tolist() == []


@pytest.mark.parametrize("lists", [1, 16])
def test_a_filter_that_keeps_one_finds_it(lists: int) -> None:
    index, _ = filled(2000)
    index = index.divided(lists) if lists > 1 else index
    for key in (0, 77, 1999):
        for query in vectors(5, seed=2):
            assert index.search(query, 10, keys(key)).tolist() == [key]
    assert index.search(vectors(1)[0], 10, keys()).tolist() == []


def test_many_lists_hold_the_same_and_find_nearly_the_same() -> None:
    index, stored = filled(3000)
    divided = index.divided(64)
    assert (len(divided), divided.lists) == (3000, 64)
    assert divided.keys().tolist() == list(range(3000))
    found = 0
    for query in vectors(50, seed=3):
        found += len({*divided.search(query, 10).tolist()} & {*nearest(stored, query, 10)})
    assert found >= 0.99 * 500


@pytest.mark.parametrize("lists", [1, 8])
def test_what_is_saved_is_read_back(tmp_path: Path, lists: int) -> None:
    index, _ = filled(1000)
    index = index.divided(lists) if lists > 1 else index
    index.generation = 7
    index.save(tmp_path, "one")
    index.generation = 8
    index.save(tmp_path, "one")
    read = VectorIndex.open(tmp_path, DIMENSION, "one")
    assert read is not None
    assert (read.generation, read.lists, saved_lists(tmp_path)) == (8, lists, lists)
    query = vectors(1, seed=4)[0]
    assert read.search(query, 10).tolist() == index.search(query, 10).tolist()
    read.remove(keys(3))
    assert not read.has(3)
    assert VectorIndex.open(tmp_path, DIMENSION, "another") is None
    assert len(list(tmp_path.glob("*.faiss"))) == 1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=60), st.booleans())
def test_any_history_ends_in_what_is_left(steps: list[tuple[bool, int]], divide: bool) -> None:
    index, stored = filled(40) if divide else (VectorIndex(DIMENSION), vectors(40))
    left = set(range(40)) if divide else set[int]()
    index = index.divided(4) if divide else index
    for add, key in steps:
        if add and key not in left:
            index.add(keys(key), stored[key : key + 1])
            left.add(key)
        elif not add:
            index.remove(keys(key))
            left.discard(key)
    assert index.keys().tolist() == sorted(left)
    assert all(index.has(key) == (key in left) for key in range(40))
    assert set(index.search(stored[0], 60, np.arange(40, dtype=np.int64)).tolist()) == left


def test_a_cosine_does_not_depend_on_its_company() -> None:
    stored = [pack(vector) for vector in vectors(50)]
    query = vectors(1, seed=5)[0]
    together = exact_cosines(query, stored)
    assert together == [exact_cosines(query, [vector])[0] for vector in stored]
    assert together[3] == pytest.approx(float(unpack(stored[3]) @ query), abs=1e-6)
