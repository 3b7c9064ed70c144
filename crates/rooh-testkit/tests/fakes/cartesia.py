"""Asks a fake Cartesia everything that our provider asks, with the client that Cartesia publishes."""

import array
import importlib.metadata
import json
import sys
import time

from cartesia import AuthenticationError, Cartesia
from websockets.exceptions import ConnectionClosedError, InvalidStatus

assert importlib.metadata.version("cartesia") == "4.2.0", "another client than the one that is pinned"
URL = sys.argv[1]
VOICE = {"mode": "id", "id": "6ccbfb76-1fc6-48f7-b71d-91ac6298247b"}
FORMAT = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16000}


def cartesia(key="right", **more):
    return Cartesia(
        api_key=key, base_url=URL, websocket_base_url=URL.replace("http", "ws"), max_retries=0, timeout=20, **more
    )


def context(connection, **more):
    fields = {"model_id": "sonic-3.5", "voice": VOICE, "output_format": FORMAT, "language": "en", "timeout": 20}
    return connection.context(**{**fields, "add_timestamps": True, "max_buffer_delay_ms": 0, **more})


def said(events, of=None):
    """The audio, and the words with their times."""
    audio = b"".join(event.audio for event in events if event.type == "chunk" and event.flush_id == (of or event.flush_id))
    times = [event.word_timestamps for event in events if event.type == "timestamps"]
    words = [word for part in times for word in zip(part.words, part.start, part.end)]
    return audio, words


def length(text):
    """What a text of short words takes as tones, in bytes: five words a second."""
    return len(text.split()) * 16000 // 5 * 2


def refused(kind, ask):
    try:
        ask()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind}")


client = cartesia()

# Faults first: the fake deals them out in this order.
error = refused(InvalidStatus, lambda: client.tts.websocket_connect().enter())
assert error.response.status_code == 429 and error.response.headers["Retry-After"] == "7"
connection = client.tts.websocket_connect().enter()
first = context(connection)
first.push("Hello there. ")
assert [event.type for event in first.receive()] == ["timestamps", "chunk"]
connection = client.tts.websocket_connect().enter()
first = context(connection)
first.push("Hello there. ")
refused(ConnectionClosedError, lambda: list(first.receive()))
connection = client.tts.websocket_connect().enter()
first = context(connection)
first.push("Hello there. ")
refused(json.JSONDecodeError, lambda: list(first.receive()))
connection.close()

# The key and the status.
assert refused(AuthenticationError, lambda: cartesia("wrong").get_status()).status_code == 401
error = refused(InvalidStatus, lambda: cartesia("wrong").tts.websocket_connect().enter())
assert error.response.status_code == 401
assert client.get_status().ok

