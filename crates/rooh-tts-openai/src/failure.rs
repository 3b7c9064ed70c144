//! What went wrong, in the words of OpenAI and of those who speak as it does.

use rooh_core::{Error, ErrorKind};
use rooh_net::Client;

/// What can be done about a refusal of which the word is known.
fn known(word: &str) -> Option<ErrorKind> {
    Some(match word {
        "account_deactivated"
        | "billing_hard_limit_reached"
        | "billing_not_active"
        | "insufficient_quota" => ErrorKind::Auth,
        "model_not_found" => ErrorKind::NotFound,
        _ => return None,
    })
}

/// Says what to do, where that is known.
pub(crate) fn explain(error: Error, client: &Client, model: &str, has_key: bool) -> Error {
    let word = ["code", "type"].into_iter().find_map(|key| known(error.context(key)?));
    let recast = |kind, message: &str| {
        ["status", "code", "type"].into_iter().fold(Error::new(kind, message), |other, key| {
            match error.context(key) {
                Some(value) => other.with(key, client.told(value)),
                None => other,
            }
        })
    };
    match word.unwrap_or(error.kind()) {
        // Waiting brings no money.
        ErrorKind::Auth if word == Some(ErrorKind::Auth) => {
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
