"""Official clients against the real reader on the seed, over real HTTP.

Collected only when this folder is named (`make test-doors`), since it is slow and needs the extra
`doors`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from qa.bootstrap import build_corpus, build_service, sync_sources
from qa.serve.chats import Chats
from qa.service import Service
from qa.settings import load_settings
from tests.fake_slack import SECRET, TOKEN, FakeSlack, fake_slack
from tests.serving import serving

QUESTION = "How many Indian students are in the US?"


@dataclass(frozen=True)
class Site:
    """A running service on the seed."""

    url: str
    client: httpx.Client
    slack: FakeSlack
    data: Path

    def ask(self, question: str = QUESTION) -> dict[str, object]:
        """Ask over REST."""
        body: dict[str, object] = self.client.post("/v1/ask", json={"question": question}).json()
        return body


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("data")
    settings = load_settings(data=data, sources=Path("seeds"))
    with build_corpus(settings) as corpus:
        sync_sources(settings, corpus)

        def load() -> Service:
            return build_service(settings, corpus)

        with fake_slack() as slack:
            chats = Chats(SECRET, TOKEN, slack_api=f"{slack.url}api/")
            with serving(load, chats=chats) as client:
                client.timeout = httpx.Timeout(120)
                yield Site(str(client.base_url).rstrip("/"), client, slack, data)
