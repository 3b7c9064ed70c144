"""Asks a fake Gemini API everything that our provider asks, with the client that Google publishes."""

import importlib.metadata
import json
import sys

import httpx2
from google import genai
from google.genai import errors, types

assert importlib.metadata.version("google-genai") == "3.4.0", "another client than the one that is pinned"
FLASH = "gemini-3.8-flash"


def connect(key, version=None):
    once = types.HttpRetryOptions(attempts=1)
    options = types.HttpOptions(base_url=sys.argv[1], api_version=version, timeout=20_000, retry_options=once)
    return genai.Client(api_key=key, vertexai=False, http_options=options)


client = connect("sesame", "v1beta")


def user(text):
    return types.Content(role="user", parts=[types.Part.from_text(text=text)])


def stream(contents, model=FLASH, client=client, **config):
    calling = types.AutomaticFunctionCallingConfig(disable=True)
    config = types.GenerateContentConfig(automatic_function_calling=calling, **config)
    return list(client.models.generate_content_stream(model=model, contents=contents, config=config))


def parts_of(chunks):
    content = [chunk.candidates[0].content for chunk in chunks if chunk.candidates]
    return [part for content in content if content for part in content.parts or []]


def refused(kind, ask):
    try:
        ask()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind} in line {ask.__code__.co_firstlineno}")


def text_of(chunks):
    return "".join(part.text or "" for part in parts_of(chunks) if not part.thought)


# Faults first: the fake deals them out in this order.
hello = lambda: stream([user("Hello there")])
error = refused(errors.ServerError, hello)
assert error.code == 503 and error.status == "UNAVAILABLE" and "overloaded" in error.message, error
error = refused(errors.ClientError, hello)
assert error.code == 429 and error.status == "RESOURCE_EXHAUSTED", error
assert refused(errors.ServerError, hello).code == 500
refused((errors.UnknownApiResponseError, json.JSONDecodeError), hello)
refused(httpx2.RemoteProtocolError, hello)

# What is there.
names = [model.name for model in client.models.list()]
assert "models/gemini-3.8-flash" in names and len(names) == 4, names
model = client.models.get(model=FLASH)
assert model.name == f"models/{FLASH}" and model.input_token_limit > 0, model
assert refused(errors.ClientError, lambda: client.models.get(model="missing")).code == 404
assert refused(errors.ClientError, lambda: stream([user("Hi")], model="missing")).status == "NOT_FOUND"
error = refused(errors.ClientError, lambda: stream([user("Hi")], client=connect("wrong")))
assert error.code == 400 and error.details["error"]["details"][0]["reason"] == "API_KEY_INVALID", error

# A reply, in pieces and in one.
chunks = hello()
text = text_of(chunks)
assert text == "Grüße, 1 🥐 — you said: Hello there", text
assert [chunk.candidates[0].finish_reason for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP
usage = chunks[-1].usage_metadata
assert usage.prompt_token_count == 26 and usage.cached_content_token_count == 16, usage
assert usage.candidates_token_count > 0 and usage.thoughts_token_count > 0, usage
assert text_of(stream([user("Hello there")], client=connect("sesame"))) == text
whole = client.models.generate_content(model=FLASH, contents="Hello there")
assert whole.text == text, whole
short = stream(
    [user("Hello there")], max_output_tokens=2, temperature=0.5, top_p=0.9, top_k=40, seed=7,
    stop_sequences=["END"], system_instruction="Be brief.",
)
assert short[-1].candidates[0].finish_reason == types.FinishReason.MAX_TOKENS, short
form = stream([user("Hi")], response_mime_type="application/json", response_json_schema={"type": "object"})
assert text_of(form)

# Thinking.
budget = lambda n, model: stream([user("Hi")], model, thinking_config=types.ThinkingConfig(thinking_budget=n))
level = lambda n, model: stream([user("Hi")], model, thinking_config=types.ThinkingConfig(thinking_level=n))
assert text_of(budget(0, "gemini-2.5-flash")) and text_of(budget(128, "gemini-2.5-pro"))
assert text_of(level("minimal", "gemini-3.5-flash-lite")) and text_of(level("low", FLASH))
for ask in [
    lambda: budget(0, "gemini-2.5-pro"),
    lambda: level("minimal", FLASH),
    lambda: level("low", "gemini-2.5-flash"),
    lambda: budget(0, FLASH),
]:
    assert refused(errors.ClientError, ask).status == "INVALID_ARGUMENT"
aloud = stream([user("Hi")], thinking_config=types.ThinkingConfig(thinking_level="low", include_thoughts=True))
assert [part.text for part in parts_of(aloud) if part.thought] == ["The user says something."]

# Functions, two at once, what they returned, and the signature of the first.
schema = {"type": "object", "properties": {"what": {"type": "string"}}, "additionalProperties": False}
tools = [
    types.Tool(
        function_declarations=[
            types.FunctionDeclaration(
                name="weather", description="Says the weather.", parameters_json_schema=schema
            ),
            types.FunctionDeclaration(name="clock", description="Says the time."),
        ]
    )
]
question = user("weather and clock in Rome")
chunks = stream([question], tools=tools)
parts = [part for part in parts_of(chunks) if part.function_call]
assert [part.function_call.name for part in parts] == ["weather", "clock"], parts
assert all(part.function_call.args["what"] == "weather and clock in Rome" for part in parts), parts
assert all(part.function_call.id for part in parts)
assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP
assert parts[0].thought_signature and not parts[1].thought_signature, parts


def answered(parts):
    results = [
        types.Part(
            function_response=types.FunctionResponse(
                id=part.function_call.id, name=part.function_call.name, response={"output": number}
            )
        )
        for number, part in enumerate(parts)
    ]
    return [question, types.Content(role="model", parts=parts), types.Content(role="user", parts=results)]


assert text_of(stream(answered(parts), tools=tools)) == 'Es heißt: {"output":0} und {"output":1}.'
bare = [types.Part(function_call=part.function_call) for part in parts]
error = refused(errors.ClientError, lambda: stream(answered(bare), tools=tools))
assert error.code == 400 and "missing a thought_signature" in error.message, error
bare[0].thought_signature = b"skip_thought_signature_validator"
assert text_of(stream(answered(bare), tools=tools))
bare[0].thought_signature = b"another"
assert refused(errors.ClientError, lambda: stream(answered(bare), tools=tools)).code == 400
# The client's own conversation sends everything back, the empty part with the last signature too.
chat = client.chats.create(model=FLASH)
assert "you said: Hi" in "".join(chunk.text or "" for chunk in chat.send_message_stream("Hi"))
assert "you said: And?" in "".join(chunk.text or "" for chunk in chat.send_message_stream("And?"))

# Histories that are refused.
said = lambda text: types.Content(role="model", parts=[types.Part.from_text(text=text)])
history = answered(parts)
for wrong in [
    [said("Hello."), user("Hi")],
    [user("Hi"), said("Hello.")],
    history[:2] + [user("Hi")],
    [history[0], history[2]],
    [user("")],
    history[:2] + [types.Content(role="user", parts=history[2].parts[:1])],
]:
    assert refused(errors.ClientError, lambda: stream(wrong, tools=tools)).status == "INVALID_ARGUMENT", wrong

print("certified")
