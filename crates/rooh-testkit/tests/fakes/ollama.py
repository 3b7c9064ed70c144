"""Asks a fake Ollama everything that our provider asks, with the client that Ollama publishes."""

import importlib.metadata
import json
import sys

import httpx
import ollama

assert importlib.metadata.version("ollama") == "0.6.3", "another client than the one that is pinned"
client = ollama.Client(host=sys.argv[1], timeout=20)
user = lambda text: {"role": "user", "content": text}


def refused(kind, ask):
    try:
        list(ask())
    except kind as error:
        return error
    raise AssertionError(f"expected {kind}")


# Faults first: the fake deals them out in this order.
chat = lambda: client.chat(model="fake", messages=[user("Hello there")], stream=True)
assert "runner" in refused(ollama.ResponseError, chat).error
assert refused(ollama.ResponseError, chat).status_code == 429
assert refused(ollama.ResponseError, chat).status_code == 500
refused(json.JSONDecodeError, chat)
refused(httpx.RemoteProtocolError, chat)

# What is there.
names = [model.model for model in client.list().models]
assert names == ["fake:latest", "thinker:4b", "mute:latest"], names
assert all(model.size > 0 and model.digest and model.details.family for model in client.list().models)
shown = client.show("thinker:4b")
assert "thinking" in shown.capabilities and shown.modelinfo["general.architecture"] == "fake", shown
assert client.ps().models == []
assert refused(ollama.ResponseError, lambda: [client.show("missing")]).status_code == 404

# A reply, in pieces and in one.
parts = list(chat())
assert all(part.message.role == "assistant" and part.created_at for part in parts)
assert [part.done for part in parts] == [False] * (len(parts) - 1) + [True]
text = "".join(part.message.content for part in parts)
assert text == "Grüße, 1 🥐 — you said: Hello there", text
assert parts[-1].done_reason == "stop" and parts[-1].eval_count > 0 and parts[-1].prompt_eval_count > 0
whole = client.chat(model="fake:latest", messages=[user("Hello there")])
assert whole.message.content == text and whole.done
short = client.chat(model="fake", messages=[user("Hello there")], options={"num_predict": 2}, keep_alive="10m")
assert short.done_reason == "length", short
loaded = client.chat(model="fake", messages=[])
assert loaded.done and loaded.done_reason == "load", loaded
unloaded = client.chat(model="fake", messages=[], keep_alive=0)
assert unloaded.done_reason == "unload", unloaded

# Thinking.
parts = list(client.chat(model="thinker:4b", messages=[user("Hi")], think=True, stream=True))
assert "".join(part.message.thinking or "" for part in parts) == "The user says something."
parts = list(client.chat(model="thinker:4b", messages=[user("Hi")], think=False, stream=True))
assert not any(part.message.thinking for part in parts)
error = refused(ollama.ResponseError, lambda: client.chat(model="fake", messages=[user("Hi")], think=True, stream=True))
assert error.status_code == 400 and "does not support thinking" in error.error, error


# Tools, two at once, and what they returned.
def weather(what: str) -> str:
    """Says the weather.

    Args:
        what: the place
    """
    return "21 C"


def clock(what: str) -> str:
    """Says the time.

    Args:
        what: the place
    """
    return "noon"


history = [user("weather and clock in Rome")]
parts = list(client.chat(model="fake", messages=history, tools=[weather, clock], stream=True))
calls = [call for part in parts for call in part.message.tool_calls or []]
assert [call.function.name for call in calls] == ["weather", "clock"], calls
assert all(call.function.arguments == {"what": "weather and clock in Rome"} for call in calls), calls
history.append({"role": "assistant", "content": "", "tool_calls": [call.model_dump() for call in calls]})
history.append({"role": "tool", "tool_name": "weather", "content": "21 C"})
history.append({"role": "tool", "tool_name": "clock", "content": "noon"})
answer = client.chat(model="fake", messages=history, tools=[weather, clock])
assert answer.message.content == "Es heißt: noon und 21 C.", answer
error = refused(ollama.ResponseError, lambda: client.chat(model="mute", messages=history, tools=[clock], stream=True))
assert error.status_code == 400 and "does not support tools" in error.error, error

# Bringing a model.
progress = list(client.pull("far", stream=True))
assert progress[0].status == "pulling manifest" and progress[-1].status == "success", progress
assert any(part.digest and part.total and part.completed == part.total for part in progress)
assert "far:latest" in [model.model for model in client.list().models]
refused(ollama.ResponseError, lambda: client.pull("nowhere", stream=True))

print("certified")
