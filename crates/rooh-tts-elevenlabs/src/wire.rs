//! The messages of the vendor, and what its errors mean.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{Client, Route};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::ElevenLabsOptions;

/// The name in traces and in errors.
pub(crate) const VENDOR: &str = "ElevenLabs";
/// How long the vendor keeps a context to which nothing is said, in seconds: the most that it allows.
const INACTIVITY: u32 = 180;
/// The word with which a socket ends that has too many contexts.
const TOO_MANY_CONTEXTS: &str = "max_active_conversations";

/// Where several replies speak over one socket, with what holds for all of them.
pub(crate) fn socket_route(options: &ElevenLabsOptions) -> Route {
    let route = voice(options, "multi-stream-input")
        .query("model_id", &options.model)
        // No waiting for more text: what comes are clauses, and each of them is to be spoken.
        .query("auto_mode", true)
        .query("sync_alignment", true)
        .query("inactivity_timeout", INACTIVITY);
    let optional = [
        ("language_code", options.language_code.clone()),
        ("apply_text_normalization", options.apply_text_normalization.map(|how| how.as_str().to_owned())),
        ("seed", options.seed.map(|seed| seed.to_string())),
    ];
    let set = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
    set.fold(route, |route, (name, value)| route.query(name, value))
}

/// Where one clause is spoken.
pub(crate) fn http_route(options: &ElevenLabsOptions) -> Route {
    voice(options, "stream")
}

fn voice(options: &ElevenLabsOptions, how: &'static str) -> Route {
    let route = Route::new("/v1/text-to-speech").segment(options.voice.trim()).segment(how);
    let route = route.query("output_format", options.output_format.as_str());
    match options.enable_logging {
        Some(logging) => route.query("enable_logging", logging),
        None => route,
    }
}

/// The body that has one clause spoken; `before` is what was spoken before it.
pub(crate) fn body(options: &ElevenLabsOptions, text: &str, before: &str) -> Value {
    let mut body = json!({ "text": text, "model_id": options.model });
    let optional = [
        ("voice_settings", options.voice_settings()),
        ("language_code", options.language_code.as_deref().map(Value::from)),
        ("seed", options.seed.map(Value::from)),
        ("apply_text_normalization", options.apply_text_normalization.map(|how| how.as_str().into())),
        ("pronunciation_dictionary_locators", options.locators()),
        ("previous_text", (!before.is_empty()).then(|| before.into())),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            body[name] = value;
        }
    }
    body
}

/// Opens a context: one space, as the protocol wants it, and what holds for this reply alone.
pub(crate) fn open(context: &str, options: &ElevenLabsOptions) -> Value {
    let mut message = json!({ "text": " ", "context_id": context });
    if let Some(settings) = options.voice_settings() {
        message["voice_settings"] = settings;
    }
    if let Some(locators) = options.locators() {
        message["pronunciation_dictionary_locators"] = locators;
    }
    message
}

/// Has a clause spoken, and not wait for more.
pub(crate) fn say(context: &str, clause: &str) -> Value {
    json!({ "text": clause, "context_id": context, "flush": true })
}

/// Ends a context, or gives it up.
pub(crate) fn close(context: &str) -> Value {
    json!({ "context_id": context, "close_context": true })
}

/// Keeps a context; it would be the end of everything on the other kind of socket.
pub(crate) fn keep(context: &str) -> Value {
    json!({ "text": "", "context_id": context })
}

/// A clause as it is sent: one that ends with a space, without characters that nobody speaks.
pub(crate) fn plain(clause: &str) -> String {
    let mut text: String = clause.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if !text.ends_with(' ') {
        text.push(' ');
    }
    text
}

/// A message of the vendor.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Message {
    alignment: Option<Alignment>,
    audio: Option<String>,
    code: Value,
    pub(crate) context_id: Option<String>,
    error: Value,
    pub(crate) is_final: Option<bool>,
    message: Value,
    normalized_alignment: Option<Alignment>,
}

/// When the characters of a text are spoken, in milliseconds from the start of the audio that comes
/// with it.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Alignment {
    chars: Vec<String>,
    char_start_times_ms: Vec<f64>,
    char_durations_ms: Vec<f64>,
}

/// Reads a message; the error says where it is wrong, and not what was said there.
pub(crate) fn read(text: &str) -> Result<Message> {
    serde_json::from_str(text).map_err(|error| {
        malformed("a message that its protocol does not know")
            .with("column", error.column())
            .with("bytes", text.len())
    })
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("{VENDOR} sent {what}"))
}

