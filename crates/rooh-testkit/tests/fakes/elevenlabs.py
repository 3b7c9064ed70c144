"""Asks a fake ElevenLabs what our provider asks, with the client that ElevenLabs publishes.

The client speaks HTTP and `stream-input` by itself. For `multi-stream-input` it has the messages and
no connection: they are written and read with its types here, over the WebSockets that it uses itself.
"""

import asyncio
import base64
import importlib.metadata
import json
import sys

import httpx
import websockets
from elevenlabs import VoiceSettings
from elevenlabs.client import ElevenLabs
from elevenlabs.core.api_error import ApiError
from elevenlabs.core.pydantic_utilities import parse_obj_as
from elevenlabs.types import (
    AudioOutputMulti,
    CloseContext,
    CloseSocket,
    FinalOutputMulti,
    FlushContext,
    InitializeConnectionMulti,
    KeepContextAlive,
    RealtimeVoiceSettings,
    SendTextMulti,
    WebsocketTtsClientMessageMulti,
)

assert importlib.metadata.version("elevenlabs") == "2.78.0", "another client than the one that is pinned"
URL, VOICE = sys.argv[1], "JBFqnCBsd6RMkjVDRZzb"
FLASH = "eleven_flash_v2_5"
once = {"max_retries": 0}
client = ElevenLabs(api_key="sk_4711", base_url=URL, timeout=20)
# It asks for TLS otherwise.
client.text_to_speech._ws_base_url = URL.replace("http://", "ws://")


def refused(kind, ask):
    try:
        ask()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind}")


def stream(voice=VOICE, text="Hello there", model_id=FLASH, output_format="pcm_16000", by=client, **more):
    pieces = by.text_to_speech.stream(
        voice, text=text, model_id=model_id, output_format=output_format, request_options=once, **more
    )
    return b"".join(pieces)


# Faults first: the fake deals them out in this order.
error = refused(ApiError, stream)
assert error.status_code == 429 and error.body["detail"]["status"] == "too_many_concurrent_requests", error
assert refused(ApiError, stream).status_code == 500
refused(httpx.RemoteProtocolError, stream)

# HTTP: two words of 200 ms each, in all formats.
settings = VoiceSettings(stability=0.5, similarity_boost=0.75, style=0.0, use_speaker_boost=True, speed=1.1)
whole = stream(voice_settings=settings, language_code="en", seed=7, previous_text="Well.")
assert len(whole) == 2 * 16 * 400, len(whole)
assert stream() == whole
for name, size in [("pcm_8000", 16), ("pcm_24000", 48), ("ulaw_8000", 8), ("alaw_8000", 8)]:
    assert len(stream(output_format=name)) == size * 400, name
once_more = b"".join(
    client.text_to_speech.convert(VOICE, text="Hello there", model_id=FLASH, output_format="pcm_16000")
)
assert once_more == whole
models = {model.model_id: model for model in client.models.list()}
assert models[FLASH].can_do_text_to_speech and models[FLASH].languages[0].language_id == "en"

# What is refused.
wrong = ElevenLabs(api_key="wrong", base_url=URL)
for word, status, ask in [
    ("invalid_api_key", 401, lambda: stream(by=wrong)),
    ("voice_not_found", 400, lambda: stream(voice="nobody")),
    ("model_not_found", 400, lambda: stream(model_id="eleven_x")),
    ("output_format_not_allowed", 403, lambda: stream(output_format="pcm_44100")),
    ("max_character_limit_exceeded", 400, lambda: stream(text="word " * 9000)),
]:
    error = refused(ApiError, ask)
    assert (error.status_code, error.body["detail"]["status"]) == (status, word), (word, error)
error = refused(ApiError, lambda: stream(text=None))
assert error.status_code == 422, error


# `stream-input`, with the client's own connection.
def realtime(voice=VOICE, **more):
    text = iter(["Hello ", "there, ", "how are you today? ", "Well, ", "I hope."])
    return b"".join(client.text_to_speech.convert_realtime(voice, text=text, model_id=FLASH, **more))


spoken = realtime(output_format="pcm_16000", voice_settings=settings)
assert len(spoken) == 2 * 16 * 200 * 9, len(spoken)
for voice, model_word in [("nobody", "voice_not_found")]:
    error = refused(ApiError, lambda: realtime(voice=voice, output_format="pcm_16000"))
    assert error.status_code == 1008 and model_word in str(error.body), error


