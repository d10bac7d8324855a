"""Serves MCP over standard streams from the small corpus of the tests."""

import asyncio
import sys
from pathlib import Path

from qa.serve.mcp_stdio import serve_stdio
from qa.serve.runtime import Runtime
from tests.fakes import FakeCorpus, make_document
from tests.serving import make_service

if __name__ == "__main__":
    corpus = FakeCorpus()
    for path in sys.argv[1:]:
        corpus.add(make_document(Path(path).read_text(encoding="utf-8"), path))
    asyncio.run(serve_stdio(Runtime(lambda: make_service(corpus))))
