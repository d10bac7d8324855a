from dataclasses import replace

import torch

from qa.reader.collate import Batch
from qa.reader.data import Answer, Question, Source, Split
from qa.reader.model import ReaderModel, Shape
from qa.reader.style import MOST, wording
from qa.reader.train import loss

WORDS = "boat lamp coat door road bird leaf rope coin drum".split()  # noqa: SIM905


def pool(told: bool) -> Split:
    """Build 300 answerable and 300 unanswerable questions, whose first words tell them apart."""
    contexts = tuple(f"The {WORDS[n % 10]} is number {n}." for n in range(300))
    asked = []
    for n, text in enumerate(contexts):
        thing = WORDS[n % 10]
        answer = (Answer(text.index(str(n)), str(n)),)
        asked.append(Question(f"yes-{n}", f"how come the {thing} is one", answer, n))
        opening = "how many" if told else "how come"
        asked.append(Question(f"no-{n}", f"{opening} the {thing} is one", (), n))
    return Split(Source("made", contexts, tuple(asked), ""), tuple(asked), ())


def test_wording_that_tells_the_label_is_told() -> None:
    odds = wording([pool(told=True)])
    assert len(odds) == 600
    assert min(value for id_, value in odds.items() if id_.startswith("yes")) > 1.0
    assert max(value for id_, value in odds.items() if id_.startswith("no")) < -1.0
    assert max(map(abs, odds.values())) <= MOST


def test_wording_that_tells_nothing_is_near_zero() -> None:
    assert max(map(abs, wording([pool(told=False)]).values())) < 0.5


def test_a_pool_of_one_label_is_left_out_and_written_questions_are_one_pool() -> None:
    one = pool(told=True)
    answerable = tuple(q for q in one.training if q.answers)
    assert wording([replace(one, training=answerable)]) == {}
    first = replace(one, training=(), written=one.training[:300])
    second = replace(one, training=(), written=one.training[300:])
    assert len(wording([first, second])) == 600


def test_a_label_that_the_wording_tells_teaches_less() -> None:
    torch.manual_seed(0)
    model = ReaderModel(Shape(layers=1, width=24, heads=2, inner=32, vocabulary=50)).eval()
    tokens = torch.tensor([[1, 7, 2, 9, 11, 3]])
    segments = torch.tensor([[0, 0, 0, 1, 1, 1]])

    def gradient(told: float) -> float:
        batch = Batch(
            tokens,
            segments,
            torch.ones_like(tokens, dtype=torch.bool),
            torch.tensor([0]),
            torch.tensor([0]),
            torch.tensor([0.0]),
            torch.tensor([told]),
        )
        model.zero_grad()
        loss(model, batch, "cpu").backward()  # type: ignore[no-untyped-call]
        return float(sum(p.grad.abs().sum() for p in model.parameters() if p.grad is not None))

    assert gradient(-4.0) < gradient(0.0) < gradient(4.0)
