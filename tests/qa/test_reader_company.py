"""A question's readings do not depend on what else is read, nor on the threads (invariant 7)."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.chunk import chunk
from index.load import load_path
from qa.errors import ReaderUnavailable
from qa.reader.extractive import ExtractiveReader

SEED = next((Path(__file__).parents[2] / "seeds").glob("*.txt"))
QUESTIONS = (
    "How many Indian students are in the US?",
    "Who said it?",
    "When was the portal opened, and what was it meant to do for the people who asked for it?",
    "What share of exports was affected?",
)


@pytest.fixture(scope="module")
def reader() -> ExtractiveReader:
    try:
        return ExtractiveReader(threads=2)
    except ReaderUnavailable:
        pytest.skip("the reader's weights are not here")


def test_readings_are_equal_alone_and_in_company(reader: ExtractiveReader) -> None:
    contexts = [passage.context for passage in chunk(load_path(SEED))]
    asked = [
        (question, contexts[first : first + 6]) for first in (0, 5, 11) for question in QUESTIONS
    ]
    alone = [reader.read(*each) for each in asked]
    single = ExtractiveReader(threads=1)
    assert [single.read(*each) for each in asked] == alone
    with ThreadPoolExecutor(8) as crowd:
        assert list(crowd.map(lambda each: reader.read(*each), asked)) == alone
