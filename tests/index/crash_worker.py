"""Changes a corpus on command, in a forked child that the test kills.

Reads lines `FOLDER SEED` and forks a child for each, which does the operation of that seed between
the lines `begin PID` and `end`; then comes `gone STATUS`. Forking spares each child the imports.
"""

import os
import random
import sys
import traceback
from pathlib import Path

from index.embedded import EmbeddedCorpus
from tests.index.fakes import HashedWords, by_line, document

NAMES = [f"d{n}" for n in range(8)]
State = dict[str, str]


def text_of(choice: random.Random) -> str:
    lines = choice.randint(1, 30)
    return "".join(f"Line {n} speaks of {choice.getrandbits(40):x}.\n" for n in range(lines))


def step(seed: int, state: State) -> tuple[str, State]:
    """Return the operation of a step and the documents that it leaves."""
    choice = random.Random(seed)  # noqa: S311 a repeatable choice
    kind = choice.choice(["put", "put", "delete", "many", "compact"])
    after = dict(state)
    if kind == "delete" and state:
        del after[choice.choice(sorted(state))]
    elif kind in {"put", "delete"}:
        after[choice.choice(NAMES)] = text_of(choice)
    elif kind == "many":
        after |= {name: text_of(choice) for name in choice.sample(NAMES, 4)}
    return kind, after


def change(corpus: EmbeddedCorpus, kind: str, before: State, after: State) -> None:
    if kind == "compact":
        corpus.compact()
        return
    for name in before.keys() - after.keys():
        corpus.delete(name)
    changed = [name for name in sorted(after) if after[name] != before.get(name)]
    list(corpus.add_many(document(name, after[name]) for name in changed))


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def operate(folder: Path, seed: int) -> None:
    corpus = EmbeddedCorpus(folder, HashedWords(), by_line)
    before = {each.id: corpus.get(each.id).text for each in corpus.list()}
    kind, after = step(seed, before)
    say(f"begin {os.getpid()}")
    change(corpus, kind, before, after)
    say("end")


def main() -> None:
    for line in sys.stdin:
        folder, seed = line.split()
        if os.fork():
            _, status = os.wait()
            say(f"gone {os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)}")
            continue
        try:
            operate(Path(folder), int(seed))
        except BaseException:  # noqa: BLE001 a forked child must not go on as its parent
            traceback.print_exc()
            os._exit(1)
        os._exit(0)


if __name__ == "__main__":
    main()
