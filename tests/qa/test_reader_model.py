import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForQuestionAnswering, BertModel, BertTokenizerFast

from qa.errors import ReaderUnavailable
from qa.reader.base import ENCODER_SHA256, encoder_folder, pair_tokenizer
from qa.reader.collate import Row, collate
from qa.reader.export import export
from qa.reader.extractive import ExtractiveReader, Precision
from qa.reader.huggingface import HuggingFaceReader
from qa.reader.int8 import Int8Linear, int8_is_native
from qa.reader.measure import best_span
from qa.reader.model import ReaderModel, Shape, load_encoder
from qa.reader.parallel import Crew, divide
from qa.reader.train import Config, Run, loss, train
from qa.reader.weights import load_reader, read_manifest, save_reader

PASSAGES = (
    "Bremen lies on the Weser. It has a port.",
    "Ünïcode 🚢 port of 3,53,737 tons " * 60,
    " ",
)


def small_model() -> ReaderModel:
    torch.manual_seed(3)
    model = ReaderModel(Shape(layers=1))
    load_encoder(model, load_file(encoder_folder() / "model.safetensors"))
    return model.eval()


def trained(model: ReaderModel) -> dict[str, torch.Tensor]:
    state = model.state_dict()
    return {name: state[name] for name in state if not name.startswith("embeddings.")}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reader")
    model = small_model()
    save_reader(trained(model), model.shape, folder)
    return folder


def test_the_encoder_is_berts() -> None:
    config = BertConfig(
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=48,
        vocab_size=90,
        max_position_embeddings=32,
    )
    torch.manual_seed(1)
    bert = BertModel(config).eval()
    model = ReaderModel(Shape(2, 24, 3, 48, 32, 90)).eval()
    load_encoder(model, bert.state_dict())
    tokens = torch.randint(0, 90, (2, 11))
    segments = (torch.arange(11) > 4).long().expand(2, 11)
    padding = torch.ones(2, 11, dtype=torch.bool)
    padding[1, 8:] = False
    with torch.no_grad():
        theirs = bert(tokens, padding, segments).last_hidden_state
        mask = torch.zeros(2, 1, 1, 11).masked_fill(~padding[:, None, None, :], -1e4)
        ours = model.embeddings(tokens, segments)
        for layer in model.layers:
            ours = layer(ours, mask)
    assert torch.allclose(ours[padding], theirs[padding], atol=1e-5)


def test_the_installed_encoder_is_the_one_that_was_fine_tuned(shipped: Path) -> None:
    assert read_manifest(shipped).encoder_sha256 == ENCODER_SHA256


def test_readings_are_slices_in_order_whatever_the_company(shipped: Path) -> None:
    reader = ExtractiveReader(shipped, "fp32")
    readings = reader.read("Where is the port?", PASSAGES)
    assert len(readings) == len(PASSAGES)
    assert readings[2].spans == ()
    for passage, reading in zip(PASSAGES[:2], readings[:2], strict=True):
        assert reading.spans
        for span in reading.spans:
            assert 0 <= span.start < span.end <= len(passage)
            assert passage[span.start : span.end].strip()
    alone = reader.read("Where is the port?", PASSAGES[:1])[0]
    assert [(s.start, s.end) for s in alone.spans] == [(s.start, s.end) for s in readings[0].spans]
    assert alone.no_answer == pytest.approx(readings[0].no_answer, abs=1e-4)
    assert reader.read("?" * 3000, PASSAGES[:1])[0].spans
    assert reader.read("Where?", []) == []


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_lower_precision_reads_alike(shipped: Path, precision: Precision) -> None:
    if precision == "int8" and not int8_is_native():
        pytest.skip("this processor does not multiply bytes")
    full, lower = (
        ExtractiveReader(shipped, p).read("What port?", PASSAGES[:1])[0]
        for p in ("fp32", precision)
    )
    assert lower.no_answer == pytest.approx(full.no_answer, abs=0.1)
    assert [span.start for span in lower.spans[:1]] == [span.start for span in full.spans[:1]]


def test_int8_does_not_depend_on_company() -> None:
    torch.manual_seed(2)
    linear = torch.nn.Linear(64, 32)
    rows = torch.randn(7, 64) * torch.tensor([1.0, 30.0, 0.01, 1.0, 5.0, 0.0, 1.0])[:, None]
    if not int8_is_native():
        pytest.skip("this processor does not multiply bytes")
    lower = Int8Linear(linear)
    error = (lower(rows) - linear(rows)).abs() / (1.0 + rows.abs().amax(1, keepdim=True))
    assert error.max() < 0.05
    assert torch.equal(lower(rows)[2:3], lower(rows[2:3]))


@pytest.mark.parametrize("broken", ["reader.safetensors", "reader.json"])
def test_damaged_weights_are_refused_by_name(shipped: Path, tmp_path: Path, broken: str) -> None:
    for file in shipped.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / broken).write_bytes(b"{}")
    with pytest.raises(ReaderUnavailable, match=broken):
        load_reader(tmp_path)
    (tmp_path / broken).unlink()
    with pytest.raises(ReaderUnavailable, match=broken):
        ExtractiveReader(tmp_path)


def test_missing_tensors_are_named(tmp_path: Path) -> None:
    model = small_model()
    weights = trained(model)
    del weights["span.bias"]
    save_reader(weights, model.shape, tmp_path)
    with pytest.raises(ReaderUnavailable, match=r"span\.bias"):
        load_reader(tmp_path)


def test_best_span_is_the_best_pair() -> None:
    torch.manual_seed(0)
    start, end = torch.randn(50), torch.randn(50)
    first, last, score = best_span(start, end)
    every = [
        (float(start[i] + end[j]), i, j) for i in range(1, 50) for j in range(i, min(50, i + 30))
    ]
    assert (first, last) == max(every)[1:]
    assert score == pytest.approx(max(every)[0])


