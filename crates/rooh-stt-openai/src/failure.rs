//! What went wrong, in the words of OpenAI and of those who speak as it does.

use rooh_core::{Error, ErrorKind};
use rooh_net::Client;
use serde_json::Value;

/// What can be done about an error of which the word is known.
fn known(word: &str) -> Option<ErrorKind> {
    Some(match word {
        "account_deactivated"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "insufficient_quota"
        | "invalid_api_key" => ErrorKind::Auth,
        "model_not_found" => ErrorKind::NotFound,
        "rate_limit_exceeded" => ErrorKind::RateLimited,
        "server_error" | "session_expired" => ErrorKind::Network,
        _ => return None,
    })
}

/// Whether it is about money, of which waiting brings none.
fn is_money(word: &str) -> bool {
    word.starts_with("billing_") || word == "insufficient_quota"
}

/// Says what to do about a refusal, where that is known.
pub(crate) fn explain(error: Error, client: &Client, model: &str, has_key: bool) -> Error {
    let words = ["code", "type"].map(|key| error.context(key).unwrap_or_default().to_owned());
    let recast = |kind, message: &str| {
        ["status", "code", "type"].into_iter().fold(Error::new(kind, message), |other, key| {
            match error.context(key) {
                Some(value) => other.with(key, client.told(value)),
                None => other,
            }
        })
    };
    match words.iter().find_map(|word| known(word)).unwrap_or(error.kind()) {
        ErrorKind::Auth if words.iter().any(|word| is_money(word)) => {
            recast(ErrorKind::Auth, "the account of this key has nothing left to pay with")
                .with("said", error.message())
        }
        ErrorKind::Auth if !has_key => recast(ErrorKind::Auth, "the server wants a key")
            .with("set", "OPENAI_API_KEY, or the option api_key"),
        ErrorKind::NotFound => {
            recast(ErrorKind::NotFound, "the server has no such model, or speaks at another address")
                .with("model", model)
                .with("address", client.base())
        }
        ErrorKind::Network if error.context("cause") == Some("refused") => {
            error.with("address", client.base())
        }
        // A lock of the vendor, which is gone in a moment.
        ErrorKind::Config if error.context("status") == Some("409") => {
            recast(ErrorKind::Network, error.message())
        }
        _ => error,
    }
}

/// What can be done about an error that came in the middle, by its words; `None` if no word is known.
pub(crate) fn kind_of(error: &Value) -> Option<ErrorKind> {
    ["code", "type"].into_iter().find_map(|key| known(error[key].as_str()?))
}

/// An error that came in the middle.
pub(crate) fn broke_off(kind: ErrorKind, what: &str, error: &Value, client: &Client) -> Error {
    let said = client.told(error["message"].as_str().unwrap_or_default());
    let other = Error::new(kind, format!("{what}: {said}"));
    match error["code"].as_str() {
        Some(code) => other.with("code", client.told(code)),
        None => other,
    }
}

/// The socket was closed, with this code and these words.
pub(crate) fn closed(code: u16, words: &str, name: &str) -> Error {
    // The words of some codes name the error, as in `invalid_request_error.invalid_api_key`.
    let kind = words.split(['.', ' ', ':', ',']).find_map(known).unwrap_or(match code {
        1002 | 1003 | 1007 | 1009 => ErrorKind::Protocol,
        _ => ErrorKind::Network,
    });
    let error = Error::new(kind, format!("{name} has closed the session")).with("code", code);
    if words.is_empty() { error } else { error.with("said", words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_is_closed_says_whether_another_would_help() {
        assert_eq!(closed(1001, "", "x").kind(), ErrorKind::Network);
        assert_eq!(closed(1005, "", "x").kind(), ErrorKind::Network);
        assert_eq!(closed(1009, "too big", "x").kind(), ErrorKind::Protocol);
        assert_eq!(closed(3000, "invalid_request_error.invalid_api_key", "x").kind(), ErrorKind::Auth);
        assert_eq!(closed(1000, "session_expired", "x").kind(), ErrorKind::Network);
    }
}
