"""A writer killed at any instant leaves the corpus before its change or after it."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.embedded import EmbeddedCorpus
from tests.index.crash_worker import State, step
from tests.index.fakes import HashedWords, by_line

KILLS = int(os.environ.get("QUOTH_TEST_KILLS", "20"))
LONGEST = 0.12  # seconds after its beginning in which a change is killed


@pytest.fixture
def worker() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.index.crash_worker"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=30)
        assert process.stdout is not None
        process.stdout.close()


def killed_in_the_middle(process: subprocess.Popen[str], order: str, delay: float) -> bool:
    """Start a change, kill it after a delay, and say whether it was still at work."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(order + "\n")
    pid = int(process.stdout.readline().split()[1])
    time.sleep(delay)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    line = process.stdout.readline()
    ended = line == "end\n"
    gone = process.stdout.readline() if ended else line
    assert gone in {"gone 0\n", f"gone {signal.SIGKILL}\n"}, gone
    return not ended


def state_of(corpus: EmbeddedCorpus) -> State:
    return {each.id: corpus.get(each.id).text for each in corpus.list()}


def check_everything_is_found(corpus: EmbeddedCorpus, state: State) -> None:
    corpus.check()
    lines = [line for text in state.values() for line in text.splitlines()]
    assert corpus.readiness().passages == len(lines)
    for line in random.Random(len(lines)).sample(lines, min(5, len(lines))):  # noqa: S311
        [found] = corpus.search([line], 3)
        best = max(found.hits, key=lambda hit: hit.lexical)
        assert best.passage.text.strip() == line
        assert best.dense > 0.99


def test_a_killed_writer_leaves_the_state_before_or_after(
    tmp_path: Path, worker: subprocess.Popen[str]
) -> None:
    folder, state = tmp_path / "data", State()
    outcomes = {"before": 0, "after": 0}
    EmbeddedCorpus(folder, HashedWords(), by_line).close()
    seed = 0
    while sum(outcomes.values()) < KILLS:
        seed += 1
        kind, after = step(seed, state)
        delay = LONGEST * random.Random(-seed).random() ** 2  # noqa: S311 most of the work comes first
        in_the_middle = killed_in_the_middle(worker, f"{folder} {seed}", delay)
        with EmbeddedCorpus(folder, HashedWords(), by_line, lock_timeout=10) as corpus:
            left = state_of(corpus)
            assert left in (state, after), f"seed {seed}: neither before nor after {kind}"
            check_everything_is_found(corpus, left)
        if in_the_middle:
            outcomes["after" if left == after else "before"] += 1
        state = left
    print(f"{KILLS} kills in the middle of {seed} changes: {outcomes}")  # noqa: T201 the count
    assert KILLS < 100 or min(outcomes.values()) > 0
