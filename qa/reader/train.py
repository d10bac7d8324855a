"""Fine-tune the sentence encoder as an extractive reader: `python -m qa.reader.train`.

The run is planned by the clock: the learning rate falls to zero when the time is spent, on
whatever machine it runs. It can be stopped at any moment and goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import sys
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from index.processor import has_fast_bfloat16
from qa.reader.base import encoder_folder, pair_tokenizer
from qa.reader.batches import LONGEST, Mixer, batches
from qa.reader.collate import Batch
from qa.reader.data import RECIPES, REWORDED, WRITTEN, Split, load_splits
from qa.reader.measure import Sample, draw_sample, measure
from qa.reader.model import ReaderModel, Shape, load_encoder
from qa.reader.negatives import SHARES, retrieve_wrong
from qa.reader.parallel import Crew

_ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": "4000000000",
    "MALLOC_TRIM_THRESHOLD_": "40000000000",
    "MALLOC_TOP_PAD_": "500000000",
    "MALLOC_ARENA_MAX": "1",
}
"""Keeps freed activations in the process: 1.5 times the speed on CPU (eval/LOG.md)."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that a run depends on besides the data; written beside the weights.

    `start` names the weights of an earlier reader to go on from; without it, the encoder's.
    """

    data: str
    out: str
    budget_minutes: float = 95.0
    batch: int = 32
    rate: float = 3e-4
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    warmup: float = 0.04
    average: float = 0.9985
    dropout: float = 0.1
    made_share: float = 0.48
    seed: int = 7
    workers: int = 2
    part: int = 8
    checkpoint_minutes: float = 4.0
    measure_minutes: float = 12.0
    sample: int = 700
    bf16: bool = field(default_factory=has_fast_bfloat16)
    start: str = ""


@dataclass(slots=True)
class Progress:
    """Where a run stands; seconds are those spent in training, over all its resumptions."""

    steps: int = 0
    examples: int = 0
    passes: int = 0
    seconds: float = 0.0


class Run:
    """One training run: the model, its running average, the optimiser and the progress."""

    def __init__(self, config: Config, device: str) -> None:
        self.config, self.device = config, device
        torch.manual_seed(config.seed)
        self.model = ReaderModel(Shape(), config.dropout).to(device)
        load_encoder(self.model, load_file(encoder_folder() / "model.safetensors"))
        if config.start:
            earlier = load_file(config.start)
            self.model.load_state_dict({n: w.float() for n, w in earlier.items()}, strict=False)
        self.model.embeddings.requires_grad_(False)
        self.trained = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        self.averaged = {n: p.detach().clone() for n, p in self.trained.items()}
        self.optimiser = torch.optim.AdamW(self._groups(), fused=True, betas=(0.9, 0.98))
        self.progress = Progress()
        self.crew = Crew(config.workers, config.part)
        self.folder = Path(config.out)

    def _groups(self) -> list[dict[str, Any]]:
        groups = []
        for name, parameter in self.trained.items():
            deep = int(name.split(".")[1]) + 1 if name.startswith("layers.") else 7
            rate = self.config.rate * self.config.layer_decay ** (7 - deep)
            decay = 0.0 if parameter.ndim < 2 else self.config.weight_decay
            groups.append({"params": [parameter], "lr": rate, "top": rate, "weight_decay": decay})
        return groups

    @property
    def spent(self) -> float:
        """The share of the time budget that is spent, 0.0 to 1.0."""
        return min(1.0, self.progress.seconds / (60.0 * self.config.budget_minutes))

    def step(self, batch: Batch) -> float:
        """Learn from one batch; return its loss."""
        share = min(1.0, self.spent / self.config.warmup) * (1.0 - self.spent)
        for group in self.optimiser.param_groups:
            group["lr"] = group["top"] * share
        value = self.crew.backward(self._loss, batch, list(self.trained.values()))
        nn.utils.clip_grad_norm_(self.trained.values(), 1.0)
        self.optimiser.step()
        self.progress.steps += 1
        self.progress.examples += len(batch.tokens)
        if self.progress.steps % 4 == 0:
            self._average()
        return value

    def _loss(self, part: Batch) -> Tensor:
        with torch.autocast(self.device, torch.bfloat16, enabled=self.config.bf16):
            return loss(self.model, part, self.device)

    @torch.no_grad()
    def _average(self) -> None:
        keep = min(self.config.average, self.progress.steps / (self.progress.steps + 10.0))
        names = list(self.trained)
        torch._foreach_lerp_(
            [self.averaged[n] for n in names], [self.trained[n] for n in names], 1.0 - keep**4
        )

    def save(self) -> None:
        """Write a checkpoint; the file is replaced whole, so that a crash leaves the last one."""
        state = {
            "model": self.trained,
            "averaged": self.averaged,
            "optimiser": self.optimiser.state_dict(),
            "progress": asdict(self.progress),
        }
        torch.save(state, self.folder / "checkpoint.new")
        os.replace(self.folder / "checkpoint.new", self.folder / "checkpoint.pt")
        for name, weights in (("averaged", self.averaged), ("last", self.trained)):
            tensors = {n: w.detach().half().contiguous() for n, w in weights.items()}
            save_file(tensors, self.folder / f"{name}.new")
            os.replace(self.folder / f"{name}.new", self.folder / f"{name}.safetensors")

    def resume(self) -> None:
        """Go on from the folder's checkpoint where there is one."""
        path = self.folder / "checkpoint.pt"
        if path.exists():
            state = torch.load(path, map_location=self.device)
            self.model.load_state_dict(state["model"], strict=False)
            self.averaged = state["averaged"]
            tops = [group["top"] for group in self.optimiser.param_groups]
            self.optimiser.load_state_dict(state["optimiser"])
            for group, top in zip(self.optimiser.param_groups, tops, strict=True):
                group["top"] = top
            self.progress = Progress(**state["progress"])

    def measure(self, sample: Sample, tokenizer: Tokenizer) -> None:
        """Print held-out figures of the averaged weights and append them to curve.jsonl."""
        model = ReaderModel(self.model.shape)
        model.load_state_dict({**self.model.state_dict(), **self.averaged})
        figures = measure(model.eval(), sample, tokenizer)
        row = {**asdict(self.progress), **asdict(figures)}
        with (self.folder / "curve.jsonl").open("a") as curve:
            curve.write(json.dumps(row) + "\n")
        _say(f"held out: {figures}")


