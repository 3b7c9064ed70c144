"""Asks a fake Bedrock everything that our provider asks, with the client that AWS publishes."""

import importlib.metadata
import os
import sys

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true")

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from botocore.eventstream import ChecksumMismatch
from urllib3.exceptions import ProtocolError

assert importlib.metadata.version("boto3") == "1.44.5", "another client than the one that is pinned"


def connected(key, token=None):
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=sys.argv[1],
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=20),
    )


client = connected("AKIDEXAMPLE")
MODEL = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
user = lambda *blocks: {"role": "user", "content": [{"text": b} if isinstance(b, str) else b for b in blocks]}
assistant = lambda *blocks: {**user(*blocks), "role": "assistant"}
tool = lambda name: {"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}}}


def converse(*messages, model=MODEL, by=client, **settings):
    return list(by.converse_stream(modelId=model, messages=list(messages), **settings)["stream"])


def text(events):
    return "".join(e["contentBlockDelta"]["delta"].get("text", "") for e in events if "contentBlockDelta" in e)


def stop(events):
    (reason,) = [e["messageStop"]["stopReason"] for e in events if "messageStop" in e]
    return reason


def refused(kind, code, ask):
    try:
        ask()
    except kind as error:
        if code:
            assert error.response["Error"]["Code"] == code, error.response
        return error
    raise AssertionError(f"expected {kind} {code}")


# Faults first: the fake deals them out in this order.
ask = lambda: converse(user("Hello there"))
assert "slow down" in str(refused(EventStreamError, "throttlingException", ask))
refused(EventStreamError, "modelStreamErrorException", ask)
refused(EventStreamError, "validationException", ask)
error = refused(ClientError, "ThrottlingException", ask)
assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 429
assert error.response["Error"]["Message"] == "Too many tokens", error.response
assert isinstance(error, client.exceptions.ThrottlingException)
refused(client.exceptions.ModelErrorException, None, ask)
refused(client.exceptions.ServiceUnavailableException, None, ask)
refused(ChecksumMismatch, None, ask)
refused(ProtocolError, None, ask)
ANSWER = "Grüße, 1 🥐 — you said: Hello there"
assert text(ask()) == ANSWER  # between events of a kind that it does not know

# A reply.
events = ask()
assert events[0] == {"messageStart": {"role": "assistant"}}, events[0]
assert text(events) == ANSWER and stop(events) == "end_turn"
usage = events[-1]["metadata"]["usage"]
assert usage["inputTokens"] == 26 and usage["totalTokens"] == 26 + usage["outputTokens"], usage
assert events[-1]["metadata"]["metrics"]["latencyMs"] > 0
cached = converse(user("Hello there"), system=[{"text": "Be brief."}, {"cachePoint": {"type": "default"}}])
assert cached[-1]["metadata"]["usage"]["cacheReadInputTokens"] == 20, cached[-1]
assert stop(converse(user("Hello there"), inferenceConfig={"maxTokens": 2})) == "max_tokens"
guarded = converse(user("Hi"), guardrailConfig={"guardrailIdentifier": "strict", "guardrailVersion": "1"})
assert stop(guarded) == "guardrail_intervened"
thinking = converse(user("Hi"), outputConfig={"effort": "low"})
thoughts = [e["contentBlockDelta"]["delta"].get("reasoningContent") for e in thinking if "contentBlockDelta" in e]
assert thoughts[0] == {"text": "The user says something."} and "signature" in thoughts[1], thoughts
arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc.def"
assert text(converse(user("Hello there"), model=arn)) == ANSWER

# Tools, two at once, and what they returned.
tools = {"tools": [tool("weather"), tool("clock")]}
question = user("weather and clock in Rome")
events = converse(question, toolConfig=tools)
assert stop(events) == "tool_use"
starts = [e["contentBlockStart"]["start"]["toolUse"] for e in events if "contentBlockStart" in e]
assert [start["name"] for start in starts] == ["weather", "clock"], starts
pieces = [e["contentBlockDelta"] for e in events if "contentBlockDelta" in e]
for index in [0, 1]:
    whole = "".join(p["delta"]["toolUse"]["input"] for p in pieces if p["contentBlockIndex"] == index)
    assert whole == '{"what":"weather and clock in Rome"}', whole
calls = [{"toolUse": {**start, "input": {"what": "Rome"}}} for start in starts]
result = lambda start, content, **more: {"toolResult": {"toolUseId": start["toolUseId"], "content": [content], **more}}
results = [result(starts[0], {"text": "21 C"}), result(starts[1], {"json": {"error": "no"}}, status="error")]
answer = converse(question, assistant(*calls), user(*results), toolConfig=tools)
assert text(answer) == 'Es heißt: 21 C und {"error":"no"}.', text(answer)

# What is refused.
no = lambda *messages, **settings: refused(
    client.exceptions.ValidationException, "ValidationException", lambda: converse(*messages, **settings)
)
no()
no(user("a"), user("b"))
no(assistant("a"))
no(user("a"), assistant("b"))
no(user(" "))
no(question, assistant(*calls), user(*results))
no(question, assistant(*calls), user(results[0]), toolConfig=tools)
no(question, assistant(*calls), user("Hurry!", *results), toolConfig=tools)
no(user("a"), assistant("b"), user(results[0]), toolConfig=tools)
odd = {"toolUseId": "functions.weather:0", "name": "weather"}
no(question, assistant({"toolUse": {**odd, "input": {}}}), user(result(odd, {"text": "a"})), toolConfig=tools)
no(user("a", {"cachePoint": {"type": "default"}}), model="meta.llama4-maverick-17b-instruct-v1:0")
no(user("a"), model="us.anthropic.claude-opus-5-v1:0", inferenceConfig={"temperature": 0.5})
thinking = lambda kind: {"thinking": {"type": kind}}
no(user("a"), model="us.anthropic.claude-opus-5-5-v1:0", additionalModelRequestFields=thinking("disabled"))
assert "identifier" in str(no(user("a"), model="nonsense"))
assert "on-demand" in str(no(user("a"), model="anthropic.claude-haiku-5-5-v1:0"))
gone = lambda: converse(user("a"), model="anthropic.claude-3-haiku-20240307-v1:0")
refused(client.exceptions.ResourceNotFoundException, None, gone)
refused(ClientError, "UnrecognizedClientException", lambda: converse(user("a"), by=connected("AKIDOTHER")))

# Credentials for a while, and what is asked to open a connection.
assert text(converse(user("Hello there"), by=connected("AKIDEXAMPLE", "SESSIONTOKEN"))) == ANSWER
assert client.list_async_invokes(maxResults=1)["asyncInvokeSummaries"] == []

print("certified")
