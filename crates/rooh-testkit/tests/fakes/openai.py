"""Asks a fake OpenAI everything that our provider asks, with the client that OpenAI publishes."""

import importlib.metadata
import json
import sys

import openai

assert importlib.metadata.version("openai") == "3.52.0", "another client than the one that is pinned"
client = openai.OpenAI(base_url=sys.argv[1], api_key="sesame", max_retries=0, timeout=20)
user = lambda text: {"role": "user", "content": text}


def refused(kind, ask):
    try:
        list(ask())
    except kind as error:
        return error
    raise AssertionError(f"expected {kind}")


def chat(text="Hello there", model="fake", **options):
    messages = text if isinstance(text, list) else [user(text)]
    return client.chat.completions.create(model=model, messages=messages, stream=True, **options)


def respond(text="Hello there", model="fake", **options):
    return client.responses.create(model=model, input=text, stream=True, store=False, **options)


# Faults first: the fake deals them out in this order.
error = refused(openai.APIError, chat)
assert "went wrong" in error.message and not isinstance(error, openai.APIStatusError), error
events = list(respond())
assert events[-1].type == "error" and events[-1].code == "server_error" and "went wrong" in events[-1].message, events
error = refused(openai.RateLimitError, chat)
assert error.code == "insufficient_quota" and error.response.headers["retry-after"] == "7", error
assert error.response.headers["x-ratelimit-reset-requests"] == "1m1.5s" and error.request_id == "req_fake"
assert refused(openai.InternalServerError, chat).status_code == 503
refused(json.JSONDecodeError, chat)
refused(Exception, chat)  # The connection broke.

# What is there.
names = [model.id for model in client.models.list()]
assert names == ["fake", "gpt-5.6-luna", "gpt-6-astra"], names
assert client.models.retrieve("fake").id == "fake"
error = refused(openai.NotFoundError, lambda: [client.models.retrieve("missing")])
assert error.code == "model_not_found", error
assert refused(openai.NotFoundError, lambda: chat(model="missing")).code == "model_not_found"
error = refused(openai.AuthenticationError, client.with_options(api_key="wrong").models.list)
assert error.code == "invalid_api_key", error

# A reply through the chat API, in pieces and in one.
chunks = list(chat(stream_options={"include_usage": True}, max_completion_tokens=100, seed=1, temperature=0.5))
assert all(chunk.object == "chat.completion.chunk" and chunk.id for chunk in chunks)
assert chunks[0].choices[0].delta.role == "assistant"
text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
assert text == "Grüße, 1 🥐 — you said: Hello there", text
assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "stop"
assert chunks[-1].choices == [] and chunks[-1].usage.prompt_tokens_details.cached_tokens == 20, chunks[-1]
assert all(chunk.usage is None for chunk in chunks[:-1])
assert all(chunk.choices for chunk in chat())
whole = client.chat.completions.create(model="fake", messages=[user("Hello there")])
assert whole.choices[0].message.content == text and whole.usage.total_tokens > 26
short = list(chat(max_tokens=2))
assert short[-1].choices[0].finish_reason == "length", short
with client.chat.completions.stream(model="fake", messages=[user("Hello there")]) as stream:
    assert stream.get_final_completion().choices[0].message.content == text

# What OpenAI refuses.
bad = lambda **options: refused(openai.BadRequestError, lambda: chat(**options))
assert bad(extra_body={"top_k": 3}).param == "top_k"
assert bad(parallel_tool_calls=True).param == "parallel_tool_calls"
assert bad(tools=[]).param == "tools"
assert bad(reasoning_effort="low").param == "reasoning_effort"
assert bad(model="gpt-5.6-luna", reasoning_effort="minimal").code == "unsupported_value"
assert bad(model="gpt-5.6-luna", max_tokens=3).param == "max_tokens"
assert bad(model="gpt-5.6-luna", temperature=0.5).param == "temperature"
assert list(chat(model="gpt-5.6-luna", reasoning_effort="none", temperature=0.5, verbosity="low"))

# Tools through the chat API: two at once, and what they returned.
parameters = {"type": "object", "properties": {"what": {"type": "string"}}}
function = lambda name: {"name": name, "description": f"Says the {name}.", "parameters": parameters}
tools = [{"type": "function", "function": function(name)} for name in ("weather", "clock")]
said = "weather and clock in Köln"
history = [{"role": "system", "content": "Be brief."}, user(said)]
assert bad(text=history, model="gpt-6-astra", tools=tools).param == "reasoning_effort"
with client.chat.completions.stream(model="fake", messages=history, tools=tools, parallel_tool_calls=True) as stream:
    message = stream.get_final_completion().choices[0].message
