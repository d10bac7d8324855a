"""What holds for the passages and blocks of every document."""

from index.chunk import CONTEXT_SIZE, PASSAGE_SIZE, ROW_SIZE, chunk
from index.document import Document


def check(document: Document, size: int = PASSAGE_SIZE, reach: int = CONTEXT_SIZE) -> None:
    text, done = document.text, 0
    for passage in chunk(document, size, reach):
        assert passage.text == text[passage.start : passage.end]
        assert passage.text == passage.text.strip() != ""
        assert passage.context == text[passage.context_start : passage.context_end]
        assert passage.context_start <= passage.start < passage.end <= passage.context_end
        assert len(passage.text) <= (max(size, ROW_SIZE) if passage.kind == "row" else size)
        assert len(passage.context) <= max(reach, len(passage.text))
        assert not text[done : passage.start].strip()
        done = passage.end
    assert not text[done:].strip()


def parts(document: Document) -> list[tuple[str, str]]:
    """The blocks as kind and text; they are in order, apart, and hold everything but space."""
    done = 0
    for block in document.blocks:
        assert done <= block.start < block.end
        assert not document.text[done : block.start].strip()
        done = block.end
    assert not document.text[done:].strip()
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]
