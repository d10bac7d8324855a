import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.imports import Beir, Judgement, TextFile
from eval.peers.environments import PEERS, Peer
from eval.peers.measure import ROOT, Measured, PeerError, Pipe, measure
from eval.peers.table import markdown, picture

TOY = Peer("toy", "Toy", "tests.eval.toy_peer")
BEIR = Beir(
    (TextFile("one.txt", "green bridges of Vell"), TextFile("two.txt", "salted fish by barrel")),
    (("q1", "which fish is salted"), ("q2", "bridges of what")),
    (Judgement("q1", "two", 1), Judgement("q2", "one", 1)),
)


@pytest.fixture
def measured(tmp_path: Path) -> Measured:
    return measure(TOY, BEIR, tmp_path, tmp_path, lambda done, of: None)


def test_a_peer_is_measured_over_its_pipe(measured: Measured) -> None:
    assert (measured.passages, measured.questions) == (2, 2)
    assert measured.recall_at_1 == measured.mrr_at_10 == 1.0
    assert measured.peak_bytes > 1e6
    assert measured.cold_start_seconds > 0
    assert set(measured.versions) == {"numpy"}


def test_an_error_comes_over_the_pipe(tmp_path: Path) -> None:
    with Pipe(Path(sys.executable), TOY.module, ROOT) as pipe:
        pipe.send("load", model="")
        with pytest.raises(PeerError, match=r"index: FileNotFoundError"):
            pipe.send("index", passages=str(tmp_path / "none"))
        with pytest.raises(PeerError, match=r"search: ValueError: broken"):
            pipe.send("search", query="break", top_k=1)


def test_an_adapter_that_ends_is_told(tmp_path: Path) -> None:
    with (
        Pipe(Path(sys.executable), "tests.eval.no_such_module", ROOT) as pipe,
        pytest.raises(PeerError, match="ended"),
    ):
        pipe.send("load", model="")


def test_table_and_picture_have_every_system(measured: Measured) -> None:
    both = [measured, replace(measured, name="quoth", title="Q & A", recall_at_1=0.5)]
    table = markdown(both)
    assert "| Toy | 1.000 | 1.000 |" in table
    assert "| Q & A | 0.500 |" in table
    root = ElementTree.fromstring(picture(both))  # noqa: S314 our own words
    assert len(root.findall(".//{*}rect")) == 1 + 7 * 2


def test_every_adapter_is_a_file_of_its_own() -> None:
    folder = ROOT / "eval" / "peers"
    for peer in PEERS:
        lines = (folder / f"{peer.module.rsplit('.', 1)[1]}.py").read_text().count("\n")
        assert lines < 80
