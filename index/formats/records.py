"""JSON Lines: every line is a document of its own."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from index.dates import read_date
from index.errors import LoadError
from index.formats.decode import decode, refuse_halves, settle
from index.formats.parsed import Parsed
from index.structure import find_structure

_TEXT = ("text", "content", "body")
_TITLE = ("title", "headline", "name")
_ID = ("id", "_id")
_DATE = ("date", "published", "published_at", "created_at")
_KNOWN = (*_TEXT, *_TITLE, *_DATE, *_ID, "author", "lang", "language")


@dataclass(frozen=True, slots=True)
class Record:
    """A line's document; `fragment` names it within its file: its id, else its line number."""

    fragment: str
    parsed: Parsed


def parse_records(data: bytes, name: str) -> Iterator[Record | LoadError]:
    """Yield the record of each line; a bad line comes as a LoadError and the rest go on.

    A record is an object with its text under `text`, `content` or `body`, and if it likes `id`,
    `title`, `date`, `author`, `language`; other plain values become metadata. Raises LoadError for
    a file that is no text at all.
    """
    seen: set[str] = set()
    for number, line in enumerate(decode(data, name).split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{name}, line {number}"
        try:
            record = _record(json.loads(line), number, place)
        except LoadError as error:
            yield error
        except (ValueError, RecursionError) as error:
            yield LoadError(place, f"is not JSON ({error}); write one object a line")
        else:
            if record.fragment in seen:
                yield LoadError(place, f"repeats the id {record.fragment!r}; give each its own")
            else:
                seen.add(record.fragment)
                yield record


def _record(value: object, number: int, place: str) -> Record:
    if not isinstance(value, dict):
        raise LoadError(place, "is not a JSON object; write one object a line")
    text = _first(value, _TEXT)
    if text is None:
        raise LoadError(place, f"has no text under any of {', '.join(_TEXT)}")
    plain = {
        str(key): _plain(item, place)
        for key, item in value.items()
        if isinstance(item, str | int | float) and item != ""
    }
    settled = settle(text, place)
    structure = find_structure(settled)
    language = plain.get("language") or plain.get("lang") or ""
    parsed = Parsed(
        settled,
        structure.blocks,
        title=_first(plain, _TITLE) or structure.title,
        date=read_date(_first(plain, _DATE) or "") or structure.date,
        author=plain.get("author"),
        language=language[:2].lower() or None,
        metadata={key: item for key, item in plain.items() if key not in _KNOWN},
    )
    return Record(_first(plain, _ID) or str(number), parsed)


def _first(value: Mapping[str, object], names: tuple[str, ...]) -> str | None:
    found = (value.get(name) for name in names)
    return next((item for item in found if isinstance(item, str) and item), None)


def _plain(item: str | float, place: str) -> str:
    text = json.dumps(item) if isinstance(item, bool) else str(item)
    refuse_halves(text, place)
    return text
