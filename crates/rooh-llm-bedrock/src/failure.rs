//! What went wrong, as what the caller can do about it.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_bedrockruntime::config::http::HttpResponse;
use aws_sdk_bedrockruntime::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_types::event_stream::{Message, RawMessage};
use rooh_core::{Error, ErrorKind};

use crate::models::RETIRED;
use crate::wire::{Broken, Malformed, Wire};

/// The name in traces and in errors.
pub(crate) const VENDOR: &str = "Bedrock";
/// The longest wait that is believed: a day. Longer than that is a mistake.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// What an exception is called, what it says, and the status that it came with.
#[derive(Debug, Default)]
struct Exception {
    message: String,
    name: String,
    retry_after: Option<Duration>,
    status: Option<u16>,
}

/// A request that was not answered.
pub(crate) fn of_request<E>(error: &SdkError<E, HttpResponse>, wire: &Wire) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    match error {
        SdkError::ServiceError(refused) => {
            let response = refused.raw();
            let retry_after = response.headers().get("retry-after").and_then(|wait| wait.trim().parse().ok());
            let exception = Exception {
                message: refused.err().message().unwrap_or_default().to_owned(),
                name: refused.err().code().unwrap_or_default().to_owned(),
                retry_after: retry_after.map(|wait| Duration::from_secs(wait).min(LONGEST_WAIT)),
                status: Some(response.status().as_u16()),
            };
            let error = exception.told(wire);
            match response.headers().get("x-amzn-requestid") {
                Some(id) => error.with("request", rooh_net::plain(id)),
                None => error,
            }
        }
        other => of_transport(other, wire),
    }
}

/// A stream that ended in its middle.
pub(crate) fn of_stream<E>(error: &SdkError<E, RawMessage>, wire: &Wire) -> Error
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let raw = match error {
        SdkError::ServiceError(exception) => exception.raw(),
        SdkError::ResponseError(other) => other.raw(),
        other => return of_transport(other, wire),
    };
    let RawMessage::Decoded(message) = raw else { return of_transport(error, wire) };
    let header = |name: &str| header(message, name);
    // An `exception` is one that the protocol knows, an `error` is one that it does not.
    match header(":message-type").as_deref() {
        Some("exception" | "error") => {}
        _ => return of_transport(error, wire),
    }
    let body = serde_json::from_slice::<serde_json::Value>(message.payload()).unwrap_or_default();
    let body = ["message", "Message", "originalMessage"].into_iter().find_map(|name| body[name].as_str());
    let exception = Exception {
        message: body.map(str::to_owned).or_else(|| header(":error-message")).unwrap_or_default(),
        name: header(":exception-type").or_else(|| header(":error-code")).unwrap_or_default(),
        ..Exception::default()
    };
    exception.told(wire)
}

fn header(message: &Message, name: &str) -> Option<String> {
    let header = message.headers().iter().find(|header| header.name().as_str() == name)?;
    header.value().as_string().ok().map(|value| value.as_str().to_owned())
}

impl Exception {
    fn told(self, wire: &Wire) -> Error {
        let said = rooh_net::plain(&wire.mask(&self.message));
        let message = match said.as_str() {
            "" => format!("{VENDOR} refused"),
            said => format!("{VENDOR} refused: {said}"),
        };
        let mut error = Error::new(self.kind(), message);
        if !self.name.is_empty() {
            error = error.with("exception", rooh_net::plain(&self.name));
        }
        if let Some(status) = self.status {
            error = error.with("status", status);
        }
        match self.retry_after {
            Some(wait) => error.wait(wait),
            None => error,
        }
    }

    /// In a stream, names begin with a small letter.
    fn kind(&self) -> ErrorKind {
        let name = self.name.to_ascii_lowercase();
        match name.strip_suffix("exception").unwrap_or(&name) {
            "accessdenied"
            | "expiredtoken"
            | "incompletesignature"
            | "invalidclienttokenid"
            | "invalidsignature"
            | "missingauthenticationtoken"
            | "notauthorized"
            | "signaturedoesnotmatch"
            | "unrecognizedclient" => ErrorKind::Auth,
            "internalserver" | "modelerror" | "modelstreamerror" | "serviceunavailable" => ErrorKind::Network,
            "modelnotready" | "throttling" | "toomanyrequests" => ErrorKind::RateLimited,
            "modeltimeout" | "requesttimeout" => ErrorKind::Timeout,
            "resourcenotfound" => ErrorKind::NotFound,
            // A quota of the account does not come back by waiting.
            "serialization" | "servicequotaexceeded" | "validation" => ErrorKind::Config,
            _ => match self.status {
                Some(401 | 403) => ErrorKind::Auth,
                Some(404) => ErrorKind::NotFound,
                Some(408) => ErrorKind::Timeout,
                Some(429) => ErrorKind::RateLimited,
                Some(400..=499) => ErrorKind::Config,
                // Whatever broke the stream off has no status.
                Some(500..=599) | None => ErrorKind::Network,
                Some(_) => ErrorKind::Protocol,
            },
        }
    }
}

