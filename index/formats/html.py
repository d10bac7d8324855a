"""HTML: the main content of a page by `trafilatura`, with its title, date and author."""

import re
from itertools import accumulate

from lxml import etree, html
from trafilatura import bare_extraction
from trafilatura.settings import Document as Extracted

from index.dates import read_date
from index.document import BlockKind
from index.errors import LoadError
from index.formats.composer import Composer, plain_metadata, tidy
from index.formats.decode import decode, refuse_binary
from index.formats.limits import Limits
from index.formats.parsed import Parsed
from index.key_points import mark_key_points
from index.structure import is_caption

_DATES = {"original_date": True, "extensive_search": False}
_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?([\w-]+)", re.I
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_UNSEEN = ("head", "script", "style", "noscript", "template", "svg", "iframe", "nav", "form")
# The tags of the page and those of trafilatura's own tree.
_HEADINGS = {"head", "h1", "h2", "h3", "h4", "h5", "h6"}
_BREAKS = {"br", "lb"}
_INLINE = _BREAKS.union(
    ("a", "abbr", "b", "bdi", "cite", "code", "del", "em", "font", "graphic", "hi", "i", "img"),
    ("ins", "kbd", "label", "mark", "q", "ref", "s", "small", "span", "strong", "sub", "sup"),
    ("time", "u", "var", "wbr"),
)
_DEEPEST = 500  # levels; pages that people read stay below 100, and the cost grows with its square
_FEWEST = 200  # characters; below this the whole page is asked too


def parse_html(data: bytes, name: str, limits: Limits) -> Parsed:
    """Parse a page; navigation, scripts, comments and the like are left out.

    Headings, paragraphs, items of lists, captions and tables become blocks, a row of a table is
    said as `Column: value; Column: value`. A page without a main text that can be told apart is
    taken whole. Raises LoadError for a page without text or nested too deeply.
    """
    text = _decode(data, name)
    tree = _tree(text, name)
    captions = _free_captions(tree)
    found = bare_extraction(
        tree, with_metadata=True, include_comments=False, date_extraction_params=_DATES
    )
    composer = Composer()
    if isinstance(found, Extracted):
        _compose(found.body, composer, captions)
    if len(composer.text) < _FEWEST:
        composer = max(composer, _whole(text, name), key=lambda composed: len(composed.text))
    if not composer.blocks:
        raise LoadError(name, "has no text in it; save a page that scripts fill as it is shown")
    return _parsed(tree, found if isinstance(found, Extracted) else Extracted(), composer)


def _decode(data: bytes, name: str) -> str:
    """Decode by UTF-8, else as the page declares, else as any text."""
    refuse_binary(data, name)
    declared = _CHARSET.search(data[:4_096])
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            return data.decode(declared[1].decode("ascii")) if declared else decode(data, name)
        except (LookupError, UnicodeDecodeError):
            return decode(data, name)
    return decode(data, name)


def _tree(text: str, name: str) -> html.HtmlElement:
    parser = html.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        tree = html.document_fromstring(_DECLARATION.sub("", text).encode(), parser=parser)
    except etree.ParserError as error:
        raise LoadError(name, "is no HTML page; there is nothing to quote from") from error
    cut = any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
    if cut or _depth(tree) > _DEEPEST:
        raise LoadError(name, f"is nested deeper than {_DEEPEST} levels; simplify it")
    return tree


def _depth(tree: html.HtmlElement) -> int:
    events = etree.iterwalk(tree, events=("start", "end"))
    return max(accumulate(1 if event == "start" else -1 for event, _ in events))


def _whole(text: str, name: str) -> Composer:
    """Take every text on the page that is shown, in its order."""
    tree = _tree(text, name)
    captions = _free_captions(tree)
    etree.strip_elements(tree, *_UNSEEN, with_tail=False)
    composer = Composer()
    _compose(tree, composer, captions)
    return composer


def _free_captions(tree: html.HtmlElement) -> set[str]:
    """Put a paragraph with its caption in the place of each figure, and return the captions."""
    captions: set[str] = set()
    for figure in list(tree.iter("figure")):
        said = tidy(" ".join(part.text_content() for part in figure.iter("figcaption")))
        if said and figure.getparent() is not None and figure.find(".//table") is None:
            captions.add(said)
            paragraph = html.Element("p")
            paragraph.text, paragraph.tail = said, figure.tail
            figure.getparent().replace(figure, paragraph)
    return captions


def _compose(root: etree._Element, composer: Composer, captions: set[str]) -> None:
    """Add the text under an element, one block for each innermost block element."""
    said: list[str] = []
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        if element.tag not in _INLINE:
            owner = element if event == "end" else element.getparent()
            content = "".join(said)
            said.clear()
            composer.add(_kind(owner, content, captions), content, lines=True)
        if event == "end":
            said.append(element.tail or "")
        elif element.tag == "table":
            _compose_table(element, composer)
            walker.skip_subtree()
        else:
            said.append("\n" if element.tag in _BREAKS else element.text or "")


def _kind(owner: etree._Element | None, content: str, captions: set[str]) -> BlockKind:
    if owner is not None and owner.tag in _HEADINGS:
        return "heading"
    return "caption" if tidy(content) in captions or is_caption(content.strip()) else "paragraph"


def _compose_table(table: etree._Element, composer: Composer) -> None:
    header: list[str] = []
    for position, row in enumerate(table.iter("row", "tr")):
        cells = [cell for cell in row if cell.tag in ("cell", "td", "th")]
        said = [tidy(" ".join(cell.itertext())) for cell in cells]
        named = all(cell.tag == "th" or cell.get("role") == "head" for cell in cells)
        if position == 0 and named and len(said) > 1:
            header = said
        else:
            composer.add_row(header, said)


def _parsed(tree: html.HtmlElement, found: Extracted, composer: Composer) -> Parsed:
    language = tree.get("lang") or found.language or ""
    told = {"site": found.sitename, "description": found.description, "url": found.url}
    return Parsed(
        composer.text,
        tuple(mark_key_points(composer.text, composer.blocks)),
        title=found.title,
        date=read_date(found.date or ""),
        author=found.author,
        language=language[:2].lower() or None,
        metadata=plain_metadata(told),
    )
