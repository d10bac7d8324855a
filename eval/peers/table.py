"""The peers' figures as one Markdown table and one picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from eval.peers.measure import Measured

_ROW, _LEFT, _PANEL, _TOP = 24, 86, 180, 44


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of the table: its heading, its value as text, and where a bar shows it."""

    heading: str
    text: Callable[[Measured], str]
    value: Callable[[Measured], float] | None = None


COLUMNS = (
    Column("recall@1", lambda one: f"{one.recall_at_1:.3f}", lambda one: one.recall_at_1),
    Column("recall@10", lambda one: f"{one.recall_at_10:.3f}", lambda one: one.recall_at_10),
    Column("MRR@10", lambda one: f"{one.mrr_at_10:.3f}", lambda one: one.mrr_at_10),
    Column("index, passages/s", lambda one: f"{one.passages_per_second:.0f}"),
    Column(
        "index, CPU ms/passage", lambda one: f"{one.index_busy:.1f}", lambda one: one.index_busy
    ),
    Column("search p50, ms", lambda one: f"{one.latency_p50:.0f}"),
    Column("search p95, ms", lambda one: f"{one.latency_p95:.0f}"),
    Column("search, CPU ms", lambda one: f"{one.search_busy:.1f}", lambda one: one.search_busy),
    Column(
        "peak memory, MB",
        lambda one: f"{one.peak_bytes / 1e6:.0f}",
        lambda one: one.peak_bytes / 1e6,
    ),
    Column(
        "cold start, s",
        lambda one: f"{one.cold_start_seconds:.1f}",
        lambda one: one.cold_start_seconds,
    ),
)


def markdown(measured: Sequence[Measured]) -> str:
    """Return the table, a row a peer, and its versions below."""
    head = ["system", *(column.heading for column in COLUMNS)]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "---:|" * len(COLUMNS)]
    for one in measured:
        cells = [one.title, *(column.text(one) for column in COLUMNS)]
        lines.append("| " + " | ".join(cells) + " |")
    versions = "; ".join(
        f"{one.title}: " + ", ".join(f"{name} {number}" for name, number in one.versions.items())
        for one in measured
    )
    first = measured[0]
    return "\n".join(
        [
            *lines,
            "",
            f"{first.passages} passages, {first.questions} questions, the same weights.",
            f"Versions: {versions}.",
        ]
    )


def picture(measured: Sequence[Measured]) -> str:
    """Return a panel of bars for each figure as SVG; a panel's longest bar is its largest value."""
    shown = [column for column in COLUMNS if column.value]
    columns = 4
    panel_height = _TOP + _ROW * len(measured) + 14
    panels = [
        f'<g transform="translate({(at % columns) * (_LEFT + _PANEL)} '
        f'{(at // columns) * panel_height})">{_panel(column, measured)}</g>'
        for at, column in enumerate(shown)
    ]
    width = columns * (_LEFT + _PANEL)
    height = panel_height * -(-len(shown) // columns)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="system-ui, sans-serif" font-size="12">'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{"".join(panels)}</svg>\n'
    )


def _panel(column: Column, measured: Sequence[Measured]) -> str:
    value = column.value or (lambda one: 0.0)
    most = max(value(one) for one in measured) or 1.0
    parts = [f'<text x="{_LEFT}" y="26" font-weight="600">{escape(column.heading)}</text>']
    for at, one in enumerate(measured):
        y = _TOP + at * _ROW
        length = (_PANEL - 62) * value(one) / most
        colour = "#1d5fbf" if one.name == "quoth" else "#a9b4c4"
        parts.append(
            f'<text x="{_LEFT - 6}" y="{y + 10}" text-anchor="end">{escape(one.title)}</text>'
            f'<rect x="{_LEFT}" y="{y}" width="{length:.1f}" height="14" fill="{colour}"/>'
            f'<text x="{_LEFT + length + 5:.1f}" y="{y + 11}">{escape(column.text(one))}</text>'
        )
    return "".join(parts)
