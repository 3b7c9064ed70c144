//! What went wrong, in the words of OpenAI and of those who speak as it does.

use std::time::Duration;

use rooh_core::{Error, ErrorKind};
use rooh_net::Client;
use serde_json::Value;
use serde_json::error::Category;

/// The headers of a refusal that say more of it.
pub(crate) const TOLD_ON: &[&str] = &[
    "x-ratelimit-remaining-requests",
    "x-ratelimit-remaining-tokens",
    "x-ratelimit-reset-requests",
    "x-ratelimit-reset-tokens",
    "x-request-id",
];

/// What can be done about an error of which the word is known. The words have moved between
/// `code` and `type`, so both are looked at.
fn known(word: &str) -> Option<ErrorKind> {
    Some(match word {
        "account_deactivated"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "credit_balance_exhausted"
        | "insufficient_quota"
        | "invalid_api_key" => ErrorKind::Auth,
        "context_length_exceeded" => ErrorKind::Config,
        "content_filter" | "content_policy_violation" | "invalid_prompt" | "moderation_blocked" => {
            ErrorKind::Unsupported
        }
        "model_not_found" => ErrorKind::NotFound,
        "rate_limit_exceeded" => ErrorKind::RateLimited,
        // The last one: the model wrote a call that its server could not read. Another try may go
        // better.
        "overloaded" | "server_error" | "slow_down" | "tool_use_failed" => ErrorKind::Network,
        _ => return None,
    })
}

/// Whether it is about money, of which waiting brings none.
fn is_money(word: &str) -> bool {
    word.starts_with("billing_") || matches!(word, "credit_balance_exhausted" | "insufficient_quota")
}

/// An error in the middle of an answer.
#[derive(Debug)]
pub(crate) struct Fault {
    code: String,
    kind: String,
    text: String,
}

impl Fault {
    /// The error in a chunk, if it is one: `{"error": {…}}`, `{"error": "text"}`, or
    /// `{"object": "error", "message": …}`.
    pub(crate) fn read(chunk: &Value) -> Option<Self> {
        match &chunk["error"] {
            Value::Null | Value::Bool(false) if chunk["object"] == "error" => Some(Self::of(chunk)),
            Value::Null | Value::Bool(false) => None,
            Value::String(text) if text.is_empty() => None,
            error => Some(Self::of(error)),
        }
    }

    pub(crate) fn of(error: &Value) -> Self {
        // Some servers give a status as a number for a code.
        let word = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => String::new(),
        };
        let text = word(if error.is_string() { error } else { &error["message"] });
        Self { code: word(&error["code"]), kind: word(&error["type"]), text }
    }

    /// The error, with words that are still to be masked by [`explain`].
    pub(crate) fn error(self) -> Error {
        let otherwise = match (self.code.as_str(), self.kind.as_str()) {
            ("401" | "403", _) => ErrorKind::Auth,
            ("429", _) => ErrorKind::RateLimited,
            ("400" | "422", _) | (_, "invalid_request_error" | "BadRequestError") => ErrorKind::Config,
            _ => ErrorKind::Network,
        };
        let kind = known(&self.code).or_else(|| known(&self.kind)).unwrap_or(otherwise);
        let error = Error::new(kind, self.text);
        [("code", self.code), ("type", self.kind)]
            .into_iter()
            .filter(|(_, word)| !word.is_empty())
            .fold(error.with(IN_ANSWER, true), |error, (key, word)| error.with(key, word))
    }
}

/// Marks an error that came in the middle of an answer, whose words are the server's alone.
const IN_ANSWER: &str = "in the answer";

/// The server has said that it cannot go on.
pub(crate) fn broke_off(what: &str) -> Error {
    Error::new(ErrorKind::Network, what)
}

/// The model, or who watches it, does not want to answer.
pub(crate) fn withheld(what: &str) -> Error {
    Error::new(ErrorKind::Unsupported, what)
}

/// The connection was closed as if all had been said, which it had not.
pub(crate) fn ended_early() -> Error {
    Error::new(ErrorKind::Network, "the answer ended in its middle").with("cause", "broken")
}

/// No piece of the answer came in time, whatever else did.
pub(crate) fn too_late() -> Error {
    Error::new(ErrorKind::Timeout, "no piece of the answer came in time").with("cause", "timeout")
}

/// A server that answers all at once, or a proxy that tells its own error with a good head.
pub(crate) fn not_streamed(body: &Value) -> Error {
    let unexpected =
        || Error::new(ErrorKind::Protocol, "the server answers in one piece, and not as a stream");
    Fault::read(body).map_or_else(unexpected, Fault::error)
}

/// What came is no message; where it is wrong is said, and not what was said there.
pub(crate) fn no_message(data: &str, error: &dyn NoMessage) -> Error {
    Error::new(ErrorKind::Protocol, "the server sent an event that its protocol does not know")
        .with("found", error.found())
        .with("bytes", data.len())
}

/// Why something is no message, without a word of it.
pub(crate) trait NoMessage {
    fn found(&self) -> String;
}

impl NoMessage for serde_json::Error {
    fn found(&self) -> String {
        let what = if self.classify() == Category::Eof { "the beginning of JSON" } else { "no JSON" };
        format!("{what}, at column {}", self.column())
    }
}

impl NoMessage for &str {
    fn found(&self) -> String {
        (*self).to_owned()
    }
}