def test_a_crew_adds_the_gradients_of_one_pass() -> None:
    model = small_model()
    model.embeddings.requires_grad_(False)
    parameters = [p for p in model.parameters() if p.requires_grad]
    texts = [("Who?", "Ann came. " * n) for n in (2, 9, 4)]
    rows = [Row(e, 5, 6, True) for e in pair_tokenizer(64).encode_batch(texts)]
    batch = collate(rows)
    assert [part.tokens.shape[0] for part in divide(batch, 2)] == [2, 1]
    value = loss(model, batch, "cpu")
    expected = torch.autograd.grad(value, parameters)
    told = Crew(2, 2).backward(lambda part: loss(model, part, "cpu"), batch, parameters)
    assert told == pytest.approx(float(value.detach()), abs=1e-4)
    for parameter, gradient in zip(parameters, expected, strict=True):
        assert parameter.grad is not None
        assert torch.allclose(parameter.grad, gradient, atol=1e-4)


def test_gradients_in_bfloat16_are_those_in_float32_rounded() -> None:
    model = small_model()
    model.embeddings.requires_grad_(False)
    parameters = [p for p in model.parameters() if p.requires_grad]
    texts = [("Who?", "Ann came. " * n) for n in (2, 9, 4)]
    batch = collate([Row(e, 5, 6, True) for e in pair_tokenizer(64).encode_batch(texts)])
    exact = torch.autograd.grad(loss(model, batch, "cpu"), parameters)
    with torch.autocast("cpu", torch.bfloat16):
        rounded = torch.autograd.grad(loss(model, batch, "cpu"), parameters)
    everything = [torch.cat([g.flatten() for g in parts]) for parts in (exact, rounded)]
    assert torch.nn.functional.cosine_similarity(*everything, dim=0) > 0.99


def test_a_run_can_be_stopped_resumed_and_exported(tmp_path: Path) -> None:
    sentence = "The bridge over the Weser was opened in 1932 by the mayor of Bremen. "
    paragraphs = [
        {
            "context": f"Number {n}. " + sentence * 3,
            "qas": [
                {
                    "id": f"{n}",
                    "question": "When was it opened?",
                    "answers": [{"text": "1932", "answer_start": len(f"Number {n}. ") + 40}],
                },
                {"id": f"{n}-no", "question": "Who paid?", "answers": [], "is_impossible": True},
            ],
        }
        for n in range(12)
    ]
    body = json.dumps({"data": [{"paragraphs": paragraphs}]}).encode()
    (tmp_path / "squad2-dev-partB.json.gz").write_bytes(gzip.compress(body))
    run = tmp_path / "run"
    config = Config(str(tmp_path), str(run), budget_minutes=0.02, batch=2, part=2, sample=4)
    train(config)
    first = json.loads((run / "DONE").read_text())
    assert first["steps"] > 0
    train(replace(config, budget_minutes=first["seconds"] / 60 + 0.02))
    assert json.loads((run / "DONE").read_text())["steps"] > first["steps"]
    assert len((run / "curve.jsonl").read_text().splitlines()) == 2
    assert "squad2-dev-partB" in json.loads((run / "run.json").read_text())["data_sha256"]
    export(run, tmp_path / "weights")
    start = tmp_path / "weights" / "reader.safetensors"
    later = Run(replace(config, out=str(tmp_path / "later"), start=str(start)), "cpu")
    for name, tensor in load_file(start).items():
        assert torch.equal(later.trained[name].detach(), tensor.float())
    assert ExtractiveReader(tmp_path / "weights", "fp32").read("When?", [sentence])[0].spans
    zeros = tmp_path / "zeros.safetensors"
    save_file({name: torch.zeros_like(t) for name, t in load_file(start).items()}, zeros)
    export(run, tmp_path / "mixed", others=[(zeros, 0.5)])
    for name, tensor in load_file(tmp_path / "mixed" / "reader.safetensors").items():
        assert torch.allclose(tensor.float(), load_file(start)[name].float() / 2, atol=1e-6)
    assert json.loads((tmp_path / "mixed/run.json").read_text())["averaged_with"][0]["share"] == 0.5
    with pytest.raises(ValueError, match="less than 1 in all"):
        export(run, tmp_path / "mixed", others=[(zeros, 1.0)])


def random_checkpoint(folder: Path) -> Path:
    torch.manual_seed(5)
    words = "[PAD] [UNK] [CLS] [SEP] [MASK] bremen lies on the weser . it has a port where is ?"
    (folder / "vocab.txt").write_text("\n".join(words.split()))
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=18,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
    )
    BertForQuestionAnswering(config).save_pretrained(folder)
    return folder


def test_any_question_answering_checkpoint_reads(tmp_path: Path) -> None:
    folder = random_checkpoint(tmp_path)
    reader = HuggingFaceReader(str(folder))
    readings = reader.read("Where is the port?", PASSAGES)
    for passage, reading in zip(PASSAGES[:2], readings[:2], strict=True):
        assert reading.spans
        assert all(0 <= s.start < s.end <= len(passage) for s in reading.spans)
    assert readings[2].spans == ()
    assert reader.name == HuggingFaceReader(str(folder)).name
    weights = load_file(folder / "model.safetensors")
    save_file(
        {k: v + 1 for k, v in weights.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    assert reader.name != HuggingFaceReader(str(folder)).name


def test_an_unknown_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReaderUnavailable, match="QUOTH_READER="):
        HuggingFaceReader(str(tmp_path / "none"))