/// A message without its audio, for traces.
pub(crate) fn brief(text: &str) -> String {
    let Ok(mut message) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    if let Some(audio) = message["audio"].as_str() {
        message["audio"] = format!("{} characters of audio", audio.len()).into();
    }
    message.to_string()
}

impl Message {
    /// The audio, decoded.
    pub(crate) fn audio(&self) -> Result<Vec<u8>> {
        let audio = self.audio.as_deref().unwrap_or_default();
        STANDARD.decode(audio).map_err(|error| malformed("audio that is no base64").with("found", error))
    }

    /// The characters of the text with the moments at which they are over, counted from the start of
    /// the audio of this message.
    ///
    /// Those of the text as it was sent, or else, and where a dictionary has changed the text anyway,
    /// as it was written out.
    pub(crate) fn characters(&self, is_rewritten: bool) -> impl Iterator<Item = (&str, Duration)> {
        let own = [&self.alignment, &self.normalized_alignment];
        let order = if is_rewritten { [own[1], own[0]] } else { own };
        let found = order.into_iter().flatten().find(|alignment| !alignment.chars.is_empty());
        found.into_iter().flat_map(|Alignment { chars, char_start_times_ms, char_durations_ms }| {
            let ends =
                char_start_times_ms.iter().zip(char_durations_ms).map(|(start, length)| start + length);
            chars.iter().map(String::as_str).zip(ends.map(|end| {
                // A message holds seconds of audio; more than an hour is a mistake.
                Duration::from_secs_f64((end / 1_000.0).clamp(0.0, 3_600.0))
            }))
        })
    }

    /// What is wrong, if the message says so.
    pub(crate) fn failure(&self, client: &Client) -> Option<Error> {
        let word = self.error.as_str().unwrap_or_default();
        let text = self.message.as_str().unwrap_or_default();
        if word.is_empty() && (text.is_empty() || self.code.is_null()) {
            return None;
        }
        let code = self.code.as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(1008);
        Some(refused(client, code, word, text))
    }
}

/// The socket was closed by the vendor, with this code and these words.
pub(crate) fn closed(client: &Client, code: u16, words: &str) -> Error {
    refused(client, code, words, words)
}

fn refused(client: &Client, code: u16, word: &str, text: &str) -> Error {
    // The reason of a closed socket is a word, or a sentence that holds one.
    let known =
        word.split(|c: char| !c.is_ascii_lowercase() && c != '_').find_map(|word| Some((word, kind(word)?)));
    let by_code = match code {
        1002 | 1003 | 1007 | 1009 | 1010 => ErrorKind::Protocol,
        1008 => ErrorKind::Config,
        _ => ErrorKind::Network,
    };
    let said = client.told(if text.is_empty() { word } else { text });
    let message = match code {
        _ if !said.is_empty() => format!("{VENDOR} refused: {said}"),
        1008 => format!("{VENDOR} refused"),
        _ => format!("{VENDOR} closed the connection"),
    };
    let error = Error::new(known.map_or(by_code, |(_, kind)| kind), message).with("close", code);
    match known {
        Some((word, _)) => error.with("code", word),
        None => error,
    }
}

/// What the word of an error means, where it says more than a status or the code of a close.
fn kind(word: &str) -> Option<ErrorKind> {
    Some(match word {
        // Used up is not over soon: nobody is to ask again before somebody has paid.
        "invalid_api_key"
        | "missing_permissions"
        | "needs_authorization"
        | "payment_required"
        | "quota_exceeded"
        | "unauthorized" => ErrorKind::Auth,
        "max_character_limit_exceeded" | "output_format_not_allowed" | "unsupported_output_format" => {
            ErrorKind::Config
        }
        "input_timeout_exceeded" | "internal_error" | "internal_server_error" => ErrorKind::Network,
        "model_not_found" | "voice_not_found" => ErrorKind::NotFound,
        "concurrent_limit_exceeded"
        | "rate_limit_exceeded"
        | "system_busy"
        | "too_many_concurrent_requests"
        | TOO_MANY_CONTEXTS => ErrorKind::RateLimited,
        _ => return None,
    })
}

/// An error of HTTP, as the words of the vendor have it.
pub(crate) fn explain(error: Error) -> Error {
    let by_word = error.context("code").and_then(kind);
    let by_status = (error.context("status") == Some("402")).then_some(ErrorKind::Auth);
    let Some(kind) = by_word.or(by_status).filter(|kind| *kind != error.kind()) else { return error };
    let mut explained = Error::new(kind, error.message());
    for key in ["status", "code"] {
        if let Some(value) = error.context(key) {
            explained = explained.with(key, value);
        }
    }
    match error.retry_after() {
        Some(wait) => explained.wait(wait),
        None => explained,
    }
}

