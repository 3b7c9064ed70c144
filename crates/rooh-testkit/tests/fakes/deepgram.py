"""Talks to a fake Deepgram as our providers do, with the client that Deepgram publishes."""

import importlib.metadata
import math
import struct
import sys

from deepgram import DeepgramClient
from deepgram.environment import DeepgramClientEnvironment
from deepgram.listen.v1.types import ListenV1Configure
from deepgram.speak.v1.types import SpeakV1Text
from websockets.exceptions import ConnectionClosed, InvalidStatus

assert importlib.metadata.version("deepgram-sdk") == "7.17.0", "another client than the one that is pinned"
http, ws = sys.argv[1], sys.argv[1].replace("http://", "ws://")
there = DeepgramClientEnvironment(base=http, production=ws, agent=ws, agent_rest=http)
client = DeepgramClient(api_key="k3y", environment=there)
RATE = 16_000


def word(text):
    """A word as tones, as the testkit's module `speech` says it."""
    letters = text.encode()
    low, high = len(letters) % 255, 1
    for byte in letters:
        low = (low + byte) % 255
        high = (high + low) % 255
    code = [len(letters), *letters, low, high]
    while len(code) * 10 < 180:
        code.append(0xA5 if len(code) % 2 == 0 else 0x5A)
    samples = []
    length = len(code) * RATE // 100
    for n in range(length):
        byte, t = code[n * 100 // RATE], n / RATE
        level = math.sin(t * 500 * math.tau)
        level += sum(math.sin(t * (800 + 300 * bit) * math.tau) for bit in range(8) if byte >> bit & 1)
        edge = min(n / 16, (length - n) / 16, 1)
        samples.append(round(level * 0.07 * edge * 32_767))
    samples += [0] * (RATE // 50)
    return struct.pack(f"<{len(samples)}h", *samples)


def say(socket, text):
    audio = b"".join(word(one) for one in text.split())
    for start in range(0, len(audio), 640):
        socket.send_media(audio[start : start + 640])


def silence(socket, seconds):
    for _ in range(round(seconds * 50)):
        socket.send_media(bytes(640))


def until(socket, wanted):
    seen = []
    while True:
        message = socket.recv()
        seen.append(message)
        if wanted(message):
            return seen


def is_a(kind):
    return lambda message: getattr(message, "type", None) == kind


def closed(socket):
    try:
        while True:
            socket.recv()
    except ConnectionClosed as error:
        return error.rcvd


def text_of(result):
    return result.channel.alternatives[0].transcript


nova = dict(model="nova-3", encoding="linear16", sample_rate=RATE, interim_results=True)
flux = dict(model="flux-general-en", encoding="linear16", sample_rate=RATE)

# Refusals and faults, in the order in which the fake deals them out.
def refused(status, connect, api_key="k3y", **params):
    try:
        with connect(DeepgramClient(api_key=api_key, environment=there))(**params) as socket:
            socket.recv()
    except InvalidStatus as error:
        assert error.response.status_code == status, error
        assert error.response.headers["dg-request-id"] and error.response.headers["dg-error"]
        return error.response
    raise AssertionError("it was not refused")


assert refused(429, lambda client: client.listen.v1.connect, **nova).headers["retry-after"] == "7"
with client.listen.v1.connect(**nova) as socket:
    say(socket, "hello")
    end = closed(socket)
    assert (end.code, end.reason) == (1011, "NET-0000"), end
refused(401, lambda client: client.listen.v1.connect, api_key="wrong", **nova)
refused(400, lambda client: client.listen.v1.connect, keywords="Rooh:2", **nova)
refused(400, lambda client: client.listen.v2.connect, eot_threshold=0.2, **flux)

# Nova: interim results, frozen pieces, a pause.
params = dict(nova, endpointing=300, utterance_end_ms=1000, vad_events=True, punctuate=True, diarize_model="latest")
with client.listen.v1.connect(keyterm=["Rooh", "naïve café"], **params) as socket:
    say(socket, "one two three four")
    silence(socket, 1.2)
    seen = until(socket, is_a("UtteranceEnd"))
    assert seen[-1].last_word_end == 0.78, seen[-1]
    assert seen[0].type == "SpeechStarted" and seen[0].timestamp < 0.1, seen[0]
    results = [message for message in seen if message.type == "Results"]
    final = [result for result in results if result.is_final]
    assert [text_of(result) for result in final] == ["one two three", "four"], final
    assert [result.speech_final for result in final] == [False, True]
    assert final[1].start == final[0].start + final[0].duration
    assert any(not result.is_final and text_of(result) == "one two" for result in results)
    first = final[0].channel.alternatives[0].words[1]
    assert (first.word, first.start, first.end, int(first.speaker)) == ("two", 0.2, 0.38, 0), first
    assert results[0].metadata.model_info.arch == "nova-3" and results[0].channel_index == [0, 1]
    # A question, what changes on the way, and the end.
    socket.send_keep_alive()
    socket.send_configure(ListenV1Configure(keyterms=["Rooh"]))
    assert until(socket, is_a("ConfigureSuccess"))[-1].keyterms == ["Rooh"]
    say(socket, "Five")
    socket.send_finalize()
    asked = until(socket, lambda message: message.type == "Results" and message.from_finalize)[-1]
    assert asked.is_final and text_of(asked) == "Five", asked
    assert int(asked.channel.alternatives[0].words[0].speaker) == 1
    socket.send_finalize()
    assert text_of(until(socket, lambda message: message.type == "Results" and message.from_finalize)[-1]) == ""
    say(socket, "six")
    socket.send_close_stream()
    seen = until(socket, is_a("Metadata"))
    assert text_of([message for message in seen if message.type == "Results"][-1]) == "six"
    assert seen[-1].channels == 1 and abs(seen[-1].duration - 2.4) < 0.01, seen[-1]
    assert closed(socket).code == 1000
with client.listen.v1.connect(**nova) as socket:
    end = closed(socket)
    assert end.code == 1011 and "NET-0001" in end.reason, end
with client.listen.v1.connect(**nova) as socket:
    say(socket, "one")
    socket.send_media(b"")
    until(socket, is_a("Metadata"))
    assert closed(socket).code == 1000

# Flux: turns.
with client.listen.v2.connect(eager_eot_threshold=0.4, eot_threshold=0.7, **flux) as socket:
    hello = socket.recv()
    assert hello.type == "Connected" and hello.sequence_id == 0, hello
    say(socket, "book a table")
    silence(socket, 0.4)
    say(socket, "please")
    silence(socket, 0.8)
    seen = until(socket, lambda message: message.type == "TurnInfo" and message.event == "EndOfTurn")
    assert [message.sequence_id for message in seen] == list(range(1, len(seen) + 1))
    events = [message.event for message in seen]
    assert [event for event in events if event != "Update"] == [
        "StartOfTurn",
        "EagerEndOfTurn",
        "TurnResumed",
        "EagerEndOfTurn",
        "EndOfTurn",
    ], events
    last = seen[-1]
    assert (last.transcript, last.trigger, last.turn_index) == ("book a table please", "model", 0), last
    assert last.words[3].word == "please" and last.words[3].start == 1.0, last.words
    say(socket, "yes")
    socket.send_force_end_turn()
    last = until(socket, lambda message: message.type == "TurnInfo" and message.event == "EndOfTurn")[-1]
    assert (last.transcript, last.trigger, last.turn_index) == ("yes", "manual", 1), last
    socket.send_configure({"type": "Configure", "thresholds": {"eot_threshold": 1.0}, "keyterms": ["Rooh"]})
    done = until(socket, is_a("ConfigureSuccess"))[-1]
    assert done.thresholds.eot_threshold == 1.0, done
    say(socket, "no")
    socket.send_close_stream()
    assert closed(socket).code == 1000

# Aura: text in, audio out.
with client.speak.v1.connect(model="aura-2-thalia-en", encoding="linear16", sample_rate=RATE) as socket:
    about = socket.recv()
    assert about.type == "Metadata" and about.model_name == "aura-2-thalia-en", about
    audio = lambda seen: b"".join(message for message in seen if isinstance(message, bytes))
    socket.send_text(SpeakV1Text(text="Hello there "))
    socket.send_flush()
    seen = until(socket, is_a("Flushed"))
    assert seen[-1].sequence_id == 0 and audio(seen) == word("Hello") + word("there")
    # A sentence is spoken without a question, and what is cleared is not.
    socket.send_text(SpeakV1Text(text="One. Two "))
    spoken = b""
    while len(spoken) < len(word("One.")):
        spoken += socket.recv()
    socket.send_clear()
    # The client reads it as its own class for `Flushed`; the type is right.
    assert until(socket, is_a("Cleared"))[-1].sequence_id == 1
    socket.send_text(SpeakV1Text(text="three"))
    socket.send_close()
    rest = []
    try:
        while True:
            rest.append(socket.recv())
    except ConnectionClosed as error:
        assert error.rcvd.code == 1000, error
    assert audio(rest) == word("three")

print("certified")
