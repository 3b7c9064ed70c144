"""Asks a fake of the audio APIs of OpenAI everything that our providers ask, with the client that OpenAI publishes."""

import base64
import importlib.metadata
import io
import json
import sys
import wave

import httpx2
import openai
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

assert importlib.metadata.version("openai") == "3.52.0", "another client than the one that is pinned"
assert importlib.metadata.version("websockets") == "15.0.1", "other sockets than those that are pinned"


def connect(url, key="K"):
    sockets = url.replace("http://", "ws://") + "/v1"
    return openai.OpenAI(
        api_key=key, base_url=url + "/v1", websocket_base_url=sockets, max_retries=0, timeout=20
    )


def refused(kind, ask):
    try:
        ask()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind}")


client, early, late, expiring, failing = (connect(url) for url in sys.argv[1:])
ask = lambda text, **more: client.audio.speech.create(
    **{"model": "gpt-4o-mini-tts", "voice": "alloy", "response_format": "pcm", "input": text, **more}
)

# Faults first: the fake deals them out in this order.
error = refused(openai.RateLimitError, lambda: ask("Hello."))
assert error.code == "rate_limit_exceeded" and error.response.headers["retry-after"] == "7", error
error = refused(openai.RateLimitError, lambda: ask("Hello."))
assert error.code == "insufficient_quota", error
assert refused(openai.InternalServerError, lambda: ask("Hello.")).type == "server_error"
refused((openai.APIError, httpx2.HTTPError), lambda: ask("Hello."))

# Speech, in every form that our provider reads or refuses.
pcm = ask("Good bread, naïve café.", instructions="calm", speed=1.25).content
assert len(pcm) == 2 * 24_000 * 4 // 5, len(pcm)
with client.audio.speech.with_streaming_response.create(
    model="tts-1", voice="nova", input="Good bread, naïve café.", response_format="pcm"
) as streamed:
    assert streamed.headers["content-type"] == "audio/pcm"
    assert b"".join(streamed.iter_bytes()) == pcm
own = ask("Good bread, naïve café.", voice={"id": "voice_17"})
assert own.content == pcm
file = ask("Hello.", response_format="wav").content
assert file[:4] == b"RIFF" and file[4:8] == b"\xff\xff\xff\xff" and file[8:12] == b"WAVE" and len(file) > 44
assert client.audio.speech.create(model="tts-1", voice="nova", input="Hello.").response.headers["content-type"] == "audio/mpeg"
with client.audio.speech.with_streaming_response.create(
    model="gpt-4o-mini-tts", voice="nova", input="Good bread, naïve café.", response_format="pcm", stream_format="sse"
) as streamed:
    lines = [line[6:] for line in streamed.iter_lines() if line.startswith("data: ")]

events = [json.loads(line) for line in lines]
assert events[-1]["type"] == "speech.audio.done" and events[-1]["usage"]["total_tokens"] > 0, events[-1]
assert b"".join(base64.b64decode(event["audio"]) for event in events[:-1]) == pcm
for wrong in [
    {"input": ""},
    {"input": "x" * 4097},
    {"voice": "nobody"},
    {"speed": 9},
    {"response_format": "midi"},
    {"model": "tts-1", "instructions": "calm"},
]:
    error = refused(openai.BadRequestError, lambda: ask(**{"text": "Hello.", **wrong}))
    assert error.code == "invalid_value" and error.param in wrong, (wrong, error.body)
assert refused(openai.NotFoundError, lambda: ask("Hello.", model="missing")).code == "model_not_found"
locked = connect(sys.argv[1], key="wrong")
assert refused(openai.AuthenticationError, lambda: locked.models.retrieve("tts-1")).code == "invalid_api_key"
assert client.models.retrieve("gpt-4o-mini-tts").id == "gpt-4o-mini-tts"
assert refused(openai.NotFoundError, lambda: client.models.retrieve("missing")).code == "model_not_found"


# Transcripts of files.
def wav(samples):
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(24_000)
        out.writeframes(samples)
    return file.getvalue()


def transcribe(samples=pcm, name="audio.wav", **more):
    options = {"model": "gpt-transcribe", "file": (name, wav(samples), "audio/wav"), **more}
    return client.audio.transcriptions.create(**options)


heard = transcribe(language="en", keywords=["bread"], prompt="About bread.")
assert heard.text == "Good bread, naïve café." and heard.usage.seconds > 0.7, heard
assert [language.code for language in heard.languages] == ["en"], heard
heard = transcribe(model="gpt-4o-transcribe", include=["logprobs"], response_format="json")
assert len(heard.logprobs) == 4 and all(token.logprob < 0 for token in heard.logprobs), heard
events = list(transcribe(stream=True))
assert [event.type for event in events] == ["transcript.text.delta"] * 4 + ["transcript.text.done"], events
assert "".join(event.delta for event in events[:-1]) == events[-1].text == "Good bread, naïve café."
assert refused(openai.BadRequestError, lambda: transcribe(samples=pcm[:2000])).code == "audio_too_short"
assert refused(openai.BadRequestError, lambda: transcribe(name="audio")).param == "file"
assert refused(openai.BadRequestError, lambda: transcribe(language="en-US")).param == "language"
assert refused(openai.BadRequestError, lambda: transcribe(model="whisper-1", keywords=["x"])).param == "keywords"
assert refused(openai.NotFoundError, lambda: transcribe(model="missing")).code == "model_not_found"

