"""Dates as documents write them."""

import re
from dataclasses import dataclass
from datetime import date

_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_FORMS = (
    r"(?P<year>\d{4})[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})",
    rf"{_DAY}(?:\s+of)?[\s-]+{_MONTH},?[\s-]+{_YEAR}",
    rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
    r"(?P<day>\d{1,2})\.(?P<number>\d{1,2})\.(?P<year>\d{4})",
    r"(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4})",
)
_CLOCK = (
    r"(?:(?:T|,?\s+(?:at\s+)?)\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?"
    r"\s*(?:Z|UTC|GMT|IST|[ECMP][SD]T|CES?T|BST|[+-]\d{2}:?\d{2})?)?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_DATES = tuple(re.compile(_WEEKDAY + form + _CLOCK, re.IGNORECASE) for form in _FORMS)

_LABEL = re.compile(
    r"(?:date|dated|published|posted|(?:last )?(?:updated|modified)|created|release date"
    r"|publication date|date of publication)(?: on)?\s*[:\-–—]?\s+",
    re.IGNORECASE,
)
_AFTER_LABEL = re.compile(r"[\s.,;|]*?(?=\s|$)")
# NEW DELHI, Jan 30, 2026 (Reuters) — ; the place in capitals, a dash at the end.
_DATELINE = re.compile(
    r"(?P<place>[^\W\d_a-z][^\da-z\n()]{1,60}?),?\s+"
    rf"(?P<date>(?i:{_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?|(?P<day2>\d{{1,2}})\s+[A-Za-z]{{3,9}}\.?"
    r"(?:,?\s+\d{4})?))"
    r"\s*(?:\([^()\n]{1,40}\))?\s*(?:[-–—]{1,2}|:)(?=\s)"
)


@dataclass(frozen=True, slots=True)
class DateLine:
    """A date line at the start of a text: where it ends, and its date if it gives a whole one."""

    end: int
    date: date | None


def read_date(text: str) -> date | None:
    """Read a text that is a date and nothing else (a weekday and a clock may stand with it).

    ISO 8601, `30 January 2026`, `January 30, 2026`, `30.01.2026`, and `30/01/2026` where one of the
    two numbers is above 12. A date that could be read in two ways, or that no calendar has, is
    None.
    """
    content = text.strip()
    for form in _DATES:
        if found := form.fullmatch(content):
            return _whole(found)
    return None


def find_date_line(text: str) -> DateLine | None:
    """Find a date line at the very start of a paragraph; offsets count from the paragraph's start.

    Three forms: a label with a date (`date 2026-01-30`, `Published: 30 January 2026`), a line that
    is only a date, and a newspaper's dateline (`NEW DELHI, Jan 30 (Agency) —`), whose date stays
    unknown if it gives no year.
    """
    return _labelled(text) or _lone(text) or _dateline(text)


def _labelled(text: str) -> DateLine | None:
    lead = len(text) - len(text.lstrip())
    label = _LABEL.match(text, lead)
    if not label:
        return None
    for form in _DATES:
        found = form.match(text, label.end())
        if found and (close := _AFTER_LABEL.match(text, found.end())) and _whole(found):
            return DateLine(close.end(), _whole(found))
    return None


def _lone(text: str) -> DateLine | None:
    line = text.split("\n", 1)[0]
    day = read_date(line)
    return DateLine(len(line.rstrip()), day) if day else None


def _dateline(text: str) -> DateLine | None:
    found = _DATELINE.match(text, len(text) - len(text.lstrip()))
    return DateLine(found.end(), read_date(found["date"])) if found else None


def _whole(found: re.Match[str]) -> date | None:
    parts = {name: value for name, value in found.groupdict().items() if value}
    if "first" in parts:
        first, second = int(parts["first"]), int(parts["second"])
        if max(first, second) <= 12:
            return None
        day, month = (first, second) if first > 12 else (second, first)
    else:
        name = parts.get("month", "")[:3].lower()
        month = _NAMES.index(name) + 1 if name else int(parts["number"])
        day = int(parts["day"])
    try:
        return date(int(parts["year"]), month, day)
    except ValueError:
        return None
