"""Programs of others, run as they are: llm and the inspector of the Model Context Protocol."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.doors.conftest import QUESTION, Site

BIN = Path(sys.executable).parent
INSPECTOR = "@modelcontextprotocol/inspector@0.15.0"


def run(*command: str | Path, **environment: str) -> str:
    result = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=300,
        env=os.environ | environment,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.skipif(not (BIN / "llm").exists(), reason="pip install 'quoth[doors]'")
def test_llm_asks_and_follows_up(site: Site, tmp_path: Path) -> None:
    models = f"- model_id: quoth\n  model_name: quoth\n  api_base: {site.url}/v1\n"
    (tmp_path / "extra-openai-models.yaml").write_text(models, encoding="utf-8")
    home = {"LLM_USER_PATH": str(tmp_path), "OPENAI_API_KEY": "none"}
    quote = site.ask()["answers"][0]["quote"]  # type: ignore[index]
    assert quote in run(BIN / "llm", "-m", "quoth", QUESTION, **home)
    assert quote in run(BIN / "llm", "-m", "quoth", "--no-stream", QUESTION, **home)
    assert "December 2025" in run(BIN / "llm", "-c", "and in which month?", **home)


@pytest.fixture(params=["http", "stdio"])
def server(request: pytest.FixtureRequest, site: Site) -> list[str]:
    if request.param == "http":
        return [f"{site.url}/mcp", "--transport", "http"]
    return [str(BIN / "quoth"), "mcp", "--data", str(site.data)]


def inspect(server: list[str], *arguments: str) -> dict[str, Any]:
    if not shutil.which("npx"):
        pytest.skip("the inspector needs Node.js")
    result: dict[str, Any] = json.loads(
        run("npx", "--yes", INSPECTOR, "--cli", *server, "--method", *arguments)
    )
    return result


def test_the_inspector_lists_tools_and_documents(server: list[str]) -> None:
    tools = inspect(server, "tools/list")["tools"]
    assert [tool["name"] for tool in tools] == ["ask", "search", "get_document", "verify_quote"]
    assert all(tool["outputSchema"]["type"] == "object" for tool in tools)
    (document,) = inspect(server, "resources/list")["resources"]
    assert document["uri"].startswith("quoth://default/documents/")


def test_the_inspector_asks(server: list[str], site: Site) -> None:
    called = ["tools/call", "--tool-name", "ask", "--tool-arg", f"question={QUESTION}"]
    assert inspect(server, *called)["structuredContent"] == site.ask()
