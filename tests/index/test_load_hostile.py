"""Files made to do harm end in a clear error, soon, and the next file is read."""

import io
import time
import zipfile
import zlib
from collections.abc import Callable

import docx
import pytest

from index.errors import LoadError
from index.formats.limits import Limits
from index.load import load_bytes
from tests.index.made_pdf import made_pdf


def word_file(change: Callable[[bytes], bytes]) -> bytes:
    """A Word document whose main part was changed."""
    word = docx.Document()
    word.add_paragraph("Some text.")
    stream, changed = io.BytesIO(), io.BytesIO()
    word.save(stream)
    with zipfile.ZipFile(stream) as source, zipfile.ZipFile(changed, "w") as target:
        for member in source.infolist():
            content = source.read(member)
            main = member.filename == "word/document.xml"
            target.writestr(member, change(content) if main else content)
    return changed.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def understated(data: bytes) -> bytes:
    """A ZIP that declares 10 bytes for a member that unpacks to more."""
    size = (5_000_000).to_bytes(4, "little")
    assert data.count(size) == 2
    return data.replace(size, (10).to_bytes(4, "little"))


ENTITIES = b"<!DOCTYPE w:document [<!ENTITY e0 'lol'>" + b"".join(
    b"<!ENTITY e%d '%s'>" % (level, b"&e%d;" % (level - 1) * 10) for level in range(1, 10)
) + b"]>"  # fmt: skip
FILE = b"<!DOCTYPE w:document [<!ENTITY e9 SYSTEM 'file:///etc/passwd'>]>"
NESTED = 100_000


def with_type(declaration: bytes) -> bytes:
    return word_file(
        lambda xml: xml.replace(b"?>", b"?>" + declaration, 1).replace(b"Some", b"&e9; Some")
    )


def nested(xml: bytes) -> bytes:
    inside = b"<w:ins>" * NESTED + b"</w:ins>" * NESTED
    return xml.replace(b"<w:p>", b"<w:p>" + inside, 1)


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (zipped("word/document.xml", b"\0" * 260_000_000), "a.docx", "unpacks to 260,000,000"),
        (understated(zipped("a.xml", b"\0" * 5_000_000)), "a.docx", "is no DOCX, or a damaged"),
        (zipped("a.txt", b"hello"), "a.docx", "no Word document"),
        (word_file(bytes)[:2_000], "a.docx", "is no DOCX, or a damaged one"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.docx", "encrypted, or an old .doc"),
        (b"Plain words.", "a.docx", "is no DOCX"),
        (with_type(ENTITIES), "a.docx", "no Word document"),
        (word_file(nested), "a.docx", "no Word document"),
        (b"<div>" * NESTED + b"words", "a.html", "nested deeper"),
        (b"<table><tr><td>" * 20_000 + b"words", "a.html", "nested deeper"),
        (b"<html><body><script>words()</script></body></html>", "a.html", "has no text"),
        (b"%PDF-1.7\n", "a.html", "is a PDF"),
        (b"PK\x03\x04", "a.pdf", "is no PDF"),
        (b'{"text": ' + b"[" * NESTED + b"]" * NESTED + b"}", "a.csv", "field larger"),
    ],
)
def test_it_ends_in_a_clear_error(data: bytes, name: str, reason: str) -> None:
    start = time.monotonic()
    with pytest.raises(LoadError, match=reason):
        load_bytes(data, name)
    assert time.monotonic() - start < 60


def test_an_entity_for_a_file_brings_nothing_in() -> None:
    try:
        text = load_bytes(with_type(FILE), "a.docx").text
    except LoadError:
        return
    assert text == "Some text."


def test_a_page_with_entities_stays_small() -> None:
    page = ENTITIES.replace(b"w:document", b"html") + b"<p>Words &e9; end.</p>"
    assert len(load_bytes(page, "a.html").text) < 2_000


def bomb() -> bytes:
    """A PDF whose page unpacks to two gigabytes, out of one packed block that is repeated."""
    packer = zlib.compressobj(9)
    head = packer.compress(b" ") + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b" " * 10_000_000) + packer.flush(zlib.Z_FULL_FLUSH)
    packed = head + block * 200
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<>>>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
    ]
    numbered = enumerate(objects, start=1)
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, part) for number, part in numbered)
    return b"%PDF-1.4\n" + body + b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n0\n%%EOF\n"


def test_a_bomb_takes_its_child_down_and_nothing_else() -> None:
    limits = Limits(memory=600_000_000, seconds=20)
    with pytest.raises(LoadError, match=r"took the PDF parser down|not read after|no text layer"):
        load_bytes(bomb(), "a.pdf", limits=limits)
    assert load_bytes(made_pdf([["A good file."]]), "b.pdf").text == "A good file."


def test_what_takes_too_long_is_ended() -> None:
    slow = b"<html><body>" + b"<p>A paragraph of the page.</p>" * 20_000 + b"</body></html>"
    start = time.monotonic()
    with pytest.raises(LoadError, match=r"not read after 0\.2 seconds"):
        load_bytes(slow, "a.html", limits=Limits(seconds=0.2))
    assert time.monotonic() - start < 20
    assert load_bytes(b"<p>A good page.</p>", "b.html").text == "A good page."
