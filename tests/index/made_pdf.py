"""PDFs made line by line, so that it is known what stands on which page."""

import io
from collections.abc import Sequence
from pathlib import Path

import reportlab
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

HEIGHT = A4[1]
_PITCH = 14.0


def made_pdf(
    pages: Sequence[Sequence[str]],
    *,
    title: str = "",
    author: str = "",
    head: str = "",
    foot: str = "",
) -> bytes:
    """Make a PDF of lines; an empty line is a gap, `# ` marks a large line, `** ` a bold one.

    A line with ` || ` stands in two columns, the left ones first. `{page}` in head and foot is the
    page's number.
    """
    stream = io.BytesIO()
    canvas = Canvas(stream, pagesize=A4)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    for number, lines in enumerate(pages, start=1):
        _running(canvas, head.format(page=number), foot.format(page=number))
        columns = [line.split(" || ") for line in lines]
        for column in range(max(map(len, columns), default=0)):
            _column(canvas, [line[column] for line in columns if column < len(line)], column)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _running(canvas: Canvas, head: str, foot: str) -> None:
    canvas.setFont("Times-Roman", 9)
    canvas.drawString(72, HEIGHT - 40, head)
    canvas.drawRightString(520, 30, foot)


def _column(canvas: Canvas, lines: Sequence[str], column: int) -> None:
    height = HEIGHT - 90
    for line in lines:
        mark, _, rest = line.partition(" ")
        fonts = {"#": ("Times-Bold", 18), "**": ("Times-Bold", 11)}
        name, size = fonts.get(mark, (_unicode_font() if not line.isascii() else "Times-Roman", 11))
        canvas.setFont(name, size)
        canvas.drawString(72 + 240 * column, height, rest if mark in fonts else line)
        height -= _PITCH if line else _PITCH * 0.8


def _unicode_font() -> str:
    if "Vera" not in pdfmetrics.getRegisteredFontNames():
        folder = Path(reportlab.__file__).parent / "fonts"
        pdfmetrics.registerFont(TTFont("Vera", str(folder / "Vera.ttf")))
    return "Vera"
