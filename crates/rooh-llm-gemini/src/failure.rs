//! What went wrong, in the words of Gemini.

use std::time::Duration;

use rooh_core::{Error, ErrorKind};
use rooh_net::Client;
use serde_json::Value;

/// How long a project is left alone that has used up its quota of the day: the quota is back at
/// midnight in California, and what the server says of the wait is about the minute alone.
const DAILY: Duration = Duration::from_secs(60 * 60);
/// The longest wait that is believed.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes of `error` what the details in the body of a refusal say.
pub(crate) fn refined(error: Error, body: &Value) -> Error {
    // Some servers put the one error into a list.
    let said = &body.get(0).unwrap_or(body)["error"];
    let details = || said["details"].as_array().into_iter().flatten();
    let of = |kind: &'static str| details().filter(move |detail| is(detail, kind));
    let has_bad_key = of("ErrorInfo")
        .any(|info| info["reason"].as_str().is_some_and(|reason| reason.starts_with("API_KEY_")));
    if has_bad_key {
        let status = error.context("status").unwrap_or_default().to_owned();
        return Error::new(ErrorKind::Auth, error.message()).with("status", status);
    }
    if error.kind() != ErrorKind::RateLimited {
        return error;
    }
    let is_daily = of("QuotaFailure")
        .flat_map(|failure| failure["violations"].as_array().into_iter().flatten())
        .any(|violation| violation["quotaId"].as_str().is_some_and(|id| id.contains("PerDay")));
    if is_daily {
        return error.with("limit", "the quota of the day").wait(DAILY);
    }
    match of("RetryInfo").find_map(|info| seconds(info["retryDelay"].as_str()?)) {
        Some(wait) => error.wait(wait),
        None => error,
    }
}

/// Whether a detail is of this kind; its type is written `type.googleapis.com/google.rpc.ErrorInfo`.
fn is(detail: &Value, kind: &str) -> bool {
    detail["@type"].as_str().is_some_and(|name| name.rsplit('.').next() == Some(kind))
}

/// A duration as JSON has it: `12s`, `0.8s`.
fn seconds(text: &str) -> Option<Duration> {
    let seconds = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().map(|wait| wait.min(LONGEST_WAIT))
}

/// An error that came with a good head, or after pieces of the answer.
pub(crate) fn in_answer(chunk: &Value, client: &Client) -> Error {
    let said = &chunk["error"];
    let kind = match said["code"].as_u64() {
        Some(401 | 403) => ErrorKind::Auth,
        Some(404) => ErrorKind::NotFound,
        Some(408 | 504) => ErrorKind::Timeout,
        Some(429) => ErrorKind::RateLimited,
        Some(400..=499) => ErrorKind::Config,
        _ => ErrorKind::Network,
    };
    let text = client.told(said["message"].as_str().unwrap_or_default());
    let error = Error::new(kind, format!("Gemini broke off: {text}"));
    let error = match said["code"].as_u64() {
        Some(code) => error.with("status", code),
        None => error,
    };
    refined(error, chunk)
}

/// What came is no message; where it is wrong is said, and not what was said there.
pub(crate) fn no_message(data: &str, error: &serde_json::Error) -> Error {
    Error::new(ErrorKind::Protocol, "Gemini sent an event that its protocol does not know")
        .with("column", error.column())
        .with("bytes", data.len())
}

/// The connection was closed as if all had been said, which it had not.
pub(crate) fn ended_early() -> Error {
    Error::new(ErrorKind::Network, "the answer of Gemini ended in its middle").with("cause", "broken")
}

/// Says what to do, where that is known.
pub(crate) fn explained(error: Error, client: &Client, version: &str, model: &str) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::new(ErrorKind::NotFound, format!("Gemini has no model {model:?}"))
            .with("version", version)
            .with("address", client.base()),
        ErrorKind::Network | ErrorKind::Timeout => error.with("address", client.base()),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use rooh_net::{BaseUrl, Cleartext};
    use serde_json::json;

    use super::*;

    fn limited(details: Value) -> Error {
        let body = json!({ "error": { "code": 429, "status": "RESOURCE_EXHAUSTED", "details": details } });
        let error = refined(Error::new(ErrorKind::RateLimited, "limit"), &body);
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        let in_a_list = refined(Error::new(ErrorKind::RateLimited, "limit"), &json!([body]));
        assert_eq!(in_a_list.retry_after(), error.retry_after());
        error
    }

    #[test]
    fn the_wait_is_read_from_the_details() {
        let retry = |delay: &str| {
            let detail = json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": delay });
            limited(json!([detail])).retry_after()
        };
        assert_eq!(retry("12s"), Some(Duration::from_secs(12)));
        assert_eq!(retry("0.5s"), Some(Duration::from_millis(500)));
        assert_eq!(retry("99999999s"), Some(LONGEST_WAIT));
        for wrong in ["", "12", "s", "-1s", "NaNs", "1e400s", "soon"] {
            assert_eq!(retry(wrong), None, "{wrong}");
        }
        let quota = |id: &str| {
            limited(json!([
                {
                    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                    "violations": [{ "quotaId": id }],
                },
                { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3s" },
            ]))
        };
        let daily = quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier");
        assert_eq!(daily.retry_after(), Some(DAILY));
        let minute = quota("GenerateRequestsPerMinutePerProjectPerModel");
        assert_eq!(minute.retry_after(), Some(Duration::from_secs(3)));
        assert_eq!(limited(json!("nonsense")).retry_after(), None);
    }

    #[test]
    fn a_key_that_is_wrong_is_told_by_its_reason() {
        let kind = |reason: &str| {
            let info = json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason });
            let body = json!({ "error": { "code": 400, "details": [info] } });
            refined(Error::new(ErrorKind::Config, "API key not valid."), &body).kind()
        };
        assert_eq!(kind("API_KEY_INVALID"), ErrorKind::Auth);
        assert_eq!(kind("FIELD_INVALID"), ErrorKind::Config);
        let plain = refined(Error::new(ErrorKind::Network, "x"), &json!("Bad Gateway"));
        assert_eq!(plain.kind(), ErrorKind::Network);
    }

    #[test]
    fn an_error_in_the_answer_is_of_the_kind_that_its_code_says() {
        let base = BaseUrl::parse("https://example.com", Cleartext::Loopback).unwrap();
        let client = Client::new("Gemini", base);
        let kind = |error: Value| in_answer(&json!({ "error": error }), &client).kind();
        assert_eq!(kind(json!({ "code": 503, "message": "overloaded" })), ErrorKind::Network);
        assert_eq!(kind(json!({ "code": 429 })), ErrorKind::RateLimited);
        assert_eq!(kind(json!({ "code": 504 })), ErrorKind::Timeout);
        assert_eq!(kind(json!({ "code": 400 })), ErrorKind::Config);
        assert_eq!(kind(json!("text")), ErrorKind::Network);
    }
}
