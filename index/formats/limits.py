"""What a source may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one source; beyond any of them it is refused with a LoadError.

    `seconds` and `memory` (bytes of address space) bound the process in which the formats with a
    complicated inside (PDF, DOCX, large HTML) are read. `unpacked` bounds what an archive holds.
    """

    max_bytes: int = 50_000_000
    max_characters: int = 25_000_000
    max_pages: int = 10_000
    unpacked: int = 250_000_000
    seconds: float = 120.0
    memory: int = 2_000_000_000


DEFAULT_LIMITS = Limits()