def loss(model: ReaderModel, batch: Batch, device: str) -> Tensor:
    """Span cross-entropy, with [CLS] as the place of "not stated", plus answerability's own.

    What the question's wording alone says is added to the scores first, so that there is nothing
    to be gained by learning it.
    """
    scores = model(batch.tokens.to(device), batch.segments.to(device), batch.padding.to(device))
    told = batch.wording.to(device)
    unstated = functional.pad(-told[:, None], (0, scores.start.shape[1] - 1))
    start = functional.cross_entropy(scores.start.float() + unstated, batch.start.to(device))
    end = functional.cross_entropy(scores.end.float() + unstated, batch.end.to(device))
    verdict = scores.answerable.float() + told
    known = functional.binary_cross_entropy_with_logits(verdict, batch.answerable.to(device))
    return (start + end) / 2 + known


def train(config: Config) -> None:
    """Run, or go on with, one training run until its time is spent."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.set_num_threads(1 if device == "cpu" else config.workers)
    splits = load_splits(Path(config.data))
    run = Run(config, device)
    run.folder.mkdir(parents=True, exist_ok=True)
    run.resume()
    write_card(config, splits, run.folder)
    tokenizer = pair_tokenizer(LONGEST)
    wrong = retrieve_wrong([part.source for part in splits])
    mixer = Mixer(splits, wrong, config.made_share)
    sample = draw_sample(splits, config.sample, config.seed)
    _say(f"{run.progress.steps} steps done, {device}, {config.workers} workers")
    while run.spent < 1.0:
        rng = random.Random(f"{config.seed}-{run.progress.steps}")  # noqa: S311 - sampling
        _one_pass(
            run, batches(mixer.plan(rng), mixer, tokenizer, config.batch, rng), sample, tokenizer
        )
        run.progress.passes += 1
    run.save()
    run.measure(sample, tokenizer)
    (run.folder / "DONE").write_text(json.dumps(asdict(run.progress)))


def _one_pass(run: Run, passed: Any, sample: Sample, tokenizer: Tokenizer) -> None:
    then, saved, measured, recent = (
        time.monotonic(),
        run.progress.seconds,
        run.progress.seconds,
        0.0,
    )
    for batch in passed:
        value = run.step(batch)
        recent = value if recent == 0.0 else 0.97 * recent + 0.03 * value
        now = time.monotonic()
        run.progress.seconds += now - then
        then = now
        if run.progress.steps % 25 == 0:
            _report(run, recent)
        if run.progress.seconds - saved > 60.0 * run.config.checkpoint_minutes:
            run.save()
            saved = run.progress.seconds
        if run.progress.seconds - measured > 60.0 * run.config.measure_minutes:
            run.measure(sample, tokenizer)
            measured = run.progress.seconds
        if run.spent >= 1.0:
            return


def _report(run: Run, recent: float) -> None:
    progress = run.progress
    left = (1.0 - run.spent) * run.config.budget_minutes
    _say(
        f"step {progress.steps}  loss {recent:.3f}  {progress.examples} examples  "
        f"{progress.examples / max(1e-9, progress.seconds):.1f} examples/s  {left:.0f} min left"
    )


def write_card(config: Config, splits: list[Split], folder: Path) -> None:
    """Write the run's whole configuration and its data's digests to run.json."""
    start = hashlib.sha256(Path(config.start).read_bytes()).hexdigest() if config.start else None
    card = {
        "config": {k: v for k, v in asdict(config).items() if k not in {"data", "out", "start"}},
        "start_sha256": start,
        "torch": torch.__version__,
        "recipes": {name: asdict(recipe) for name, recipe in RECIPES.items()},
        "negatives": SHARES,
        "data_sha256": {part.source.name: part.source.sha256 for part in splits},
        "written": {part.source.name: len(part.written) for part in splits},
        "reworded": {part.source.name: len(part.reworded) for part in splits},
        "ours_sha256": {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (WRITTEN, REWORDED)
        },
    }
    (folder / "run.json").write_text(json.dumps(card, indent=1) + "\n")


def _say(line: str) -> None:
    sys.stdout.write(time.strftime("%H:%M:%S ") + line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Parse the command line; restart once with an allocator that keeps its pages."""
    if sys.platform == "linux" and not os.environ.keys() >= _ALLOCATOR.keys():
        again = [sys.executable, "-m", "qa.reader.train", *sys.argv[1:]]
        os.execve(sys.executable, again, {**os.environ, **_ALLOCATOR})  # noqa: S606
    parser = argparse.ArgumentParser(prog="train-reader", description=__doc__)
    for option in fields(Config):
        kind = {"bool": lambda text: text == "true"}.get(str(option.type))
        kind = kind or {"float": float, "int": int}.get(str(option.type), str)
        parser.add_argument(
            "--" + option.name.replace("_", "-"),
            type=kind,
            required=option.name in {"data", "out"},
            default=argparse.SUPPRESS,
        )
    train(Config(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
