"""HTML, DOCX, tables and JSON Lines: what is kept, what is left out, and where it stands."""

import datetime
import io
from pathlib import Path

import docx
import pytest

from index.document import Document
from index.errors import LoadError
from index.load import load_bytes, load_many_bytes, load_many_path
from tests.index.invariants import check, parts

PAGE = """<!DOCTYPE html><html lang="en-IN"><head><title>Talks resume | The Daily</title>
<meta property="og:title" content="Trade talks resume"><meta name="author" content="Asha Rao">
<meta property="article:published_time" content="2026-01-30T10:00:00+05:30">
<meta property="og:site_name" content="The Daily"><style>p {color: red}</style></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/w">World</a></li></ul></nav>
<article><h1>Trade talks resume</h1>
<figure><img src="a.jpg"><figcaption>The minister at the talks.</figcaption></figure>
<p>The government said on <b>Thursday</b> that talks had resumed &amp; would go on &ndash; as
planned &ndash; through the spring of the year.</p>
<script>alert("never quote me")</script>
<h2>Background</h2>
<p>Both sides have met 12 times since 2024, the ministry said in a written answer.<br>
A second line follows here, after a break, in the same paragraph of the page.</p>
<ul><li>The first point concerns steel.</li><li>The second <a href="x">concerns</a> rice.</li></ul>
<table><tr><th>Year</th><th>Students</th></tr><tr><td>2024</td><td>3,31,602</td></tr>
<tr><td>2025</td><td>3,53,737</td></tr></table>
<p>The last paragraph of the page says a little more about the talks, so that it counts.</p>
</article><footer>Copyright The Daily 2019</footer></body></html>"""


def load(data: bytes, name: str) -> Document:
    document = load_bytes(data, name)
    check(document)
    return document


def test_a_news_page() -> None:
    document = load(PAGE.encode(), "a.html")
    assert (document.title, document.author) == ("Trade talks resume", "Asha Rao")
    assert document.date == datetime.date(2026, 1, 30)
    assert (document.language, document.metadata["site"]) == ("en", "The Daily")
    assert parts(document) == [
        ("heading", "Trade talks resume"),
        ("caption", "The minister at the talks."),
        ("paragraph", "The government said on Thursday that talks had resumed & would go on – as "
                      "planned – through the spring of the year."),
        ("heading", "Background"),
        ("paragraph", "Both sides have met 12 times since 2024, the ministry said in a written "
                      "answer.\nA second line follows here, after a break, in the same paragraph "
                      "of the page."),
        ("paragraph", "The first point concerns steel."),
        ("paragraph", "The second concerns rice."),
        ("row", "Year: 2024; Students: 3,31,602"),
        ("row", "Year: 2025; Students: 3,53,737"),
        ("paragraph", "The last paragraph of the page says a little more about the talks, so that "
                      "it counts."),
    ]  # fmt: skip


def test_a_short_page_is_taken_whole() -> None:
    page = b"<h3>Note</h3><div>Loose <b>words</b> here<ul><li>a<li>b</ul>after</div><nav>no</nav>"
    assert parts(load(page, "a.htm")) == [
        ("heading", "Note"),
        ("paragraph", "Loose words here"),
        ("paragraph", "a"),
        ("paragraph", "b"),
        ("paragraph", "after"),
    ]


def test_a_page_declares_its_encoding() -> None:
    page = '<html><head><meta charset="windows-1251"></head><body><p>Привет, мир</p></body></html>'
    assert load(page.encode("cp1251"), "a.html").text == "Привет, мир"
    xhtml = '<?xml version="1.0" encoding="utf-8"?><html><body><p>Größe</p></body></html>'
    assert load(xhtml.encode(), "a.xhtml").text == "Größe"


def word_file() -> docx.document.Document:
    word = docx.Document()
    word.core_properties.title = "Annual report"
    word.core_properties.author = "Asha Rao"
    word.core_properties.subject = "Trade"
    word.add_heading("Annual report", 0)
    word.add_paragraph("January 30, 2026")
    word.add_heading("Exports", 1)
    paragraph = word.add_paragraph("Exports rose to ")
    paragraph.add_run("3,53,737").bold = True
    paragraph.add_run(" units.\nThey\tfell later.")
    word.add_paragraph("Steel", style="List Bullet")
    word.add_paragraph("A view of the port.", style="Caption")
    table = word.add_table(3, 2)
    for row, cells in enumerate([("Year", "Units"), ("2024", "12"), ("2025", "13\n(draft)")]):
        for column, cell in enumerate(cells):
            table.cell(row, column).text = cell
    word.add_paragraph("नमस्ते 😀")
    return word