/// Says what to do, where that is known, and takes the key out of what the server has said.
pub(crate) fn explain(error: Error, client: &Client, model: &str, has_key: bool) -> Error {
    let base = client.base();
    let words = ["code", "type"].map(|key| error.context(key).unwrap_or_default().to_owned());
    if error.context(IN_ANSWER).is_some() {
        let said = client.told(error.message());
        return copy(&error, error.kind(), format!("the server broke off: {said}"), client);
    }
    let kind = words.iter().find_map(|word| known(word)).unwrap_or(error.kind());
    let recast = |message: &str| copy(&error, kind, message, client);
    match kind {
        ErrorKind::Auth if words.iter().any(|word| is_money(word)) => {
            recast("the account of this key has nothing left to pay with").with("said", error.message())
        }
        ErrorKind::Auth if !has_key => {
            recast("the server wants a key").with("set", "OPENAI_API_KEY, or the option api_key")
        }
        ErrorKind::NotFound if !model.is_empty() => {
            recast("the server has no such model, or none of its address")
                .with("model", model)
                .with("address", base)
        }
        ErrorKind::Network if error.context("cause") == Some("refused") => error.with("address", base),
        // A lock of the vendor, which is gone in a moment.
        ErrorKind::Config if error.context("status") == Some("409") => {
            copy(&error, ErrorKind::Network, error.message(), client)
        }
        ErrorKind::RateLimited if error.retry_after().is_none() => match reset(&error) {
            Some(wait) => error.wait(wait),
            None => error,
        },
        _ if kind != error.kind() => recast(error.message()),
        _ => error,
    }
}

/// The same error as another kind, with the same context, and the wait if it makes sense.
fn copy(error: &Error, kind: ErrorKind, message: impl Into<String>, client: &Client) -> Error {
    let mut other = Error::new(kind, message);
    for key in ["status", "code", "type"].into_iter().chain(TOLD_ON.iter().copied()) {
        if let Some(value) = error.context(key) {
            other = other.with(key, client.told(value));
        }
    }
    match error.retry_after() {
        Some(wait) if other.is_transient() => other.wait(wait),
        _ => other,
    }
}

/// When what is used up is there again, by the headers of the limits.
fn reset(error: &Error) -> Option<Duration> {
    let of = |left: &str, reset: &str| {
        (error.context(left)?.trim() == "0").then(|| duration(error.context(reset)?)).flatten()
    };
    let requests = of("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests");
    requests.max(of("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"))
}

/// A duration as these headers write it: `6m0s`, `1.5s`, `20ms`, or seconds without a unit.
fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(end);
        let (unit, length) = match behind.as_bytes() {
            [b'm', b's', ..] => (0.001, 2),
            [b'd', ..] => (86_400.0, 1),
            [b'h', ..] => (3_600.0, 1),
            [b'm', ..] => (60.0, 1),
            [b's', ..] => (1.0, 1),
            [] => (1.0, 0),
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * unit;
        rest = &behind[length..];
    }
    (!text.trim().is_empty()).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_in_the_answer_is_of_the_kind_that_its_word_says() {
        let kind = |chunk: Value| Fault::read(&chunk).map(|fault| fault.error().kind());
        assert_eq!(
            kind(json!({ "error": { "message": "x", "code": "rate_limit_exceeded" } })),
            Some(ErrorKind::RateLimited)
        );
        assert_eq!(
            kind(json!({ "error": { "type": "insufficient_quota", "code": null } })),
            Some(ErrorKind::Auth)
        );
        assert_eq!(kind(json!({ "error": { "code": "context_length_exceeded" } })), Some(ErrorKind::Config));
        assert_eq!(kind(json!({ "error": { "code": "content_filter" } })), Some(ErrorKind::Unsupported));
        assert_eq!(kind(json!({ "error": { "code": 429 } })), Some(ErrorKind::RateLimited));
        assert_eq!(kind(json!({ "error": { "code": 502, "message": "x" } })), Some(ErrorKind::Network));
        assert_eq!(kind(json!({ "error": "the runner stopped" })), Some(ErrorKind::Network));
        assert_eq!(kind(json!({ "error": {} })), Some(ErrorKind::Network));
        let old = json!({ "object": "error", "message": "x", "type": "BadRequestError", "code": 400 });
        assert_eq!(kind(old), Some(ErrorKind::Config));
        for none in [json!({}), json!({ "error": null }), json!({ "error": "" }), json!({ "object": "x" })] {
            assert_eq!(kind(none.clone()), None, "{none}");
        }
    }

    #[test]
    fn the_wait_is_read_from_the_limits_where_nothing_else_says_it() {
        let limited = |context: &[(&'static str, &str)]| {
            let error = Error::new(ErrorKind::RateLimited, "slow down");
            let error = context.iter().fold(error, |error, (key, value)| error.with(key, value));
            reset(&error)
        };
        let requests = [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1m2.5s")];
        let tokens = [("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "20ms")];
        assert_eq!(limited(&requests), Some(Duration::from_millis(62_500)));
        assert_eq!(limited(&tokens), Some(Duration::from_millis(20)));
        assert_eq!(limited(&[requests, tokens].concat()), Some(Duration::from_millis(62_500)));
        assert_eq!(limited(&[("x-ratelimit-remaining-tokens", "7"), tokens[1]]), None);
        assert_eq!(limited(&requests[..1]), None);
        assert_eq!(duration("6m0s"), Some(Duration::from_secs(360)));
        assert_eq!(duration("10"), Some(Duration::from_secs(10)));
        for wrong in ["", "soon", "1x", "-1s", "1..2s", "99999999999999999999999s"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
}
