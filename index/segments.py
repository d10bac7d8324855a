"""The files of a tantivy index: are they whole, and how are they read where nobody may write."""

import json
import tempfile
from pathlib import Path
from typing import Any

from index.storage import file_checksum, read_json, write_whole

MANIFEST = "words.json"
ATTEMPTS = 20  # to read the files between a writer's merges


class Mirror:
    """A folder of links to an index that may only be read: tantivy locks the folder it reads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = tempfile.TemporaryDirectory(prefix="quoth-words-")
        self.path = Path(self._own.name)

    def refresh(self) -> None:
        """Link the files of the newest state, then name it."""
        for path in self._folder.iterdir():
            link = self.path / path.name
            if path.suffix != ".json" and path.name[0] != "." and not link.exists():
                link.symlink_to(path.resolve())
        for name in (".managed.json", "meta.json"):
            write_whole(self.path / name, (self._folder / name).read_bytes())


def read_meta(folder: Path) -> dict[str, Any]:
    """Return what tantivy says of its newest commit."""
    meta: dict[str, Any] = json.loads((folder / "meta.json").read_bytes())
    return meta


def is_torn(folder: Path) -> bool:
    """Say whether the folder's files are not what its manifest says.

    A writer that merges takes files away meanwhile, so a difference counts once nobody writes.
    """
    sound = set[Path]()
    for _ in range(ATTEMPTS):
        state = _files(folder)
        if state is None:
            return True
        if all(_is_sound(folder / name, state[name], sound) for name in state):
            return False
        if _files(folder) == state:
            return True
    return True


def _files(folder: Path) -> dict[str, int] | None:
    """Return the checksums of the files of the segments in use, None where that is unknown."""
    manifest = read_json(folder / MANIFEST)
    try:
        segments = read_meta(folder)["segments"]
    except (OSError, ValueError, KeyError):
        return None
    live = {segment["segment_id"].replace("-", "") for segment in segments}
    if manifest is None:
        return None
    known = manifest["files"].items()
    return {name: checksum for name, checksum in known if name.split(".")[0] in live}


def _is_sound(path: Path, checksum: int, sound: set[Path]) -> bool:
    try:
        if path in sound or file_checksum(path) == checksum:
            sound.add(path)
    except FileNotFoundError:
        return False
    return path in sound
