"""The files that paths name, in a fixed order, and the documents in them.

A folder is walked down to its last file, sorted by uri; links to folders are not followed. Left out
are hidden files and folders (a leading dot), the owner files of office programs (`~$…`), and files
named `README` with any suffix, which are about the folder and not of it. A file that is named
itself is always read. The uri is the path relative to the folder that was named, or the file's
name, with slashes on every system.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.document import Document
from index.errors import LoadError
from index.formats.limits import DEFAULT_LIMITS, Limits
from index.load import load_many_path


@dataclass(frozen=True, slots=True)
class Source:
    """A file to load; `root` is the folder that was named, None if the file itself was."""

    path: Path
    root: Path | None

    @property
    def uri(self) -> str:
        """The file's path relative to the root, or its name, with slashes."""
        return self.path.relative_to(self.root).as_posix() if self.root else self.path.name


def find_sources(paths: Iterable[Path | str]) -> tuple[Source | LoadError, ...]:
    """List the files that paths name, ready to count before anything is read.

    A path that is no file and no folder, and a second file of the same uri, stand in the list as a
    LoadError in their place.
    """
    seen: dict[str, Path] = {}
    found: list[Source | LoadError] = []
    for source in (source for path in paths for source in _walk(Path(path))):
        if isinstance(source, LoadError):
            found.append(source)
        elif source.uri not in seen:
            seen[source.uri] = source.path
            found.append(source)
        elif not seen[source.uri].samefile(source.path):
            reason = f"has the same uri {source.uri!r} as {seen[source.uri]}; index their common"
            found.append(LoadError(str(source.path), f"{reason} folder, or use two collections"))
    return tuple(found)


def load_source(
    source: Source | LoadError, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Document | LoadError]:
    """Yield the documents of a source; what cannot be loaded comes as a LoadError, not raised."""
    if isinstance(source, LoadError):
        yield source
    else:
        yield from load_many_path(source.path, source.root, limits)


def load_sources(
    paths: Iterable[Path | str], limits: Limits = DEFAULT_LIMITS
) -> Iterator[Document | LoadError]:
    """Yield the documents of every file that paths name, errors in their place."""
    for source in find_sources(paths):
        yield from load_source(source, limits)


def _walk(path: Path) -> Iterator[Source | LoadError]:
    if path.is_dir():
        files = (Path(folder) / name for folder, name in _names(path))
        yield from (_source(file, path) for file in sorted(files, key=lambda file: file.parts))
    elif path.is_file():
        yield _source(path, None)
    else:
        what = "is neither a file nor a folder" if path.exists() else "does not exist"
        yield LoadError(str(path), f"{what}; name a file or a folder of documents")


def _names(root: Path) -> Iterator[tuple[str, str]]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not _left_out(name) and (Path(folder) / name).is_file():
                yield folder, name


def _left_out(name: str) -> bool:
    return name.startswith((".", "~$")) or name.split(".", 1)[0].upper() == "README"


def _source(path: Path, root: Path | None) -> Source | LoadError:
    source = Source(path, root)
    try:
        source.uri.encode()
    except UnicodeEncodeError:
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        return LoadError(name, "has a name that is not UTF-8; rename it")
    return source