# `multi-stream-input`, with the client's types.
class Socket:
    def __init__(self, socket):
        self.socket = socket

    async def say(self, message):
        await self.socket.send(json.dumps({k: v for k, v in message.dict().items() if v is not None}))

    async def hear(self):
        message = json.loads(await asyncio.wait_for(self.socket.recv(), 20))
        kind = FinalOutputMulti if message.get("isFinal") else AudioOutputMulti
        return parse_obj_as(kind, message)

    async def until_final(self, context):
        audio, characters = b"", ""
        while True:
            message = await self.hear()
            if message.context_id != context:
                continue
            if isinstance(message, FinalOutputMulti):
                assert message.is_final is True
                return audio, characters
            piece = base64.b64decode(message.audio)
            audio += piece
            own = message.alignment
            count = len(own.chars)
            assert count == len(own.char_start_times_ms) == len(own.char_durations_ms) > 0, own
            # Each message counts from the start of its own audio.
            assert 0 <= own.char_start_times_ms[0] and own.char_start_times_ms[-1] <= len(piece) / 32, own
            assert message.normalized_alignment.chars
            characters += "".join(own.chars)

    async def closed(self):
        try:
            while True:
                message = json.loads(await asyncio.wait_for(self.socket.recv(), 20))
        except websockets.exceptions.ConnectionClosed as closed:
            return closed.rcvd.code, message


def connect(voice=VOICE):
    query = f"model_id={FLASH}&output_format=pcm_16000&auto_mode=true&sync_alignment=true&inactivity_timeout=180"
    url = URL.replace("http://", "ws://") + f"/v1/text-to-speech/{voice}/multi-stream-input?{query}"
    return websockets.connect(url, additional_headers={"xi-api-key": "sk_4711"})


async def multi():
    async with connect() as raw:
        socket = Socket(raw)
        live = RealtimeVoiceSettings(stability=0.5, similarity_boost=0.75, style=0.0, use_speaker_boost=True, speed=1.1)
        await socket.say(InitializeConnectionMulti(context_id="one", voice_settings=live))
        await socket.say(SendTextMulti(text="Grüße aus ", context_id="one"))
        await socket.say(KeepContextAlive(context_id="one"))
        await socket.say(FlushContext(text="dem Norden. ", context_id="one", flush=True))
        await socket.say(CloseContext(context_id="one", close_context=True))
        audio, characters = await socket.until_final("one")
        assert len(audio) == 2 * 16 * 800 and characters == " Grüße aus dem Norden. ", (len(audio), characters)

        # Given up: its audio still comes, under its own name, beside that of the next.
        await socket.say(InitializeConnectionMulti(context_id="two"))
        await socket.say(SendTextMulti(text="This is given up. ", context_id="two", flush=True))
        await socket.say(CloseContext(context_id="two", close_context=True))
        await socket.say(InitializeConnectionMulti(context_id="three"))
        await socket.say(SendTextMulti(text="This is not. ", context_id="three", flush=True))
        await socket.say(CloseContext(context_id="three", close_context=True))
        audio, characters = await socket.until_final("three")
        assert len(audio) == 2 * 16 * 600 and characters == " This is not. ", (len(audio), characters)
        await socket.say(CloseSocket(close_socket=True))
        code, _ = await socket.closed()
        assert code == 1000, code

    # Six at once are one too many.
    async with connect() as raw:
        socket = Socket(raw)
        for n in range(6):
            await socket.say(InitializeConnectionMulti(context_id=f"c{n}"))
        code, last = await socket.closed()
        assert (code, last["error"]) == (1008, "max_active_conversations"), (code, last)

    # A keepalive before the beginning spoils the beginning.
    async with connect() as raw:
        socket = Socket(raw)
        await socket.say(KeepContextAlive(context_id="c"))
        await socket.say(InitializeConnectionMulti(context_id="c", voice_settings=live))
        assert (await socket.closed())[0] == 1008

    async with connect(voice="nobody") as raw:
        socket = Socket(raw)
        await socket.say(InitializeConnectionMulti(context_id="c"))
        code, last = await socket.closed()
        assert (code, last["error"], last["code"]) == (1008, "voice_not_found", 1008), (code, last)


asyncio.run(multi())

# What our provider sends, to the letter of its own test, is nothing that the client does not know.
KNOWN = {"context_id", "contextId", *WebsocketTtsClientMessageMulti.model_fields}
for message in [
    {
        "text": " ", "context_id": "reply-1",
        "voice_settings": {
            "similarity_boost": 0.75, "speed": 1.1, "stability": 0.5, "style": 0.0, "use_speaker_boost": True,
        },
        "pronunciation_dictionary_locators": [{"pronunciation_dictionary_id": "d1", "version_id": "v1"}],
    },
    {"text": "Grüße an alle. ", "context_id": "reply-1", "flush": True},
    {"text": "", "context_id": "reply-1"},
    {"context_id": "reply-1", "close_context": True},
]:
    assert KNOWN.issuperset(message), message
    read = parse_obj_as(WebsocketTtsClientMessageMulti, message)
    for name in ["text", "flush", "close_context"]:
        assert getattr(read, name) == message.get(name), (name, read)
    if "voice_settings" in message:
        settings = read.voice_settings
        assert (settings.stability, settings.speed, settings.use_speaker_boost) == (0.5, 1.1, True), read
        assert read.pronunciation_dictionary_locators[0].version_id == "v1", read

print("certified")
