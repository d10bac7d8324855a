"""What a format's parser hands back."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from index.document import Block, Page


@dataclass(frozen=True, slots=True)
class Parsed:
    """The stored text of a source, its structure, and what the source says of itself."""

    text: str
    blocks: tuple[Block, ...]
    title: str | None = None
    date: datetime.date | None = None
    author: str | None = None
    language: str | None = None
    pages: tuple[Page, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