/// What happened on the way.
fn of_transport<E, R>(error: &SdkError<E, R>, wire: &Wire) -> Error
where
    E: StdError + 'static,
    R: std::fmt::Debug,
{
    let Some(source) = error.source() else { return unexpected("nothing is known of it") };
    let all = || chain(source);
    if let Some(error) = all().find_map(|error| error.downcast_ref::<CredentialsError>()) {
        return of_credentials(error);
    }
    if let Some(error) = all().find_map(|error| error.downcast_ref::<Error>()) {
        return error.clone();
    }
    let last = all().last().map(ToString::to_string).unwrap_or_default();
    let found = rooh_net::plain(&wire.mask(&last));
    let is = |kind| all().any(|error| error.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == kind));
    let lost = |cause: &str, message: &str| {
        Error::new(ErrorKind::Network, message).with("cause", cause).with("found", &found)
    };
    match error {
        SdkError::ConstructionFailure(_) => Error::new(ErrorKind::Config, found),
        _ if all().any(|error| error.is::<Malformed>()) => malformed(&found),
        SdkError::ResponseError(_) if !all().any(|error| error.is::<Broken>()) => malformed(&found),
        SdkError::TimeoutError(_) => timed_out("connect"),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => timed_out("connect"),
        _ if is(io::ErrorKind::ConnectionRefused) => {
            lost("refused", "nothing listens at the address of Bedrock")
        }
        _ if all().any(|error| error.to_string().starts_with("dns error")) => {
            lost("dns", "the address of Bedrock was not found; is it a region that has it?")
        }
        _ if all().any(|error| error.is::<rustls::Error>()) => lost("tls", "no safe connection to Bedrock"),
        _ => lost("broken", "the connection to Bedrock broke"),
    }
}

/// An error with all of its causes; an `io::Error` hides what it wraps.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|wrapped| wrapped as &(dyn StdError + 'static)).or_else(|| error.source())
    })
}

/// Nobody says who asks.
fn of_credentials(error: &CredentialsError) -> Error {
    let last = chain(error).last().map(ToString::to_string).unwrap_or_default();
    let message = "no credentials for AWS were found, or they are not to be had";
    Error::new(ErrorKind::Auth, message)
        .with("found", rooh_net::plain(&last))
        .with("give them", "AWS_BEARER_TOKEN_BEDROCK, a profile, a role, or auth_mode: access_keys")
}

/// Nothing came in time.
pub(crate) fn timed_out(waiting_for: &str) -> Error {
    Error::new(ErrorKind::Timeout, format!("{VENDOR} did not answer in time"))
        .with("cause", "timeout")
        .with("waiting for", waiting_for)
}

/// The stream was closed as if all had been said, which it had not.
pub(crate) fn ended_early() -> Error {
    Error::new(ErrorKind::Network, format!("the answer of {VENDOR} ended in its middle"))
        .with("cause", "broken")
}

fn malformed(found: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("{VENDOR} sent what its protocol does not allow"))
        .with("found", found)
}

fn unexpected(found: &str) -> Error {
    Error::new(ErrorKind::Unexpected, format!("the SDK of {VENDOR} failed")).with("found", found)
}

/// Says what to do, where that is known of the model.
pub(crate) fn explain(error: Error, model: &str) -> Error {
    if error.is_transient() {
        return error;
    }
    if let Some(retired) = RETIRED.iter().find(|retired| retired.is(model)) {
        return error.with("the vendor ended it on", retired.on).with("in its place", retired.successor);
    }
    if error.message().contains("on-demand throughput") {
        return error
            .with("ask for an inference profile", format!("global.{model}, us.{model} or eu.{model}"));
    }
    error.with("model", model)
}

/// Whether this is about the model, and not about the question.
pub(crate) fn is_about_model(error: &Error) -> bool {
    let message = error.message();
    message.contains("model identifier") || message.contains("on-demand throughput")
}