# A realtime session. What comes is held against the types of the client.
server_event = TypeAdapter(RealtimeServerEvent)
silence = bytes(2 * 24_000)


class Session:
    def __init__(self, client):
        self.manager = client.realtime.connect(extra_query={"intent": "transcription"})

    def __enter__(self):
        self.connection = self.manager.__enter__()
        assert self.next("session.created").session.type == "transcription"
        return self

    def __exit__(self, *error):
        self.manager.__exit__(*error)

    def next(self, kind):
        event = server_event.validate_json(self.connection.recv_bytes())
        assert event.type == kind, (kind, event)
        return event

    def update(self, model="gpt-live-transcribe", turn_detection=None, include=None, **more):
        transcription = {"model": model, **more}
        audio = {
            "format": {"type": "audio/pcm", "rate": 24_000},
            "transcription": transcription,
            "turn_detection": turn_detection,
        }
        session = {"type": "transcription", "audio": {"input": audio}}
        if include:
            session["include"] = include
        self.connection.session.update(session=session, event_id="update")

    def say(self, samples):
        for at in range(0, len(samples), 9_600):
            audio = base64.b64encode(samples[at : at + 9_600]).decode()
            self.connection.input_audio_buffer.append(audio=audio)

    def commit(self):
        self.connection.input_audio_buffer.commit(event_id="commit")

    def error(self):
        return self.next("error").error


DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"

with Session(client) as session:
    session.update(language="en", keywords=["bread"], include=["item.input_audio_transcription.logprobs"])
    updated = session.next("session.updated").session
    assert updated.audio.input.transcription.model == "gpt-live-transcribe", updated
    assert updated.audio.input.turn_detection is None, updated
    session.commit()
    error = session.error()
    assert error.code == "input_audio_buffer_commit_empty" and error.event_id == "commit", error
    before = None
    for _ in range(2):
        session.say(pcm)
        session.commit()
        committed = session.next("input_audio_buffer.committed")
        assert committed.previous_item_id == before, committed
        before = committed.item_id
        assert session.next("conversation.item.added").item.id == before
        deltas = [session.next(DELTA) for _ in range(4)]
        assert "".join(delta.delta for delta in deltas) == "Good bread, naïve café."
        completed = session.next(COMPLETED)
        assert completed.item_id == before and completed.transcript == "Good bread, naïve café.", completed
        assert len(completed.logprobs) == 4 and completed.languages[0].code == "en", completed
        session.next("conversation.item.done")
    session.say(pcm)
    session.connection.input_audio_buffer.clear()
    session.next("input_audio_buffer.cleared")
    session.commit()
    assert session.error().code == "input_audio_buffer_commit_empty"
    for wrong in [
        {"model": "missing"},
        {"language": "en-US"},
        {"model": "gpt-realtime-whisper", "prompt": "x"},
        {"model": "gpt-realtime-whisper", "turn_detection": {"type": "server_vad"}},
        {"model": "whisper-1", "keywords": ["x"]},
    ]:
        session.update(**wrong)
        assert session.error().event_id == "update", wrong

# The vendor judges turns.
with Session(client) as session:
    session.update(turn_detection={"type": "server_vad", "silence_duration_ms": 300})
    session.next("session.updated")
    session.say(pcm + silence)
    item = session.next("input_audio_buffer.speech_started").item_id
    stopped = session.next("input_audio_buffer.speech_stopped")
    assert stopped.item_id == item and 700 <= stopped.audio_end_ms <= 900, stopped
    assert session.next("input_audio_buffer.committed").item_id == item

# Words as they are heard.
with Session(early) as session:
    session.update(model="gpt-realtime-whisper", delay="low")
    session.next("session.updated")
    session.say(pcm)
    heard = "".join(session.next(DELTA).delta for _ in range(4))
    assert heard == "Good bread, naïve café.", heard
    session.commit()
    session.next("input_audio_buffer.committed")
    session.next("conversation.item.added")
    assert session.next(COMPLETED).transcript == heard

# Transcripts out of order, a session that is over, an item that fails.
with Session(late) as session:
    session.update()
    session.next("session.updated")
    items = []
    for _ in range(2):
        session.say(pcm)
        session.commit()
    done = []
    while len(done) < 2:
        event = server_event.validate_json(session.connection.recv_bytes())
        if event.type == "input_audio_buffer.committed":
            items.append(event.item_id)
        if event.type == COMPLETED:
            done.append(event.item_id)
    assert done == items[::-1], (items, done)
with Session(expiring) as session:
    session.commit()
    assert session.error().code == "session_expired"
    refused(Exception, lambda: session.connection.recv_bytes())
with Session(failing) as session:
    session.update()
    session.next("session.updated")
    session.say(silence)
    session.commit()
    session.next("input_audio_buffer.committed")
    session.next("conversation.item.added")
    assert session.next("conversation.item.input_audio_transcription.failed").error.code == "x"
refused(Exception, lambda: Session(locked).__enter__())

print("certified")