def saved(word: docx.document.Document) -> bytes:
    stream = io.BytesIO()
    word.save(stream)
    return stream.getvalue()


def test_a_word_document() -> None:
    document = load(saved(word_file()), "a.docx")
    assert (document.title, document.author) == ("Annual report", "Asha Rao")
    assert document.date == datetime.date(2026, 1, 30)
    assert document.metadata["subject"] == "Trade"
    assert parts(document) == [
        ("heading", "Annual report"),
        ("date_line", "January 30, 2026"),
        ("heading", "Exports"),
        ("paragraph", "Exports rose to 3,53,737 units.\nThey fell later."),
        ("paragraph", "Steel"),
        ("caption", "A view of the port."),
        ("row", "Year: 2024; Units: 12"),
        ("row", "Year: 2025; Units: 13 (draft)"),
        ("paragraph", "नमस्ते 😀"),
    ]


def test_a_word_document_with_changes_shows_what_word_shows() -> None:
    word = docx.Document()
    paragraph = word.add_paragraph("Kept. ")._p
    for tag, text in (("ins", "Inserted."), ("del", "Deleted.")):
        change = paragraph.makeelement(docx.oxml.ns.qn(f"w:{tag}"), {})
        change.append(word.add_paragraph(text).runs[0]._r)
        paragraph.append(change)
    assert load(saved(word), "a.docx").text == "Kept. Inserted."


def test_the_stamp_of_the_library_is_no_date() -> None:
    word = docx.Document()
    word.add_paragraph("Some text.")
    document = load(saved(word), "a.docx")
    assert (document.date, document.author) == (None, None)


@pytest.mark.parametrize(
    ("data", "name", "rows"),
    [
        (b"Country,Students\nIndia,\"3,53,737\"\nChina,2\n", "a.csv",
         ["Country: India; Students: 3,53,737", "Country: China; Students: 2"]),
        (b"Name;Note\r\nA;\"two\nlines\"\r\n;\r\nB;\r\n", "a.csv",
         ["Name: A; Note: two lines", "Name: B"]),
        (b"Name\tNote\nA, B\tx\n", "a.tsv", ["Name: A, B; Note: x"]),
        (b"1,2\n3,4\n", "a.csv", ["1; 2", "3; 4"]),
        (b"Name,Note\nA,x,extra\n", "a.csv", ["Name: A; Note: x; extra"]),
    ],
)  # fmt: skip
def test_tables(data: bytes, name: str, rows: list[str]) -> None:
    assert parts(load(data, name)) == [("row", row) for row in rows]


def test_a_table_without_values_is_refused() -> None:
    with pytest.raises(LoadError, match="no rows"):
        load_bytes(b",,\n;;\n".replace(b";", b","), "a.csv")


RECORDS = b"""{"id": "one", "text": "First text.\\r\\nMore.", "title": "One", "date": "2026-01-30"}

{"_id": 7, "body": "Second text.", "author": "A. Writer", "year": 2024, "open": true, "x": null}
{"content": "Third text."}
{"id": "one", "text": "Again."}
{"text": "half \\ud800 of a pair"}
{"text": "a \\u0000 in it"}
{"title": "No text"}
["no object"]
{broken
"""


def test_records_are_documents_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_bytes(RECORDS)
    loaded = list(load_many_path(tmp_path / "r.jsonl", tmp_path))
    good = [one for one in loaded if isinstance(one, Document)]
    assert [one.uri for one in good] == ["r.jsonl#one", "r.jsonl#7", "r.jsonl#4"]
    assert good[0].text == "First text.\nMore."
    assert (good[0].title, good[0].date) == ("One", datetime.date(2026, 1, 30))
    assert (good[1].author, good[1].metadata) == ("A. Writer", {"year": "2024", "open": "true"})
    assert len({one.id for one in good}) == 3
    for one in good:
        check(one)


def test_bad_records_are_told_by_line(tmp_path: Path) -> None:
    (tmp_path / "r.jsonl").write_bytes(RECORDS)
    loaded = load_many_path(tmp_path / "r.jsonl", tmp_path)
    bad = [str(one) for one in loaded if isinstance(one, LoadError)]
    assert [error.split(": ", 1)[0] for error in bad] == [
        f"r.jsonl, line {n}" for n in range(5, 11)
    ]
    for error, reason in zip(
        bad,
        ["repeats", "surrogate", "NUL", "has no text", "not a JSON object", "not JSON"],
        strict=True,
    ):
        assert reason in error


def test_many_documents_are_not_loaded_as_one() -> None:
    with pytest.raises(LoadError, match="one document a line"):
        load_bytes(b'{"text": "x"}', "a.jsonl")
    assert len(list(load_many_bytes(b"One text.", "a.txt"))) == 1
