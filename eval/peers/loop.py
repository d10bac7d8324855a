"""The adapter's side of the pipe: JSON lines in, JSON lines out. Standard library alone.

    {"do": "load", "model": FOLDER}     -> {"versions": {...}}
    {"do": "index", "passages": FILE}   -> {"passages": N, "seconds": S, "busy": S}
    {"do": "search", "query": Q, "top_k": K} -> {"ids": [...], "seconds": S, "busy": S}
    {"do": "memory"}                    -> {"peak_bytes": N}

`busy` is processor time of all threads, which a machine with other work does not change. A line
that cannot be served is answered with {"error": "..."}.
"""

import json
import os
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from time import perf_counter, process_time
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Text:
    """A passage to index."""

    id: str
    text: str


class Peer(Protocol):
    """A system under comparison."""

    @property
    def packages(self) -> Sequence[str]:
        """Name the installed packages whose versions count."""
        ...

    def load(self, model: str) -> None:
        """Load the embedding model from a folder."""
        ...

    def index(self, passages: Sequence[Text]) -> None:
        """Index these passages."""
        ...

    def search(self, query: str, top_k: int) -> list[str]:
        """Return the ids of the best passages, best first."""
        ...


def serve(peer: Peer) -> None:
    """Answer lines until the pipe is closed."""
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # libraries print; the pipe stays clean
    commands: Mapping[str, Callable[..., dict[str, Any]]] = {
        "load": lambda model: _load(peer, model),
        "index": lambda passages: _index(peer, passages),
        "search": lambda query, top_k: _search(peer, query, top_k),
        "memory": lambda: {"peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024},
    }
    for line in sys.stdin:
        body = json.loads(line)
        try:
            reply = commands[body.pop("do")](**body)
        except Exception as error:  # noqa: BLE001 the other side must hear of every failure
            reply = {"error": f"{type(error).__name__}: {error}"}
        pipe.write(json.dumps(reply) + "\n")
        pipe.flush()


def _load(peer: Peer, model: str) -> dict[str, Any]:
    peer.load(model)
    return {"versions": {package: version(package) for package in peer.packages}}


def _index(peer: Peer, path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as lines:
        passages = [Text(**json.loads(line)) for line in lines]
    begin, busy = perf_counter(), process_time()
    peer.index(passages)
    return {
        "passages": len(passages),
        "seconds": perf_counter() - begin,
        "busy": process_time() - busy,
    }


def _search(peer: Peer, query: str, top_k: int) -> dict[str, Any]:
    begin, busy = perf_counter(), process_time()
    ids = peer.search(query, top_k)
    return {"ids": ids, "seconds": perf_counter() - begin, "busy": process_time() - busy}