/// Whether the same may go through over another socket.
pub(crate) fn is_of_socket(error: &Error) -> bool {
    error.kind() == ErrorKind::Network || error.context("code") == Some(TOO_MANY_CONTEXTS)
}

#[cfg(test)]
mod tests {
    use rooh_core::options::Secret;
    use rooh_net::{BaseUrl, Cleartext};

    use super::*;

    fn client() -> Client {
        let base = BaseUrl::parse("https://api.elevenlabs.io", Cleartext::Loopback).unwrap();
        Client::new(VENDOR, base).key("xi-api-key", "", Secret::new("sk_4711")).unwrap()
    }

    #[test]
    fn a_message_is_read_as_the_vendor_writes_it_and_what_is_unknown_is_ignored() {
        let message = read(
            r#"{"audio":"AQI=","isFinal":null,"contextId":"c1","new":{"a":1},
                "normalizedAlignment":{"chars":["f","i"],"charStartTimesMs":[0,5],"charDurationsMs":[5,5]},
                "alignment":{"chars":["5"," "],"charStartTimesMs":[0,50],"charDurationsMs":[50,7],"more":[]}}"#,
        )
        .unwrap();
        assert_eq!(message.audio().unwrap(), [1, 2]);
        let ends = |rewritten| {
            message.characters(rewritten).map(|(c, end)| (c, end.as_millis())).collect::<Vec<_>>()
        };
        assert_eq!(ends(false), [("5", 50), (" ", 57)]);
        assert_eq!(ends(true), [("f", 5), ("i", 10)]);
        assert!(message.failure(&client()).is_none());
        let bare = read(r#"{"audio":null,"alignment":null,"contextId":"c1","isFinal":true}"#).unwrap();
        assert_eq!(
            (bare.is_final, bare.audio().unwrap().len(), bare.characters(false).count()),
            (Some(true), 0, 0)
        );
        let odd = r#"{"alignment":{"chars":["a"],"charStartTimesMs":[-5],"charDurationsMs":[1e300]}}"#;
        assert_eq!(read(odd).unwrap().characters(false).next().unwrap().1, Duration::from_secs(3_600));
    }

    #[test]
    fn what_is_no_message_is_refused_and_not_repeated() {
        for wrong in ["", "hidden", "[]hidden", r#"{"audio":7,"x":"hidden"}"#] {
            let error = read(wrong).err().map(|error| (error.kind(), error.to_string().contains("hidden")));
            assert_eq!(error, Some((ErrorKind::Protocol, false)), "{wrong}");
        }
        let error = read(r#"{"audio":"%%"}"#).unwrap().audio().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }

    #[test]
    fn errors_say_what_can_be_done_and_never_the_key() {
        let of = |text: &str| read(text).unwrap().failure(&client()).unwrap();
        for (word, kind) in [
            ("invalid_api_key", ErrorKind::Auth),
            ("quota_exceeded", ErrorKind::Auth),
            ("voice_not_found", ErrorKind::NotFound),
            ("too_many_concurrent_requests", ErrorKind::RateLimited),
            ("max_active_conversations", ErrorKind::RateLimited),
            ("input_timeout_exceeded", ErrorKind::Network),
            ("something_new", ErrorKind::Config),
        ] {
            let error = of(&format!(r#"{{"message":"bad sk_4711","error":"{word}","code":1008}}"#));
            assert_eq!((error.kind(), error.message()), (kind, "ElevenLabs refused: bad …"), "{word}");
            assert_eq!(closed(&client(), 1008, &format!("Sorry: {word}.")).kind(), kind);
        }
        for (code, kind) in
            [(1000, ErrorKind::Network), (1011, ErrorKind::Network), (1002, ErrorKind::Protocol)]
        {
            assert_eq!(closed(&client(), code, "").kind(), kind, "{code}");
        }
        let used_up =
            Error::new(ErrorKind::RateLimited, "no").with("status", 429).with("code", "quota_exceeded");
        assert_eq!(explain(used_up.wait(Duration::from_secs(3))).kind(), ErrorKind::Auth);
        let busy = Error::new(ErrorKind::RateLimited, "no").with("status", 429).wait(Duration::from_secs(3));
        assert_eq!(explain(busy).retry_after(), Some(Duration::from_secs(3)));
    }

    #[test]
    fn a_trace_holds_no_audio() {
        assert_eq!(
            brief(r#"{"audio":"AAAA","contextId":"c1"}"#),
            r#"{"audio":"4 characters of audio","contextId":"c1"}"#
        );
        assert_eq!(brief("no json"), "no json");
    }
}
