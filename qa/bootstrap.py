"""Chooses the concrete parts. The only file that names them."""

import logging
import os
from pathlib import Path

import faiss
import torch

from index.chunk import chunk
from index.corpus import Corpus
from index.embed import Embedder, SentenceTransformerEmbedder
from index.embedded import EmbeddedCorpus
from qa.decide import Decider
from qa.read import Reader
from qa.sentence_reader import SentenceReader
from qa.service import Ask, Service
from qa.settings import Settings

_log = logging.getLogger(__name__)


def build_embedder(settings: Settings) -> Embedder:
    """Load the embedding model. Raises EmbedderError."""
    return SentenceTransformerEmbedder(settings.embedder)


def build_corpus(settings: Settings, embedder: Embedder) -> EmbeddedCorpus:
    """Open the corpus, or make an empty one. Raises DamagedIndex."""
    return EmbeddedCorpus(settings.data, embedder, chunk)
