"""Every passage is a slice, whatever the text is made of."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunk import chunk
from index.document import Block, Document
from index.load import load_bytes, load_path
from tests.index.invariants import check

SEED = Path(__file__).parents[2] / "seeds" / "india-us-relations-2026-01-30.txt"

_FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
_PLAIN = st.sampled_from(["Quoth", "the", "raven", "U.S.", "J D Vance", "3,53,737", "No.", "Why?"])
_OTHER = st.sampled_from(
    ["😀", _FAMILY, "e\u0301te\u0301", "नमस्ते", "दुनिया।", "これは。", "“Well,”"]
)
_SPACE = st.sampled_from(["x" * 1_500, "\u00a0", "\u2028", "\x85"])
_MARKS = st.sampled_from(["- item", "# Title", "> quote", "| a | b |", "```", "---", "Key Points"])
_LINES = st.sampled_from(["IMAGE: a view.", "date 2026-01-30", "NEW DELHI, Jan 30 (Agency) —"])
_ANY = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
_GAPS = st.sampled_from(
    [" ", " ", " ", " ", "\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\n \t\n", "\t"]
)
_PIECES = st.tuples(_PLAIN | _OTHER | _SPACE | _MARKS | _LINES | _ANY, _GAPS).map("".join)
_TEXTS = st.lists(_PIECES, min_size=1, max_size=120).map("".join)
_REPEATED = st.tuples(_TEXTS, st.integers(1, 4)).map(lambda pair: "\n\n".join([pair[0]] * pair[1]))


def _usable(text: str) -> bool:
    return bool(text.strip("\ufeff").strip())


@given(_REPEATED.filter(_usable), st.sampled_from(["a.txt", "a.md"]), st.integers(1, 900))
@settings(deadline=None, max_examples=200)
def test_passages_are_slices_that_hold_everything(text: str, name: str, size: int) -> None:
    document = load_bytes(text.encode(), name)
    check(document, size, size + 100)
    check(document)


def test_passages_of_the_seed_are_its_blocks() -> None:
    document = load_path(SEED)
    check(document)
    passages = chunk(document)
    assert [(passage.start, passage.end) for passage in passages] == [
        (block.start, block.end) for block in document.blocks
    ]
    students = next(passage for passage in passages if "3,53,737" in passage.text)
    assert (students.start, students.end) == (3231, 3340)
    assert "The MEA was also asked" in students.context


def test_a_context_stays_in_its_part_of_the_seed() -> None:
    for passage in chunk(load_path(SEED)):
        if passage.kind in ("date_line", "caption"):
            assert passage.context == passage.text
        if passage.kind == "key_points":
            assert passage.context.startswith("Key Points The US remains")
            assert passage.context.endswith("in the United States.")
        if passage.kind == "paragraph" and passage.start > 700:
            assert passage.context_start >= 771


def test_a_context_takes_the_heading_directly_above_and_no_other() -> None:
    text = "# One\n\nFirst text.\n\n# Two\n\nSecond text.\n\nMore of it.\n\n# Three\n\nThird."
    passages = {passage.text: passage for passage in chunk(load_bytes(text.encode(), "a.md"))}
    assert passages["More of it."].context == "# Two\n\nSecond text.\n\nMore of it."
    assert passages["First text."].context == "# One\n\nFirst text."


def test_a_long_paragraph_is_cut_at_sentences_of_near_equal_share() -> None:
    sentence = "The ministry of J D Vance in the U.S. counted 3,53,737 students that year. "
    passages = chunk(load_bytes((sentence * 15).encode(), "a.txt"))
    assert len(passages) == 2
    assert all(passage.text.endswith("that year.") for passage in passages)
    assert max(len(p.text) for p in passages) - min(len(p.text) for p in passages) <= len(sentence)


def test_a_monster_word_is_cut_between_characters() -> None:
    passages = chunk(load_bytes(("é" * 5_000).encode(), "a.txt"))
    assert "".join(passage.text for passage in passages) == "é" * 5_000


def test_rows_are_not_parted_and_see_no_neighbours() -> None:
    rows = ["Name: A; Text: " + "word. " * 300, "Name: B; Text: short"]
    text = "\n".join(row.strip() for row in rows)
    border = text.index("\n")
    blocks = (Block("row", 0, border), Block("row", border + 1, len(text)))
    document = Document("d", "u", "t", text, "s", blocks=blocks)
    assert [passage.context for passage in chunk(document)] == text.split("\n")


def test_passage_identifiers_are_distinct_and_stable() -> None:
    document = load_path(SEED)
    first, second = chunk(document), chunk(document)
    assert [passage.id for passage in first] == [passage.id for passage in second]
    assert len({passage.id for passage in first}) == len(first)
