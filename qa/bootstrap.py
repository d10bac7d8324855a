"""Chooses the concrete parts. The only file that names them."""

import logging
import os

from index.chunk import chunk
from index.embed import SentenceEmbedder
from index.embedded import EmbeddedCorpus
from qa.decide import Decider
from qa.errors import SettingsError
from qa.indexing import index_paths
from qa.read import Reader
from qa.sentence_reader import SentenceReader
from qa.service import Ask, Service
from qa.settings import Settings

_log = logging.getLogger(__name__)


def build_service(settings: Settings) -> Service:
    """Open the corpus and load the models, warmed by one question. Raises DamagedIndex by name."""
    embedder = build_embedder(settings)
    service = Service(_open(settings, embedder), build_reader(settings, embedder), Decider())
    service.warm()
    return service


def build_corpus(settings: Settings) -> EmbeddedCorpus:
    """Open the corpus, or make an empty one. Raises DamagedIndex by name."""
    return _open(settings, build_embedder(settings))


def build_embedder(settings: Settings) -> SentenceEmbedder:
    """Load the embedding model. Raises EmbedderError."""
    return SentenceEmbedder(settings.embedder, _threads(settings))


def build_reader(settings: Settings, embedder: SentenceEmbedder) -> Reader:
    """Load the reader. Raises ReaderUnavailable."""
    return SentenceReader(embedder.embed_passages)


def sync_sources(settings: Settings, service: Service) -> None:
    """Bring the index of the sources up to date; a default folder that is not there is no error."""
    if not settings.sources.exists():
        if "sources" in settings.model_fields_set:
            raise SettingsError(
                f"QUOTH_SOURCES={str(settings.sources)!r} does not exist; name a folder or a file."
            )
        return
    corpus = service.corpus
    assert isinstance(corpus, EmbeddedCorpus)
    report = index_paths(corpus, [settings.sources])
    _log.info("sources %s: %s", settings.sources, report)
    for failure in report.failed:
        _log.warning("not indexed: %s", failure)


def _open(settings: Settings, embedder: SentenceEmbedder) -> EmbeddedCorpus:
    return EmbeddedCorpus(settings.data, embedder, chunk)


def _threads(settings: Settings) -> int:
    return settings.threads or len(os.sched_getaffinity(0))
