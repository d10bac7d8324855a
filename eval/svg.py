"""Three small plots as inline SVG, without a plotting library, so that a page stays one file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.curve import Bin, Floats, RiskCoverage

WIDTH, HEIGHT = 340, 240
LEFT, TOP, RIGHT, BOTTOM = 46, 12, 12, 40


@dataclass(frozen=True, slots=True)
class Axes:
    """The ranges of a plot and what its axes say."""

    x: tuple[float, float]
    y: tuple[float, float]
    x_label: str
    y_label: str

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel of a value."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0] or 1.0)
        up = (y - self.y[0]) / (self.y[1] - self.y[0] or 1.0)
        inner = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM)
        return LEFT + across * inner[0], HEIGHT - BOTTOM - up * inner[1]


def risk_coverage_plot(curves: Sequence[RiskCoverage], names: Sequence[str]) -> str:
    """Plot risk over coverage for one or two runs, both in percent."""
    top = max(0.05, *(float(curve.risk.max()) for curve in curves))
    axes = Axes((0.0, 1.0), (0.0, _round_top(top)), "coverage (share of questions)", "risk")
    lines = [
        _line(axes, curve.coverage, curve.risk, f"run-{number}")
        for number, curve in enumerate(curves)
    ]
    return _figure(axes, [*lines, *_legend(names)])


def reliability_plot(bins: Iterable[Bin]) -> str:
    """Plot the share of right answers over stated confidence; a dot's area is its count."""
    axes = Axes((0.0, 1.0), (0.0, 1.0), "stated confidence", "share right")
    diagonal = _line(axes, np.array([0.0, 1.0]), np.array([0.0, 1.0]), "ideal")
    found = list(bins)
    most = max((one.count for one in found), default=1)
    dots = []
    for one in found:
        x, y = axes.at(one.confidence, one.right)
        radius = 3 + 9 * (one.count / most) ** 0.5
        words = f"{one.count} answers: stated {one.confidence:.0%}, right {one.right:.0%}"
        dots.append(
            f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
            f"<title>{words}</title></circle>"
        )
    return _figure(axes, [diagonal, *dots])


def latency_plot(runs: Sequence[Floats], names: Sequence[str]) -> str:
    """Plot the share of questions answered within each time; times in milliseconds."""
    top = max(1.0, *(float(times.max()) for times in runs))
    axes = Axes((0.0, _round_top(top)), (0.0, 1.0), "milliseconds a question", "answered by then")
    lines = []
    for number, times in enumerate(runs):
        ordered = np.sort(times)
        share = np.arange(1, len(ordered) + 1) / len(ordered)
        lines.append(_line(axes, ordered, share, f"run-{number}"))
    return _figure(axes, [*lines, *_legend(names)])


def _round_top(value: float) -> float:
    """Return the least of 1, 2, 4, 6, 8 or 10 times a power of ten that is not below."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= value - 1e-9))


def _line(axes: Axes, xs: Floats, ys: Floats, style: str) -> str:
    points = (axes.at(float(x), float(y)) for x, y in zip(xs, ys, strict=True))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{style}" points="{path}"/>'


def _legend(names: Sequence[str]) -> list[str]:
    if len(names) < 2:
        return []
    return [
        f'<text class="run-{number} legend" x="{LEFT + 10}" y="{TOP + 12 + 14 * number}">'
        f"{'— ' + ('this run' if number == 0 else 'before')}</text>"
        for number in range(len(names))
    ]


def _figure(axes: Axes, marks: Sequence[str]) -> str:
    parts = [*_grid(axes), *marks]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text class="axis" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">'
        f"{axes.x_label}</text>"
        f'<text class="axis" transform="translate(11 {HEIGHT / 2 - 14}) rotate(-90)" '
        f'text-anchor="middle">{axes.y_label}</text>'
    )
    label = f"{axes.y_label} over {axes.x_label}"
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f"{''.join(parts)}</svg>"
    )


def _grid(axes: Axes) -> list[str]:
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x_value = axes.x[0] + share * (axes.x[1] - axes.x[0])
        y_value = axes.y[0] + share * (axes.y[1] - axes.y[0])
        x, y = axes.at(x_value, y_value)
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{x:.1f}" y="{HEIGHT - BOTTOM + 14}" text-anchor="middle">'
            f"{_tick(x_value, whole=axes.x[1] > 1)}</text>"
            f'<text class="tick" x="{LEFT - 5}" y="{y + 3:.1f}" text-anchor="end">'
            f"{_tick(y_value, whole=False)}</text>"
        )
    return parts


def _tick(value: float, *, whole: bool) -> str:
    return f"{value:.0f}" if whole else f"{100 * value:.0f} %"
