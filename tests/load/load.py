"""`make load`: 8 and 64 clients for a minute each on a real `quoth serve`.

Any error but 429 ends it with exit status 1. The clients run on the same machine and take their
share of it.
"""

import sys
from pathlib import Path

from rich.console import Console

from eval.clients import Body, Timings, ask_in_turn, ask_together
from eval.gold import read_gold
from eval.served import serve

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
CROWDS = (8, 64)
_out = Console(highlight=False, soft_wrap=True)


def main() -> int:
    questions = [gold.question for gold in read_gold(Path("eval/questions/seed.jsonl"))]

    def body(client: int, count: int) -> Body:
        return {"question": questions[(17 * client + count) % len(questions)]}

    wrong = 0
    with serve() as served:
        url = f"{served.url}/v1/ask"
        before = ask_in_turn(url, [body(0, count) for count in range(len(questions))])
        _out.print(f"one client: {_line(before)}; memory {served.resident_megabytes():.0f} MB")
        for clients in CROWDS:
            start = served.resident_megabytes()
            found = ask_together(url, body, clients, SECONDS)
            end = served.resident_megabytes()
            _out.print(f"{clients} clients: {_line(found)}; memory {start:.0f} to {end:.0f} MB")
            wrong += sum(n for code, n in found.statuses.items() if code not in (200, 429))
    return 1 if wrong else 0


def _line(found: Timings) -> str:
    p50, p95, p99 = (found.percentile(share) for share in (0.5, 0.95, 0.99))
    statuses = ", ".join(f"{count} x {code}" for code, count in sorted(found.statuses.items()))
    return (
        f"{found.rate:.1f} requests/s, p50 {p50:.0f} ms, p95 {p95:.0f}, p99 {p99:.0f}; {statuses}"
    )


if __name__ == "__main__":
    sys.exit(main())
