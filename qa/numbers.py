"""When two written numbers say the same: grouped differently, or one of them rounded."""

import re

_NUMBER = re.compile(r"\d+(?:,\d{2,3})*(?:\.\d+)?")
_ROUNDED_FROM = 10_000
"""Below, a difference counts: 2024 is not 2020, and 25 not 20."""


def numbers_agree(one: str, other: str) -> bool:
    """Say whether two texts hold one number each, and these agree.

    `12,34,567` equals `1,234,567`. A large number agrees with a rounder one that is the same down
    to its last digit before the zeros, rounded or cut: `1,234,567` with `1,230,000`, not with
    `1,240,000`.
    """
    here, there = _NUMBER.findall(one), _NUMBER.findall(other)
    if len(here) != 1 or len(there) != 1:
        return False
    first, second = (float(text[0].replace(",", "")) for text in (here, there))
    rounder, exact = sorted((first, second), key=_significant)
    if first == second:
        return True
    unit = 10 ** (len(str(int(rounder))) - _significant(rounder))
    roundings = (exact // unit * unit, round(exact / unit) * unit)
    return rounder >= _ROUNDED_FROM and rounder in roundings


def _significant(number: float) -> int:
    return len(str(int(number)).rstrip("0")) if number == int(number) else 99
