//! What went wrong, in the words of Anthropic.

use rooh_core::{Error, ErrorKind};
use rooh_net::Client;
use serde_json::Value;

/// The header of a refusal by which Anthropic finds the request again.
pub(crate) const TOLD_ON: &[&str] = &["request-id"];

/// What can be done about an error of this type; `None` for one that is not known.
fn known(word: &str) -> Option<ErrorKind> {
    Some(match word {
        "authentication_error" | "billing_error" | "permission_error" => ErrorKind::Auth,
        "invalid_request_error" | "request_too_large" => ErrorKind::Config,
        "not_found_error" => ErrorKind::NotFound,
        "rate_limit_error" => ErrorKind::RateLimited,
        "timeout_error" => ErrorKind::Timeout,
        // A conflict is a lock that is gone in a moment.
        "api_error" | "conflict_error" | "overloaded_error" => ErrorKind::Network,
        _ => return None,
    })
}

/// Whether it is about money, of which waiting brings none: a limit of the account or its contract,
/// which comes with the same status as one of the rate.
fn is_money(word: &str) -> bool {
    word == "billing_error" || word.ends_with("_spend_limit_reached") || word.contains("_billing_")
}

/// An error event in the middle of an answer.
pub(crate) fn in_answer(event: &Value, client: &Client) -> Error {
    let error = &event["error"];
    let word = |value: &Value| value.as_str().map(|text| client.told(text)).unwrap_or_default();
    let kind = known(&word(&error["type"])).unwrap_or(ErrorKind::Network);
    let broken = Error::new(kind, format!("Anthropic broke off: {}", word(&error["message"])));
    let words = [
        ("code", word(&error["details"]["error_code"])),
        ("type", word(&error["type"])),
        ("request-id", word(&event["request_id"])),
    ];
    let words = words.into_iter().filter(|(_, word)| !word.is_empty());
    money(words.fold(broken, |error, (key, word)| error.with(key, word)))
}

/// Says what to do about a refusal, where that is known.
pub(crate) fn explain(error: Error, client: &Client, model: &str) -> Error {
    let word = error.context("type").unwrap_or_default();
    let kind = known(word).unwrap_or(error.kind());
    match kind {
        ErrorKind::NotFound => copy(&error, kind, "there is no such model, or no API at this address")
            .with("model", model)
            .with("address", client.base()),
        ErrorKind::Network if error.context("cause").is_some() => error.with("address", client.base()),
        _ if kind != error.kind() => money(copy(&error, kind, error.message())),
        _ => money(error),
    }
}

fn money(error: Error) -> Error {
    let is_money = ["code", "type"].iter().filter_map(|key| error.context(key)).any(is_money);
    if !is_money {
        return error;
    }
    let message = "the account of this key has reached a limit of what it may spend";
    copy(&error, ErrorKind::Auth, message).with("said", error.message())
}

/// The same error as another kind, with the same context, and the wait if it makes sense.
fn copy(error: &Error, kind: ErrorKind, message: &str) -> Error {
    let words = ["status", "code", "type", "request-id"];
    let words = words.into_iter().filter_map(|key| Some((key, error.context(key)?)));
    let other = words.fold(Error::new(kind, message), |other, (key, word)| other.with(key, word));
    match error.retry_after() {
        Some(wait) if other.is_transient() => other.wait(wait),
        _ => other,
    }
}

/// The connection was closed as if all had been said, which it had not.
pub(crate) fn ended_early() -> Error {
    Error::new(ErrorKind::Network, "the answer of Anthropic ended in its middle").with("cause", "broken")
}

/// What came is nothing that the protocol knows.
pub(crate) fn malformed(found: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Protocol, "Anthropic sent what its protocol does not allow").with("found", found)
}