assert [call.function.name for call in message.tool_calls] == ["weather", "clock"], message
assert all(json.loads(call.function.arguments) == {"what": said} for call in message.tool_calls), message
assert len({call.id for call in message.tool_calls}) == 2
raw = list(chat(history, tools=tools))
assert {call.index for chunk in raw for call in chunk.choices[0].delta.tool_calls or []} == {0, 1}
assert raw[-1].choices[0].finish_reason == "tool_calls"
calls = [{"id": c.id, "type": "function", "function": {"name": c.function.name, "arguments": c.function.arguments}} for c in message.tool_calls]
history.append({"role": "assistant", "tool_calls": calls})
assert bad(text=history, tools=tools).param == "messages"
history += [{"role": "tool", "tool_call_id": c.id, "content": r} for c, r in zip(message.tool_calls, ("21 C", "noon"))]
answer = "".join(chunk.choices[0].delta.content or "" for chunk in chat(history, tools=tools))
assert answer == "Es heißt: noon und 21 C.", answer

# A reply through Responses.
events = list(respond(instructions="Be brief.", max_output_tokens=100))
kinds = [event.type for event in events]
assert kinds[:3] == ["response.created", "response.in_progress", "response.output_item.added"], kinds
assert [event.sequence_number for event in events] == list(range(len(events)))
text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
assert text == "Grüße, 2 🥐 — you said: Hello there", text
over = events[-1].response
assert kinds[-1] == "response.completed" and over.output_text == text and over.usage.input_tokens_details.cached_tokens == 20
assert client.responses.create(model="fake", input=[user("Hello there")]).output_text.startswith("Grüße, 1")
short = list(respond(max_output_tokens=2))[-1]
assert short.type == "response.incomplete" and short.response.incomplete_details.reason == "max_output_tokens"
with client.responses.stream(model="fake", input="Hello there") as stream:
    assert stream.get_final_response().output_text == "Grüße, 1 🥐 — you said: Hello there"
wrong = lambda **options: refused(openai.BadRequestError, lambda: respond(**options))
assert wrong(extra_body={"seed": 3}).param == "seed"
assert wrong(model="gpt-6-astra", reasoning={"effort": "none"}).code == "unsupported_value"
assert wrong(text=[]).param == "input"

# Tools through Responses.
tools = [{"type": "function", "strict": False, **function(name)} for name in ("weather", "clock")]
with client.responses.stream(model="gpt-6-astra", input=[user(said)], tools=tools, reasoning={"effort": "low"}) as stream:
    deltas = [event.delta for event in stream if event.type == "response.function_call_arguments.delta"]
    items = stream.get_final_response().output
assert [item.name for item in items] == ["weather", "clock"] and len(deltas) > 2, items
assert all(item.type == "function_call" and json.loads(item.arguments) == {"what": said} for item in items)
history = [user(said)] + [
    {"type": "function_call", "call_id": item.call_id, "name": item.name, "arguments": item.arguments} for item in items
]
assert wrong(text=history, tools=tools).param == "input"
history += [{"type": "function_call_output", "call_id": item.call_id, "output": r} for item, r in zip(items, ("21 C", "noon"))]
events = list(respond(history, tools=tools))
assert events[-1].response.output_text == "Es heißt: noon und 21 C.", events[-1]

# The same, from those who speak as OpenAI does.
for port in sys.argv[2:]:
    name, url = port.split("=", 1)
    other = openai.OpenAI(base_url=url, api_key="none", max_retries=0, timeout=20)
    assert other.models.list().data[0].id == "fake"
    functions = [{"type": "function", "function": function(name)} for name in ("weather", "clock")]
    ask = lambda text, **options: list(
        other.chat.completions.create(model="fake", messages=[user(text)], stream=True, max_tokens=100, **options)
    )
    chunks = ask("Hello there", stream_options={"include_usage": True})
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.endswith("Grüße, 1 🥐 — you said: Hello there"), (name, text)
    cost = [chunk for chunk in chunks if chunk.usage or getattr(chunk, "x_groq", None)]
    assert cost, name
    if name == "groq":
        assert cost[-1].x_groq["usage"]["prompt_tokens"] == 26, cost
    if name == "llama-cpp":
        assert chunks[-1].timings["prompt_n"] == 26, chunks[-1]
    if name == "vllm":
        assert any(chunk.choices and getattr(chunk.choices[0].delta, "reasoning_content", None) for chunk in chunks)
        refused(openai.NotFoundError, lambda: [other.models.retrieve("fake")])
    calls = [call for chunk in ask(said, tools=functions) if chunk.choices for call in chunk.choices[0].delta.tool_calls or []]
    if name == "careless":
        assert len(calls) == 3 and all(call.id is None and call.index is None for call in calls), calls
    else:
        assert [json.loads(call.function.arguments) for call in calls] == [{"what": said}] * 2, calls

print("certified")
