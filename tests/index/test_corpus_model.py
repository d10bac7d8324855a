"""Whatever is done to it, the corpus is a dictionary of documents that can be searched."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from index.document import Filter
from index.embedded import EmbeddedCorpus
from index.errors import UnknownDocument
from index.rebuild import rebuild
from tests.index.fakes import HashedWords, by_line, document

NAMES = st.sampled_from(["a", "b", "c"])
LINES = st.lists(
    st.sampled_from(
        ["rain fell\n", "नमस्ते 🙂\n", "e\u0301t\u00e9 3,53,737\n", "\r\n", "x" * 300 + "\n"]
    )
    | st.text(max_size=30).map(lambda text: text.encode(errors="ignore").decode() + "\n"),
    max_size=4,
).map("".join)


class CorpusMachine(RuleBasedStateMachine):
    """Two corpora on one folder, of which one writes and the other must see it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="quoth-test-"))
        self.model = dict[str, str]()
        self.writer = self.open()
        self.reader = self.open(read_only=True)

    def open(self, read_only: bool = False) -> EmbeddedCorpus:
        return EmbeddedCorpus(self.folder / "data", HashedWords(), by_line, read_only)

    def teardown(self) -> None:
        self.writer.close()
        self.reader.close()
        shutil.rmtree(self.folder)

    @rule(name=NAMES, text=LINES)
    def add(self, name: str, text: str) -> None:
        outcome = self.writer.add(document(name, text)).outcome
        known = self.model.get(name)
        assert outcome == (
            "added" if known is None else "unchanged" if known == text else "replaced"
        )
        self.model[name] = text

    @rule(texts=st.dictionaries(NAMES, LINES))
    def add_many(self, texts: dict[str, str]) -> None:
        list(self.writer.add_many(document(name, text) for name, text in texts.items()))
        self.model |= texts

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        if name in self.model:
            self.writer.delete(name)
            del self.model[name]
        else:
            with pytest.raises(UnknownDocument):
                self.writer.delete(name)

    @precondition(lambda self: self.model)
    @rule()
    def compact(self) -> None:
        self.writer.compact()

    @rule()
    def open_again(self) -> None:
        self.writer.close()
        self.writer = self.open()

    @rule()
    def rebuild(self) -> None:
        self.writer.close()
        rebuild(self.folder / "data", HashedWords(), by_line)
        self.writer = self.open()

    @invariant()
    def it_holds_the_model(self) -> None:
        self.writer.check()
        for corpus in (self.writer, self.reader):
            assert {each.id: corpus.get(each.id).text for each in corpus.list()} == self.model
        assert self.writer.readiness() == self.reader.readiness()

    @invariant()
    def every_passage_is_found_and_is_a_slice(self) -> None:
        for name, text in self.model.items():
            expected = {line for line in text.splitlines(keepends=True) if line.strip()}
            where = Filter(documents=frozenset({name}))
            [found] = self.reader.search(["rain 353737"], 50, where=where)
            assert {hit.passage.text for hit in found.hits} == expected
            for hit in found.hits:
                passage = hit.passage
                assert passage.text == text[passage.start : passage.end]
                assert passage.context == text[passage.context_start : passage.context_end]


CorpusMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)
TestCorpusModel = CorpusMachine.TestCase
