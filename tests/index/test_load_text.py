"""Text and Markdown: the stored text is the decoded text, and what is no text is refused."""

import datetime
from pathlib import Path

import pytest

from index.document import Document
from index.errors import LoadError
from index.formats.limits import Limits
from index.load import load_bytes, load_path

SEED = Path(__file__).parents[2] / "seeds" / "india-us-relations-2026-01-30.txt"


def refusal(data: bytes, name: str = "a.txt", limits: Limits | None = None) -> str:
    with pytest.raises(LoadError) as caught:
        load_bytes(data, name, limits=limits or Limits())
    assert caught.value.source == name
    return caught.value.reason


def kinds(document: Document) -> list[tuple[str, str]]:
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


def test_the_seed_is_loaded_as_it_is() -> None:
    document = load_path(SEED, SEED.parent)
    assert document.text.encode() == SEED.read_bytes()
    assert document.sha256 == "b2a5f8af385e610c6dc9c8a8f3d8d99d8ccc5c891fc88e1729d39791dc5a892c"
    assert document.uri == SEED.name
    assert document.title == "India US relations"
    assert document.date == datetime.date(2026, 1, 30)
    assert document.language == "en"
    assert document.media_type == "text/plain"


def test_the_seeds_parts_are_told_apart() -> None:
    found = kinds(load_path(SEED))
    assert found[0] == ("date_line", "date 2026-01-30")
    assert found[1][0] == "paragraph"
    assert found[1][1].startswith("In a written response")
    assert found[2][0] == "caption"
    assert found[3] == ("heading", "Key Points")
    assert [kind for kind, _ in found[4:]] == ["key_points"] * 4 + ["paragraph"] * 18
    assert found[7][1].startswith("Over 350,000")
    assert found[8][1].endswith("on Thursday.")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        (b"\xef\xbb\xbfmarked", "marked"),
        ("grüße 😀 नमस्ते".encode(), "grüße 😀 नमस्ते"),
        ("grüße 😀".encode("utf-16"), "grüße 😀"),
        (b"\xfe\xff" + "grüße".encode("utf-16-be"), "grüße"),
        ("grüße".encode("utf-32"), "grüße"),
        (b"caf\xe9 au lait", "café au lait"),
        (b"It\x92s \x93quoted\x94 \x96 for \x80 5", "It’s “quoted” – for € 5"),
        (b"a stray \x07 bell stays", "a stray \x07 bell stays"),
    ],
)
def test_encodings_and_newlines(data: bytes, text: str) -> None:
    assert load_bytes(data, "a.txt").text == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("日本の経済は昨年、回復しました。政府は貿易交渉を続けると発表しました。", "shift_jis"),
        ("Россия и Индия ведут переговоры. Министр сказал, что они идут.", "cp1251"),
        ("Le ministre a annoncé que la négociation était déjà avancée.", "cp1252"),
        ("印度和美国正在就双边贸易协定进行谈判。政府星期四向议会通报了这一情况。", "gb18030"),
    ],
)  # fmt: skip
def test_a_detector_tells_other_encodings(text: str, encoding: str) -> None:
    assert load_bytes((text * 4).encode(encoding), "a.txt").text == text * 4


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \n\t\r\n ", "is empty or blank"),
        (b"\xef\xbb\xbf", "is empty or blank"),
        (b"one\x00two", "NUL at character 3"),
        ("plain".encode("utf-16-le"), "NUL at character 1"),
        (b"gr\xff\x00\xfe", "NUL bytes"),
        (("grüße, schöne Größe. " * 20).encode() + b"\xc3(", "byte 0xc3 at offset 520"),
        (b"\xff\xfea\x00\x00\xd8", "UTF-16"),
        (bytes(range(1, 32)) * 40, "control characters"),
        (b"%PDF-1.7\n", "is a PDF"),
        (b"PK\x03\x04rest", "rename it to .docx"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\x1f\x8b\x08", "gzip"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, reason: str) -> None:
    assert reason in refusal(data)


def test_limits_are_named() -> None:
    assert "more than 10 bytes" in refusal(b"x" * 11, limits=Limits(max_bytes=10))
    assert "11 characters; the limit is 10" in refusal(b"x" * 11, limits=Limits(max_characters=10))


def test_an_unknown_format_names_the_known_ones() -> None:
    assert ".docx" in refusal(b"x", "a.exe")
    assert "no suffix" in refusal(b"x", "notes")


def test_a_media_type_overrules_the_name() -> None:
    document = load_bytes(b"# Title\n\nText.", "upload", media_type="text/markdown; charset=utf-8")
    assert (document.title, document.media_type) == ("Title", "text/markdown")


def test_the_identifier_belongs_to_the_uri() -> None:
    first = load_bytes(b"one", "a.txt", uri="folder/a.txt")
    second = load_bytes(b"two", "a.txt", uri="folder/a.txt")
    other = load_bytes(b"one", "a.txt", uri="b/a.txt")
    assert first.id == second.id != other.id
    assert first.sha256 != second.sha256 and first.sha256 == other.sha256  # noqa: PT018


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="No such file"):
        load_path(tmp_path / "gone.txt")


