"""Chooses the concrete parts. The only file that names them."""

import logging
import os
from collections.abc import Callable

from index.chunk import chunk
from index.corpus import Corpus
from index.document import Change
from index.embed import SentenceEmbedder
from index.embedded import EmbeddedCorpus
from index.rebuild import Rebuilt, rebuild
from qa.calibration import SHIPPED
from qa.decide import Decider
from qa.errors import SettingsError
from qa.indexing import BulkCorpus, index_paths
from qa.read import Reader
from qa.reader.extractive import ExtractiveReader
from qa.reader.huggingface import HuggingFaceReader
from qa.service import Service
from qa.settings import Settings

BUILT_IN_READER = "quoth"

_log = logging.getLogger(__name__)


def build_corpus(settings: Settings) -> EmbeddedCorpus:
    """Open the corpus, or make an empty one. Raises DamagedIndex by name."""
    return EmbeddedCorpus(settings.data, build_embedder(settings), chunk)


def rebuild_corpus(settings: Settings, advance: Callable[[Change], None]) -> Rebuilt:
    """Make the corpus anew from the texts that it still holds. Raises DamagedIndex."""
    return rebuild(settings.data, build_embedder(settings), chunk, advance)


def build_embedder(settings: Settings) -> SentenceEmbedder:
    """Load the embedding model. Raises EmbedderError."""
    return SentenceEmbedder(settings.embedder, _threads(settings))


def build_reader(settings: Settings) -> Reader:
    """Load the built-in reader, or somebody's checkpoint. Raises ReaderUnavailable."""
    if settings.reader == BUILT_IN_READER:
        return ExtractiveReader(threads=_threads(settings))
    return HuggingFaceReader(settings.reader)


def build_decider(settings: Settings, reader: Reader) -> Decider:
    """Load the calibration that was fitted for the reader. Raises ReaderUnavailable."""
    return Decider.load(settings.calibration or SHIPPED, reader.name, settings.max_error)


def build_service(settings: Settings, corpus: Corpus | None = None) -> Service:
    """Load the models over a corpus (by default the one of the settings) and warm them."""
    reader = build_reader(settings)
    service = Service(corpus or build_corpus(settings), reader, build_decider(settings, reader))
    service.warm()
    return service


def sync_sources(settings: Settings, corpus: BulkCorpus) -> None:
    """Bring the index of the sources up to date; a default folder that is not there is no error."""
    if settings.sources.exists():
        report = index_paths(corpus, [settings.sources])
        _log.info("sources %s: %s", settings.sources, report)
        for failure in report.failed:
            _log.warning("not indexed: %s", failure)
    elif "sources" in settings.model_fields_set:
        raise SettingsError(
            f"QUOTH_SOURCES={str(settings.sources)!r} does not exist; name a folder or a file."
        )


def _threads(settings: Settings) -> int:
    return settings.threads or len(os.sched_getaffinity(0))