with client.tts.websocket_connect() as connection:
    # Clauses that continue one another, with flushes between them: one timeline for all.
    one = context(connection)
    for text in ["Hello there. ", "How are you?"]:
        one.push(text)
        one.push("", flush=True)
    one.no_more_inputs()
    events = list(one.receive())
    assert [event.flush_id for event in events if event.type == "flush_done"] == [1, 2], events
    assert events[-1].type == "done" and events[-1].done
    assert all(event.context_id == one._context_id and event.status_code == 206 for event in events)
    assert len(said(events, 1)[0]) == length("Hello there.") and len(said(events, 2)[0]) == length("How are you?")
    audio, words = said(events)
    assert [word for word, _, _ in words] == ["Hello", "there.", "How", "are", "you?"], words
    assert [round(start, 3) for _, start, _ in words] == [0.0, 0.2, 0.4, 0.6, 0.8], words
    assert all(round(end - start, 3) == 0.18 for _, start, end in words), words
    assert max(array.array("h", audio)) > 1000

    # Nothing is done while more may follow, and text that waits is spoken at the end.
    two = context(connection, max_buffer_delay_ms=3000)
    two.push("No ")
    two.push("flush.")
    two.no_more_inputs()
    events = list(two.receive())
    assert [event.type for event in events if event.type != "chunk"] == ["timestamps", "done"], events
    assert [word for word, _, _ in said(events)[1]] == ["No", "flush."]

    # Two at once do not mix, but for the wire.
    three, four = context(connection), context(connection)
    for part in range(4):
        three.push(f"left {part} ")
        four.push(f"right {part} ")
    three.no_more_inputs()
    four.no_more_inputs()
    left, right = list(three.receive()), list(four.receive())
    assert {event.context_id for event in left} != {event.context_id for event in right}
    assert {word for word, _, _ in said(left)[1]} == {"left", "0", "1", "2", "3"}
    assert {word for word, _, _ in said(right)[1]} == {"right", "0", "1", "2", "3"}
    assert len(said(left)[0]) == len(said(right)[0]) == length("left 0 " * 4)

    # Cancelled: a little still comes, and the connection serves the next one.
    five = context(connection)
    five.push("word " * 100)
    cancelled = five._context_id
    assert connection.recv().context_id == cancelled
    five.cancel()
    late = 0
    while (event := connection.recv()).type != "done":
        assert event.context_id == cancelled
        late += 1
    assert late < 200, late
    six = context(connection, output_format={**FORMAT, "encoding": "pcm_f32le"})
    six.push("Next one.")
    six.no_more_inputs()
    audio, words = said(list(six.receive()))
    assert len(audio) == 2 * length("Next one.") and 0.05 < max(array.array("f", audio)) <= 1.0
    assert [word for word, _, _ in words] == ["Next", "one."]

    # Numbers as they are written or as they are spoken, Chinese in characters, tags in silence.
    for more, text, expected in [
        ({"use_normalized_timestamps": False}, "At 42.", ["At", "42."]),
        ({"use_normalized_timestamps": True}, "At 42.", ["At", "four", "two"]),
        ({"language": "zh"}, "您好。", ["您", "好", "。"]),
        ({}, 'One <break time="1s"/> two', ["One", "two"]),
        ({"generation_config": {"speed": 1.2, "volume": 0.8, "emotion": "calm"}}, "Calm", ["Calm"]),
        ({"add_timestamps": False}, "Quiet", []),
    ]:
        seven = context(connection, **more)
        seven.push(text)
        seven.no_more_inputs()
        events = list(seven.receive())
        assert [word for word, _, _ in said(events)[1]] == expected, (text, events)
        assert said(events)[0]

    # Errors end a context, not the connection.
    for more, status, code in [
        ({"model_id": "sonic-english"}, 400, "model_sunsetted"),
        ({"model_id": "tenor"}, 400, "model_not_found"),
        ({"voice": {"mode": "id", "id": "nobody"}}, 404, "voice_not_found"),
        ({"generation_config": {"speed": 9}}, 400, "invalid_request"),
        ({"output_format": {**FORMAT, "sample_rate": 12345}}, 400, "invalid_request"),
    ]:
        eight = context(connection, **more)
        eight.push("Hello")
        events = list(eight.receive())
        assert len(events) == 1 and events[0].type == "error" and events[0].done, events
        assert (events[0].status_code, events[0].error_code) == (status, code), events
        assert events[0].context_id == eight._context_id and events[0].message and events[0].title
    nine = context(connection)
    nine.push("One")
    nine.push("Two", language="de")
    assert [event.type for event in nine.receive()][-1] == "error"

    # A context that nobody speaks in is gone after a while.
    ten = context(connection)
    ten.push("Late")
    while connection.recv().type != "chunk":
        pass
    time.sleep(1.5)
    ten.push("r")
    assert [event.type for event in ten.receive()][-1] == "error"

    # No more than three at once.
    many = [context(connection) for _ in range(4)]
    for each in many:
        each.push("word " * 100)
    event = connection.recv()
    while event.type != "error":
        event = connection.recv()
    assert (event.status_code, event.context_id) == (429, many[3]._context_id), event
    for each in many[:3]:
        each.cancel()
    last = context(connection)
    last.push("Room again.")
    last.no_more_inputs()
    while event.type != "done" or event.context_id != last._context_id:
        event = connection.recv()
        assert event.type != "error", event

# An older version tells errors in its own shape.
with cartesia(default_headers={"Cartesia-Version": "2025-04-16"}).tts.websocket_connect() as connection:
    older = context(connection, model_id="tenor")
    older.push("Hello")
    event = json.loads(connection.recv_bytes(timeout=20))
    assert event["type"] == "error" and "tenor" in event["error"] and "error_code" not in event, event

print("certified")
