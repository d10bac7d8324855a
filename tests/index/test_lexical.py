"""The words' side ranks by BM25, keeps what it is told, and survives being told twice."""

import math
from pathlib import Path

import numpy as np
import pytest

from index.bm25 import Statistics, bm25
from index.lexical import Entry, WordIndex

TEXTS = {
    1: "the cat sat on the mat",
    2: "the dog chased the cat and the cat ran",
    3: "a fund for students in distress",
    4: "students and cats and dogs",
}


def keys(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.asarray(values, dtype=np.int64)


def entries(texts: dict[int, str]) -> list[Entry]:
    return [Entry(key, key * 10, text.split()) for key, text in texts.items()]


def reference(query: str, key: int) -> float:
    """Score by the formula of Robertson and Zaragoza (2009, 3.15) with Lucene's idf, by hand."""
    passages = {each: text.split() for each, text in TEXTS.items()}
    average = sum(map(len, passages.values())) / len(passages)
    score = 0.0
    for word in query.split():
        holding = sum(word in words for words in passages.values())
        times = passages[key].count(word)
        rarity = math.log(1 + (len(passages) - holding + 0.5) / (holding + 0.5))
        length = 1 - 0.75 + 0.75 * len(passages[key]) / average
        score += rarity * times * 2.5 / (times + 1.5 * length)
    return score


@pytest.fixture
def index(tmp_path: Path) -> WordIndex:
    index = WordIndex(tmp_path / "words")
    index.write(1, keys(), entries(TEXTS))
    assert index.reload(1)
    return index


@pytest.mark.parametrize(
    "query", ["cat", "the cat", "students in distress", "cat cat dog", "zebra"]
)
def test_bm25_is_the_formula(index: WordIndex, query: str) -> None:
    words = query.split()
    holding = {word: index.holding(word) for word in words}
    total = sum(len(text.split()) for text in TEXTS.values())
    statistics = Statistics(len(TEXTS), total, holding)
    for key, text in TEXTS.items():
        assert bm25(words, text.split(), statistics) == pytest.approx(reference(query, key))


@pytest.mark.parametrize("query", ["cat", "the cat", "students in distress"])
def test_the_best_by_the_formula_come_first(index: WordIndex, query: str) -> None:
    ranked = sorted(TEXTS, key=lambda key: -reference(query, key))
    expected = [key for key in ranked if reference(query, key) > 0]
    assert index.search(query.split(), 4).tolist() == expected


def test_nothing_is_found_for_no_words(index: WordIndex) -> None:
    assert index.search([], 4).tolist() == []
    assert index.search(["zebra"], 4).tolist() == []


def test_a_search_is_limited_to_documents(index: WordIndex) -> None:
    assert index.search(["cat"], 4, keys(10)).tolist() == [1]
    assert index.search(["cat"], 4, keys(30)).tolist() == []


def test_removal_counts_at_once(index: WordIndex) -> None:
    index.write(2, keys(2), [])
    assert index.reload(2)
    assert len(index) == 3
    assert index.holding("cat") == 1
    assert not index.has(2)


def test_writing_twice_is_writing_once(index: WordIndex) -> None:
    index.write(2, keys(1), entries({5: "a new cat"}))
    index.write(2, keys(1), entries({5: "a new cat"}))
    assert index.reload(2)
    assert len(index) == 4
    assert index.search(["cat"], 5).tolist() == [5, 2]


def test_another_generation_is_not_read(index: WordIndex) -> None:
    assert not index.reload(2)
    assert index.written == 1


def test_another_reader_sees_only_what_is_written_whole(index: WordIndex, tmp_path: Path) -> None:
    reader = WordIndex.open(tmp_path / "words")
    assert reader is not None
    assert reader.reload(1)
    index.write(2, keys(), entries({5: "a new cat"}))
    assert not reader.has(5)
    assert reader.reload(2)
    assert reader.has(5)


def test_many_small_writes_keep_the_files_few(index: WordIndex, tmp_path: Path) -> None:
    for number in range(30):
        index.write(2 + number, keys(), entries({100 + number: "one more cat"}))
    assert index.reload(31)
    assert len(index) == len(TEXTS) + 30
    assert len(list((tmp_path / "words").glob("*.term"))) < 16