@pytest.mark.parametrize(
    ("start", "day"),
    [
        ("date 2026-01-30 The text", datetime.date(2026, 1, 30)),
        ("Date: January 30, 2026\n\nThe text", datetime.date(2026, 1, 30)),
        ("30 January 2026\n\nThe text", datetime.date(2026, 1, 30)),
        ("Published: Fri, 30 Jan. 2026, 10:30 am IST. The text", datetime.date(2026, 1, 30)),
        ("Last updated on 30.01.2026\n\nThe text", datetime.date(2026, 1, 30)),
        ("NEW DELHI, Jan 30 (Agency) — The text", None),
        ("WASHINGTON, D.C., January 30, 2026 - The text", datetime.date(2026, 1, 30)),
        ("A Heading\n\n30/01/2026\n\nThe text", datetime.date(2026, 1, 30)),
    ],
)
def test_date_lines(start: str, day: datetime.date | None) -> None:
    document = load_bytes(f"{start} begins and goes on here.".encode(), "a.txt")
    assert document.date == day
    assert "date_line" in [kind for kind, _ in kinds(document)]
    assert ("paragraph", "The text begins and goes on here.") in kinds(document)


@pytest.mark.parametrize(
    "start", ["Date palms grow here", "On 30 January 2026 it rained", "01/02/2026", "2026-02-31"]
)
def test_what_is_no_sure_date_is_none(start: str) -> None:
    assert load_bytes(f"{start}\n\nMore text.".encode(), "a.txt").date is None


def test_key_points_end_where_the_story_restates_them() -> None:
    text = (
        "Key takeaways\n\nProfits at the company doubled last year.\n\nShares rose by 4 per cent."
        "\n\nThe company said profits doubled during the last year.\n\nShort. Two sentences."
    )
    found = [kind for kind, _ in kinds(load_bytes(text.encode(), "a.txt"))]
    assert found == ["heading", "key_points", "key_points", "paragraph", "paragraph"]


def test_key_points_with_bullets_end_with_the_bullets() -> None:
    text = "Highlights:\n\n- One thing.\n\n- Another. With more.\n\nShort body."
    found = [kind for kind, _ in kinds(load_bytes(text.encode(), "a.txt"))]
    assert found == ["heading", "key_points", "key_points", "paragraph"]


@pytest.mark.parametrize("label", ["## Key Points", "**Key takeaways:**", "# At a glance #"])
def test_key_points_under_a_markdown_label(label: str) -> None:
    text = f"# Title\n\n{label}\n\n- One thing.\n- Another.\n\nThe body begins here."
    found = [kind for kind, _ in kinds(load_bytes(text.encode(), "a.md"))]
    assert found == ["heading", "heading", "key_points", "key_points", "paragraph"]


def test_a_summary_in_full_paragraphs_is_no_list_of_points() -> None:
    text = "Summary\n\nFirst sentence here. Second sentence here. Third one.\n\nMore. And more."
    found = [kind for kind, _ in kinds(load_bytes(text.encode(), "a.txt"))]
    assert found == ["heading", "paragraph", "paragraph"]


def test_lines_that_are_not_wrapped_are_paragraphs() -> None:
    lines = ["word " * 60 + "end.", "Next line."]
    assert [text for _, text in kinds(load_bytes("\n".join(lines).encode(), "a.txt"))] == lines


def test_markdown_keeps_its_text_and_gives_its_structure() -> None:
    text = (
        "---\ntitle: 'Trade talks'\ndate: 2026-01-30\nauthor: A. Writer\ntopic: trade\n---\n\n"
        "# Talks *resume*\n\nFirst\nparagraph.\n\n![A view](a.png)\n\n| a | b |\n|---|---|\n"
        "| 1 | 2 |\n\n- one\n- two\n\n```\nx\n\ny\n```\n\nUnder\n=====\n\nEnd.\n"
    )
    document = load_bytes(text.encode(), "a.md")
    assert document.text == text
    assert (document.title, document.author) == ("Trade talks", "A. Writer")
    assert document.date == datetime.date(2026, 1, 30)
    assert document.metadata == {"topic": "trade"}
    assert [kind for kind, _ in kinds(document)] == [
        "date_line", "heading", "paragraph", "caption", "row",
        "paragraph", "paragraph", "paragraph", "heading", "paragraph",
    ]  # fmt: skip
    assert kinds(document)[5:7] == [("paragraph", "- one"), ("paragraph", "- two")]


def test_a_markdown_heading_gives_the_title() -> None:
    assert load_bytes(b"# The `new` [Deal](x) #\n\nText.", "a.md").title == "The new Deal"


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("us-trade_talks-2026-01-30.txt", "The US said that trade is up.", "US trade talks"),
        ("x1.txt", "The first words of a text.", "The first words of a text."),
        ("upload.txt", "word " * 40, "word " * 15 + "word…"),
        ("a.txt", "The Long Road\n\nIt began well.", "The Long Road"),
    ],
)
def test_titles(name: str, text: str, title: str) -> None:
    assert load_bytes(text.encode(), name).title == title


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("India and the United States have a partnership.", "en"),
        ("भारत और संयुक्त राज्य अमेरिका के बीच एक व्यापक साझेदारी है और रहेगी।", "hi"),
        ("Die beiden Staaten führen Gespräche über den Handel.", "de"),
        ("Too short", None),
    ],
)
def test_languages(text: str, language: str | None) -> None:
    assert load_bytes(text.encode(), "a.txt").language == language
