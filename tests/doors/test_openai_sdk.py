from collections.abc import Iterator

import pytest

from tests.doors.conftest import QUESTION, Site

openai = pytest.importorskip("openai", reason="pip install 'quoth[doors]'")


@pytest.fixture
def sdk(site: Site) -> Iterator["openai.OpenAI"]:
    with openai.OpenAI(base_url=f"{site.url}/v1", api_key="none", max_retries=0) as sdk:
        yield sdk


def first(site: Site) -> dict[str, str]:
    return site.ask()["answers"][0]  # type: ignore[index, no-any-return]


def test_models_are_listed(sdk: "openai.OpenAI") -> None:
    assert [model.id for model in sdk.models.list()] == ["quoth"]
    assert sdk.models.retrieve("quoth").owned_by == "quoth"


def test_a_chat_is_answered_and_followed_up(sdk: "openai.OpenAI", site: Site) -> None:
    messages = [{"role": "user", "content": QUESTION}]
    completion = sdk.chat.completions.create(model="quoth", messages=messages, temperature=0)
    message = completion.choices[0].message
    cited = message.annotations[0].url_citation
    assert message.content[cited.start_index : cited.end_index] == first(site)["quote"]
    assert message.citations[0]["quote_id"] == first(site)["quote_id"]
    assert cited.url.startswith(site.url)
    messages += [
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": "and in which month?"},
    ]
    follow = sdk.chat.completions.create(model="quoth", messages=messages)
    assert follow.quoth["question"] == "in which month, 3,53,737 Indian students are in the US?"
    assert follow.choices[0].message.citations[0]["answer"] == "December 2025"


def test_a_chat_is_streamed(sdk: "openai.OpenAI", site: Site) -> None:
    messages = [{"role": "user", "content": QUESTION}]
    whole = sdk.chat.completions.create(model="quoth", messages=messages)
    options = {"include_usage": True}
    chunks = list(
        sdk.chat.completions.create(
            model="quoth", messages=messages, stream=True, stream_options=options
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    annotated = [
        chunk.choices[0].delta.annotations
        for chunk in chunks
        if chunk.choices and getattr(chunk.choices[0].delta, "annotations", None)
    ]
    assert [each["url_citation"]["url"] for each in annotated[0]] == [
        each.url_citation.url for each in whole.choices[0].message.annotations
    ]
    with sdk.chat.completions.stream(model="quoth", messages=messages) as stream:
        assert stream.get_final_completion().choices[0].message.content == text


def test_a_response_is_given_and_streamed(sdk: "openai.OpenAI", site: Site) -> None:
    response = sdk.responses.create(model="quoth", input=QUESTION)
    (part,) = response.output[0].content
    cited = part.annotations[0]
    assert cited.type == "url_citation"
    assert response.output_text[cited.start_index : cited.end_index] == first(site)["quote"]
    with sdk.responses.stream(model="quoth", input=QUESTION) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert final.output_text == response.output_text
    assert final.usage == response.usage


def test_errors_are_the_sdk_s_own(sdk: "openai.OpenAI") -> None:
    messages = [{"role": "user", "content": QUESTION}]
    with pytest.raises(openai.NotFoundError) as unknown:
        sdk.chat.completions.create(model="gpt-6", messages=messages)
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as several:
        sdk.chat.completions.create(model="quoth", messages=messages, n=2)
    assert several.value.param == "n"
    long = [{"role": "user", "content": "x" * 1001}]
    with pytest.raises(openai.BadRequestError, match="limit is 1000"):
        sdk.chat.completions.create(model="quoth", messages=long)
