"""Several processes on one folder: readers see whole generations, writers take turns."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.embedded import EmbeddedCorpus
from index.errors import CorpusBusy
from index.lock import WriterLock
from tests.index.fakes import document

Open = Callable[..., EmbeddedCorpus]

HOLD = """
import sys
from pathlib import Path
from index.lock import WriterLock
with WriterLock(Path(sys.argv[1]) / "writer.lock", 5).hold():
    print("held", flush=True)
    sys.stdin.readline()
"""
WRITE = """
import sys
from pathlib import Path
from index.embedded import EmbeddedCorpus
from tests.index.fakes import HashedWords, by_line, document
with EmbeddedCorpus(Path(sys.argv[1]), HashedWords(), by_line) as corpus:
    for version in range(1, 16):
        text = "".join(f"Version {version} line {n}.\\n" for n in range(20))
        corpus.add(document("a", text))
        corpus.add(document(f"b{version}", f"Note {version}.\\n"))
print("done", flush=True)
"""
UNDER_LIMITS = """
import os, resource, sys
from pathlib import Path
from index.embedded import EmbeddedCorpus
from index.errors import StorageFull
from tests.index.fakes import HashedWords, by_line, document
folder, limit = Path(sys.argv[1]), int(sys.argv[2])
corpus = EmbeddedCorpus(folder, HashedWords(), by_line)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    for n in range(100):
        lines = "".join(f"Line {line} of document {n}.\\n" for line in range(50))
        corpus.add(document(f"d{n:03}", lines))
        print(n, flush=True)
except StorageFull as full:
    print("full", full, flush=True)
"""
READ_AS_NOBODY = """
import os, sys, tempfile
from pathlib import Path
from index.embedded import EmbeddedCorpus
from tests.index.fakes import HashedWords, by_line
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
with EmbeddedCorpus(Path(sys.argv[1]), HashedWords(), by_line) as corpus:
    hits = corpus.search(["rain"], 3)[0].hits
    corpus.check()
    sys.stdout.write(f"found {len(hits)}")
"""


@contextmanager
def running(program: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def test_a_second_writer_is_refused_with_the_pid_of_the_first(
    tmp_path: Path, open_corpus: Open
) -> None:
    corpus = open_corpus(lock_timeout=0.1)
    with running(HOLD, str(tmp_path / "data")) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CorpusBusy, match=str(holder.pid)) as busy:
            corpus.add(document("a", "Text.\n"))
        assert busy.value.holder == holder.pid
        assert corpus.search(["text"], 3)[0].hits == ()
        holder.communicate("\n")
    assert corpus.add(document("a", "Text.\n")).outcome == "added"


def test_a_second_writer_waits_for_the_first(tmp_path: Path) -> None:
    lock = WriterLock(tmp_path / "writer.lock", 10)
    with running(HOLD, str(tmp_path)) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        began = time.monotonic()
        assert holder.stdin is not None
        holder.stdin.write("\n")
        holder.stdin.close()
        with lock.hold():
            assert time.monotonic() - began < 10


def test_readers_see_whole_generations_while_another_process_writes(
    tmp_path: Path, open_corpus: Open
) -> None:
    reader = open_corpus()
    versions = list[int]()
    with running(WRITE, str(tmp_path / "data")) as writer:
        while writer.poll() is None:
            [found] = reader.search(["version line 7"], 50)
            seen = {hit.passage.text.split()[1] for hit in found.hits if "line" in hit.passage.text}
            assert len(seen) <= 1, "two versions of one document at once"
            versions += [int(version) for version in seen]
            assert found.searched.passages == 0 or found.searched.passages >= 20
        assert writer.stdout is not None
        assert writer.stdout.read() == "done\n"
    assert versions == sorted(versions)
    [last] = reader.search(["version line 7"], 50)
    assert last.searched.documents == 16
    reader.check()


def test_a_full_disk_is_named_and_loses_nothing(tmp_path: Path, open_corpus: Open) -> None:
    open_corpus().close()
    done = subprocess.run(
        [sys.executable, "-c", UNDER_LIMITS, str(tmp_path / "data"), "1000000"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    *stored, last = done.stdout.splitlines()
    assert last.startswith("full"), done.stdout + done.stderr
    assert "takes no more bytes" in last
    assert len(stored) > 2
    corpus = open_corpus()
    assert len(corpus.list()) in {len(stored), len(stored) + 1}
    corpus.check()
    corpus.add(document("after", "There is room again.\n"))
    assert corpus.search(["room again"], 3)[0].hits[0].passage.document_id == "after"


def read_as_nobody(folder: Path) -> str:
    """Open and search a folder in a process that may not write to it, and return what it says."""
    command = [sys.executable, "-c", READ_AS_NOBODY, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


@pytest.fixture
def public_path(tmp_path: Path) -> Path:
    """A folder that every user may look into; pytest keeps its own to its user."""
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.stat().st_uid == os.getuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    return tmp_path


def test_a_folder_that_may_only_be_read_is_served(public_path: Path, open_corpus: Open) -> None:
    with open_corpus() as corpus:
        corpus.add(document("a", "Rain in spring.\nSun in summer.\n"))
    data = public_path / "data"
    for path in [data, *data.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        said = read_as_nobody(data)
        assert said.startswith("found 2")
        assert "aside" not in said
    finally:
        for path in [data, *data.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_words_that_lag_in_a_folder_that_may_only_be_read_are_made_aside(
    public_path: Path, open_corpus: Open
) -> None:
    with open_corpus() as corpus:
        corpus.add(document("a", "Rain in spring.\nSun in summer.\n"))
    data = public_path / "data"
    (data / "collection-1" / "words" / "words.json").unlink()
    for path in [data, *data.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert read_as_nobody(data).startswith("found 2")
    finally:
        for path in [data, *data.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
