"""Measure one peer over its pipe: cold start, index rate, ranking, latency, memory."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from eval.beir_run import MEASURES, NAMES
from eval.errors import EvalError
from eval.imports import Beir, identifier_of
from eval.peers.environments import Peer, interpreter
from eval.ranking import Ranked, rank_scores
from eval.run import Progress

ROOT = Path(__file__).parents[2]
"""The adapters are run as modules from here."""

TOP_K = 10


class PeerError(EvalError):
    """A peer that did not answer, or answered with an error."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One peer's figures. Times in milliseconds but `cold_start_seconds`, memory in bytes.

    `index_busy` (a passage) and `search_busy` (a search) are processor time of all threads.
    """

    name: str
    title: str
    versions: Mapping[str, str]
    cold_start_seconds: float
    passages_per_second: float
    recall_at_1: float
    recall_at_10: float
    mrr_at_10: float
    latency_p50: float
    latency_p95: float
    index_busy: float
    search_busy: float
    peak_bytes: int
    questions: int
    passages: int
    mrr_values: tuple[float, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Searches:
    """What the searches found; `times` are milliseconds each, `busy` processor time of one."""

    ranked: tuple[Ranked, ...]
    times: tuple[float, ...]
    busy: float


class Pipe:
    """A running adapter; a line is sent, a line comes back."""

    def __init__(self, python: Path, module: str, root: Path) -> None:
        quiet = {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}
        self._process = subprocess.Popen(  # noqa: S603 our own interpreter and module
            [python, "-W", "ignore", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=root,
            env={**os.environ, **quiet},
            text=True,
        )

    def __enter__(self) -> "Pipe":
        """Keep it for a whole measurement."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the pipe and wait for the adapter to end."""
        self._process.communicate(timeout=60)

    def send(self, do: str, **body: Any) -> dict[str, Any]:
        """Send a command and return its reply. Raises PeerError."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise PeerError("the pipe is closed")
        try:
            stdin.write(json.dumps({"do": do, **body}) + "\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise PeerError(f"{do}: the adapter ended; run it by hand to see why")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise PeerError(f"{do}: {reply['error']}")
        return reply


def measure(peer: Peer, beir: Beir, model: Path, folder: Path, progress: Progress) -> Measured:
    """Measure a peer on these passages and questions. `folder` takes the file of passages."""
    python = interpreter(peer, ROOT)
    begin = perf_counter()
    with Pipe(python, peer.module, ROOT) as pipe:
        versions = pipe.send("load", model=str(model))["versions"]
        cold_start = perf_counter() - begin
        indexed = pipe.send("index", passages=str(_passages(beir, folder)))
        searches = _search(pipe, beir, progress)
        peak = pipe.send("memory")["peak_bytes"]
    scores = np.array([one.values for one in rank_scores(searches.ranked, MEASURES)])
    means = dict(zip(NAMES, scores.mean(axis=0).tolist(), strict=True))
    return Measured(
        name=peer.name,
        title=peer.title,
        versions=versions,
        cold_start_seconds=cold_start,
        passages_per_second=indexed["passages"] / indexed["seconds"],
        recall_at_1=means["success_at_1"],
        recall_at_10=means["success_at_10"],
        mrr_at_10=means["mrr_at_10"],
        latency_p50=float(np.percentile(searches.times, 50)),
        latency_p95=float(np.percentile(searches.times, 95)),
        index_busy=1000 * indexed["busy"] / indexed["passages"],
        search_busy=searches.busy,
        peak_bytes=peak,
        questions=len(beir.queries),
        passages=indexed["passages"],
        mrr_values=tuple(scores[:, NAMES.index("mrr_at_10")].tolist()),
    )


def _passages(beir: Beir, folder: Path) -> Path:
    path = folder / "passages.jsonl"
    lines = [
        json.dumps({"id": identifier_of(one.name), "text": one.text}) + "\n"
        for one in beir.documents
    ]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _search(pipe: Pipe, beir: Beir, progress: Progress) -> Searches:
    relevant: dict[str, list[tuple[str, int]]] = {}
    for one in beir.judgements:
        relevant.setdefault(one.query, []).append((one.document, one.grade))
    ranked: list[Ranked] = []
    times: list[float] = []
    busy = 0.0
    for number, (query, words) in enumerate(beir.queries, start=1):
        reply = pipe.send("search", query=words.strip(), top_k=TOP_K)
        times.append(1000 * reply["seconds"])
        busy += 1000 * reply["busy"] / len(beir.queries)
        ranked.append(Ranked(query, tuple(reply["ids"]), tuple(relevant[query])))
        progress(number, len(beir.queries))
    return Searches(tuple(ranked), tuple(times), busy)
