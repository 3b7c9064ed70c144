"""Asks a fake Anthropic everything that our provider asks, with the client that Anthropic publishes."""

import importlib.metadata
import json
import sys

import anthropic
import httpx2

assert importlib.metadata.version("anthropic") == "2.11.0", "another client than the one that is pinned"
client = anthropic.Anthropic(api_key="sesame", base_url=sys.argv[1], max_retries=0, timeout=20)
user = lambda text: {"role": "user", "content": text}
common = {"model": "claude-haiku-5-5", "max_tokens": 400, "thinking": {"type": "disabled"}}


def refused(kind, ask):
    try:
        ask()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind}")


def ask(**more):
    """The answer, put together by the client out of its events, and the events."""
    with client.messages.stream(**{**common, "messages": [user("Hello there")], **more}) as stream:
        events = list(stream)
        return stream.get_final_message(), events


# Faults first: the fake deals them out in this order.
error = refused(anthropic.APIStatusError, ask)
assert error.body["error"]["type"] == "overloaded_error" and error.body["error"]["message"] == "busy", error.body
error = refused(anthropic.RateLimitError, ask)
assert error.type == "rate_limit_error" and error.response.headers["retry-after"] == "7", error
assert error.request_id == "req_011fake", error.request_id
assert refused(anthropic.InternalServerError, ask).type == "api_error"
assert refused(anthropic.APIStatusError, ask).status_code == 529
refused(ValueError, ask)
refused(httpx2.RemoteProtocolError, ask)

# What is there.
models = list(client.models.list())
assert [model.id for model in models][:2] == ["claude-haiku-5-5", "claude-sonnet-5-5"], models
model = client.models.retrieve("claude-sonnet-5-5")
types = model.capabilities.thinking.types
assert types.between_tools.supported and not types.disabled.supported and model.lifecycle == "active", model
assert refused(anthropic.NotFoundError, lambda: client.models.retrieve("claude-0")).type == "not_found_error"
stranger = anthropic.Anthropic(api_key="other", base_url=sys.argv[1], max_retries=0)
assert refused(anthropic.AuthenticationError, lambda: stranger.models.list()).type == "authentication_error"

# A reply, in pieces and in one.
message, events = ask(system="Be brief.")
text = message.content[0].text
assert text == "Grüße, 1 🥐 — you said: Hello there", text
assert message.stop_reason == "end_turn" and message.usage.output_tokens > 3, message
kinds = [event.type for event in events]
assert kinds[0] == "message_start" and kinds[-2:] == ["message_delta", "message_stop"], kinds
whole = client.messages.create(**common, messages=[user("Hello there")])
assert whole.content[0].text == text and whole.stop_reason == "end_turn", whole
short, _ = ask(max_tokens=3)
assert short.stop_reason == "max_tokens" and short.content[0].text == "Grüße, 1 ", short

# Tools, two at once, with arguments and without, and what they returned.
schema = {"type": "object", "properties": {"what": {"type": "string"}}}
tools = [
    {"name": "weather", "description": "Says the weather.", "input_schema": schema},
    {"name": "clock", "description": "Says the time.", "input_schema": {"type": "object", "properties": {}}},
]
history = [user("weather and clock in Rome")]
message, events = ask(messages=history, tools=tools)
assert message.stop_reason == "tool_use", message
said, weather, clock = message.content
assert said.type == "text" and said.text == "Einen Moment.", said
assert weather.name == "weather" and weather.input == {"what": "weather and clock in Rome"}, weather
assert clock.name == "clock" and clock.input == {}, clock
pieces = [event for event in events if event.type == "input_json"]
assert "".join(piece.partial_json for piece in pieces) == json.dumps(weather.input, separators=(",", ":")), pieces
result = lambda call, **more: {"type": "tool_result", "tool_use_id": call.id, **more}
assistant = {"role": "assistant", "content": [block.to_dict() for block in message.content]}
results = [result(weather, content="21 C"), result(clock, content="it stands", is_error=True)]
message, _ = ask(messages=[*history, assistant, {"role": "user", "content": results}], tools=tools)
assert message.content[0].text == "Es heißt: 21 C und it stands.", message
cut, _ = ask(messages=history, tools=tools, max_tokens=6)
assert cut.stop_reason == "max_tokens" and cut.content[-1].type == "tool_use", cut

# Thinking.
message, _ = ask(model="claude-opus-5-5", thinking={"type": "adaptive", "display": "summarized"})
assert message.content[0].type == "thinking" and message.content[0].thinking == "The user says something.", message
assert message.content[0].signature, message
message, _ = ask(model="claude-sonnet-5-5", thinking={"type": "between_tools"})
assert [block.type for block in message.content] == ["text"], message

# The cache.
long = [{"type": "text", "text": "Be brief. " * 500, "cache_control": {"type": "ephemeral"}}]
first, _ = ask(system=long)
second, _ = ask(system=long, messages=[user("Again")])
assert first.usage.cache_creation_input_tokens > 1024 and first.usage.cache_read_input_tokens == 0, first.usage
assert second.usage.cache_read_input_tokens == first.usage.cache_creation_input_tokens, second.usage

# What is refused.
for what, wrong in {
    "sampling": {"extra_body": {"temperature": 1.0}},
    "a field that there is not": {"extra_body": {"n": 2}},
    "a beginning by the assistant": {"messages": [{"role": "assistant", "content": "Hi"}, user("Hello")]},
    "an end by the assistant": {"messages": [user("Hello"), {"role": "assistant", "content": "Hi"}]},
    "a blank text": {"messages": [user("  ")]},
    "no message": {"messages": []},
    "a call without a result": {"messages": [*history, assistant, user("and?")], "tools": tools},
    "half of the results": {"messages": [*history, assistant, {"role": "user", "content": results[:1]}]},
    "results after a text": {
        "messages": [*history, assistant, {"role": "user", "content": [{"type": "text", "text": "and?"}, *results]}]
    },
    "a result without a call": {"messages": [{"role": "user", "content": results}]},
    "no thoughts where there are always some": {"model": "claude-opus-5-5"},
    "adaptive thoughts of an old model": {"model": "claude-haiku-4-5", "thinking": {"type": "adaptive"}},
    "a small budget": {"model": "claude-haiku-4-5", "thinking": {"type": "enabled", "budget_tokens": 200}},
    "effort without thoughts": {"output_config": {"effort": "max"}},
    "a mark of the cache that there is not": {"system": [{"type": "text", "text": "x", "cache_control": {"type": "x"}}]},
    "two tools of one name": {"tools": [tools[0], tools[0]]},
}.items():
    error = refused(anthropic.BadRequestError, lambda: ask(**wrong))
    assert error.type == "invalid_request_error", (what, error)
bare = {key: common[key] for key in ("model", "max_tokens")}
for missing in bare:
    body = {"messages": [user("Hi")], **{key: value for key, value in bare.items() if key != missing}}
    error = refused(anthropic.APIStatusError, lambda: client.post("/v1/messages", body=body, cast_to=object))
    assert error.status_code == (404 if missing == "model" else 400), error
headers = {"anthropic-version": anthropic.Omit()}
error = refused(anthropic.BadRequestError, lambda: ask(extra_headers=headers))
assert "anthropic-version" in error.message, error

# The version before, with the key where it was then.
old = {"anthropic-version": "2023-06-01", "x-api-key": "sesame"}
message, _ = ask(model="claude-haiku-4-5", extra_headers=old, extra_body={"temperature": 0.2})
assert message.content[0].text == text, message

print("certified")
