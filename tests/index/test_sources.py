"""Files and folders into documents, always in the same order."""

from pathlib import Path

import pytest

from index.document import Document
from index.errors import LoadError
from index.sources import find_sources, load_sources

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.txt", "a.md", "sub/c.txt", "README.md", "sub/readme.de.txt", ".hidden.txt",
                 ".git/d.txt", "~$a.docx"):  # fmt: skip
        file = tmp_path / "docs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"The text of {name}.")
    (tmp_path / "docs" / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "docs" / "empty.txt").write_bytes(b"")
    return tmp_path / "docs"


def uris(paths: list[Path]) -> list[str]:
    return [one.uri if isinstance(one, Document) else str(one) for one in load_sources(paths)]


def test_the_seeds_are_the_seed_alone() -> None:
    assert uris([ROOT / "seeds"]) == ["india-us-relations-2026-01-30.txt"]


def test_a_folder_is_walked_in_order_with_its_errors(folder: Path) -> None:
    found = uris([folder])
    assert found[:2] == ["a.md", "b.txt"]
    assert found[2].startswith("empty.txt: is empty")
    assert found[3].startswith("picture.png: has the suffix '.png'; the formats are")
    assert found[4:] == ["sub/c.txt"]


def test_files_are_counted_before_they_are_read(folder: Path) -> None:
    assert len(find_sources([folder])) == 5


def test_a_file_that_is_named_is_read(folder: Path) -> None:
    assert uris([folder / "README.md", folder / ".hidden.txt"]) == ["README.md", ".hidden.txt"]


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (found,) = load_sources([tmp_path / "gone"])
    assert isinstance(found, LoadError)
    assert found.reason == "does not exist; name a file or a folder of documents"


def test_two_files_of_one_uri_do_not_replace_each_other(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "b.txt"
    other.parent.mkdir()
    other.write_text("Another text.")
    found = list(load_sources([folder / "b.txt", other, folder / "b.txt"]))
    assert isinstance(found[0], Document)
    assert isinstance(found[1], LoadError)
    assert "has the same uri 'b.txt'" in str(found[1])
    assert len(found) == 2


def test_links_to_folders_are_not_followed(folder: Path) -> None:
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    assert len(find_sources([folder])) == 5
