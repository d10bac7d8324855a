"""`make bench`: latency, throughput and the reader, beside a baseline taken in the same run."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from rich.console import Console

from eval.clients import Body, Timings, ask_in_turn, ask_together
from eval.gold import read_gold
from eval.served import free_port, processor_seconds, serve, started, wait_until_ready
from qa.bootstrap import build_embedder, build_reader
from qa.settings import load_settings

SEQUENTIAL = 200
CLIENTS = 8
SECONDS = 20.0
PASSAGES, TOKENS = 5, 192
_STEPS = ("queue", "retrieve", "read", "decide", "quote")
_out = Console(highlight=False, soft_wrap=True)


def main() -> None:
    """Measure and print."""
    questions = [gold.question for gold in read_gold(Path("eval/questions/seed.jsonl"))]
    workers, threads = os.environ.get("QUOTH_WORKERS", "2"), os.environ.get("QUOTH_THREADS", "0")
    _out.print(
        f"{len(os.sched_getaffinity(0))} cores; workers {workers}, threads {threads} (0: all)"
    )
    with serve() as served:
        _out.print(f"quoth serve: ready after {served.seconds_to_ready:.1f} s")
        ask = _measure(f"{served.url}/v1/ask", served.pid, "question", questions, "POST /v1/ask")
        _print_steps(ask)
        search = _measure(
            f"{served.url}/v1/search", served.pid, "query", questions, "POST /v1/search"
        )
        _out.print(f"  resident memory {served.resident_megabytes():.0f} MB")
    base = _baseline(questions)
    ratio = search.percentile(0.5) / base.percentile(0.5)
    _out.print(f"p50 over the baseline's: search {ratio:.2f}, ask {_over(ask, base):.2f}")
    _compare(questions)
    _parts(questions)


def _measure(url: str, pid: int, field: str, questions: Sequence[str], name: str) -> Timings:
    def body(client: int, count: int) -> Body:
        return {field: questions[(17 * client + count) % len(questions)]}

    ask_in_turn(url, [body(0, count) for count in range(5)])
    before = processor_seconds(pid)
    turn = ask_in_turn(url, [body(0, count) for count in range(SEQUENTIAL)])
    spent = 1000 * (processor_seconds(pid) - before) / SEQUENTIAL
    crowd = ask_together(url, body, CLIENTS, SECONDS)
    p50, p95 = (crowd.percentile(share) for share in (0.5, 0.95))
    _out.print(
        f"{name}: {SEQUENTIAL} in turn p50 {turn.percentile(0.5):.1f} ms, p95 "
        f"{turn.percentile(0.95):.1f} ms, processor {spent:.1f} ms; "
        f"{CLIENTS} clients {crowd.rate:.1f} requests/s, p50 {p50:.0f} ms, p95 {p95:.0f} ms"
    )
    wrong = {code: count for code, count in (turn.statuses + crowd.statuses).items() if code != 200}
    if wrong:
        _out.print(f"  other statuses: {wrong}")
    return turn


def _print_steps(turn: Timings) -> None:
    total = sum(turn.milliseconds) / len(turn.milliseconds)
    steps = {name: turn.steps.get(name, 0.0) for name in _STEPS}
    steps["http and client"] = total - sum(steps.values())
    told = ", ".join(f"{name} {ms:.1f} ms ({ms / total:.0%})" for name, ms in steps.items())
    _out.print(f"  mean {total:.1f} ms: {told}")


def _baseline(questions: Sequence[str]) -> Timings:
    """Measure plain FastAPI + sentence-transformers + FAISS, search alone."""
    port = free_port()
    source = next(Path("seeds").glob("*.txt"))
    command = [sys.executable, "-m", "eval.bench_baseline", str(port), str(source)]
    with started(command, {}) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(f"{url}/readyz", process)
        return _measure(f"{url}/search", process.pid, "query", questions, "baseline, search alone")


def _over(one: Timings, other: Timings) -> float:
    return one.percentile(0.5) / other.percentile(0.5)


def _parts(questions: Sequence[str]) -> None:
    """Measure the models by themselves, and how far the reader is from the processor's floor."""
    settings = load_settings()
    embedder, reader = build_embedder(settings), build_reader(settings)
    embed = _median(lambda: embedder.embed_query(questions[0]), 50)
    passage = "word " * (TOKENS - 20)
    read = _median(lambda: reader.read("How many words are there?", [passage] * PASSAGES), 30)
    _out.print(
        f"embed one question {embed:.1f} ms; read {PASSAGES} passages of {TOKENS} tokens "
        f"{read:.1f} ms (torch at {torch.get_num_threads()} threads)"
    )
    operations, rate = _reader_operations(), _gemm_rate()
    floor = 1000 * operations / rate
    _out.print(
        f"floor of the reader: {operations / 1e9:.1f} GFLOP at {rate / 1e9:.0f} GFLOP/s ("
        f"float32, its shapes, all cores) = {floor:.1f} ms; the reader takes {read / floor:.2f} x"
    )


def _compare(questions: Sequence[str]) -> None:
    """Measure how questions are best put on the cores, with as many clients as before."""

    def body(client: int, count: int) -> Body:
        return {"question": questions[(17 * client + count) % len(questions)]}

    first = 0.0
    for name, workers, threads in (
        ("one question at a time on one core", "1", "1"),
        ("one at a time, its windows on all cores", "1", "0"),
        ("two at a time, their windows on all cores", "2", "0"),
    ):
        with serve({"QUOTH_WORKERS": workers, "QUOTH_THREADS": threads}) as served:
            ask_in_turn(f"{served.url}/v1/ask", [body(0, count) for count in range(5)])
            found = ask_together(f"{served.url}/v1/ask", body, CLIENTS, SECONDS)
        first = first or found.rate
        _out.print(
            f"{name}: {found.rate:.1f} requests/s ({found.rate / first:.2f} x), p50 "
            f"{found.percentile(0.5):.0f} ms, p95 {found.percentile(0.95):.0f} ms"
        )


def _reader_operations() -> float:
    """Count the reader's multiplications and additions: 6 layers, width 384, inner 1,536."""
    width, inner, layers = 384, 1536, 6
    tokens = PASSAGES * TOKENS
    products = 2.0 * tokens * (4 * width * width + 2 * width * inner)
    attention = 4.0 * tokens * TOKENS * width
    return layers * (products + attention)


def _gemm_rate() -> float:
    """Return the floating-point operations a second of the reader's largest product."""
    left, right = torch.randn(PASSAGES * TOKENS, 384), torch.randn(384, 1536)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    milliseconds = _median(lambda: left @ right, 200)
    return 2.0 * left.shape[0] * left.shape[1] * right.shape[1] / milliseconds * 1000.0


def _median(call: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times + 3):
        start = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - start))
    return sorted(taken[3:])[times // 2]


if __name__ == "__main__":
    main()
