"""CSV and TSV: one row, one line of the stored text, said with the names of its columns."""

import csv
import io
from collections.abc import Sequence

from index.errors import LoadError
from index.formats.composer import Composer
from index.formats.decode import decode
from index.formats.limits import Limits
from index.formats.parsed import Parsed

_DELIMITERS = ",;\t|"
_SAMPLE = 64_000  # characters shown to the sniffer
_LONGEST_NAME = 80


def parse_table(data: bytes, name: str, limits: Limits) -> Parsed:
    """Parse a table; a row is stored as `Column: value; Column: value`, so it explains itself.

    The first row names the columns if all its cells are distinct words; without such a row, the
    values stand alone. The delimiter of a `.csv` is told from its content.
    """
    text = decode(data, name)
    rows = _rows(text, _delimiter(text, name), name, limits)
    header = rows[0] if len(rows) > 1 and _is_header(rows[0]) else []
    composer = Composer()
    for row in rows[1:] if header else rows:
        composer.add_row(header, row)
    if not composer.blocks:
        raise LoadError(name, "has no rows with values; there is nothing to quote from")
    columns = {"columns": ", ".join(header)} if header else {}
    return Parsed(composer.text, composer.blocks, metadata=columns)


def _delimiter(text: str, name: str) -> str:
    if name.lower().endswith(".tsv"):
        return "\t"
    sample = text[: text.rfind("\n", 0, _SAMPLE) + 1] if len(text) > _SAMPLE else text
    try:
        return csv.Sniffer().sniff(sample or text[:_SAMPLE], _DELIMITERS).delimiter
    except csv.Error:
        return ","


def _rows(text: str, delimiter: str, name: str, limits: Limits) -> list[list[str]]:
    rows: list[list[str]] = []
    said = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append([cell.strip() for cell in row])
                said += sum(map(len, row)) + sum(map(len, rows[0][: len(row)]))
            if said > limits.max_characters:
                reason = f"says more than {limits.max_characters:,} characters with its columns'"
                raise LoadError(name, f"{reason} names in every row, the limit; split it")
    except csv.Error as error:
        raise LoadError(name, f"is not a table: line {reader.line_num}: {error}") from error
    return rows


def _is_header(row: Sequence[str]) -> bool:
    words = [cell for cell in row if any(map(str.isalpha, cell)) and len(cell) <= _LONGEST_NAME]
    return len(row) > 1 and len(words) == len(row) == len({cell.lower() for cell in row})
