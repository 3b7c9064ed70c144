//! What goes wrong in a request, in the one form that every answer of this kind has.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rooh_agents::is_conflict;
use rooh_core::{Error, ErrorKind};
use serde::Serialize;
use serde_json::json;

/// What a handler answers.
pub(crate) type Answer<T> = std::result::Result<T, Failure>;

/// An answer that says what is wrong with a request, and nothing about the inside of the server.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
    problems: Vec<Problem>,
    retry_after: Option<u64>,
}

/// One thing that is wrong with an agent.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    /// Where, as in `models.cartesia.sample_rate`.
    pub(crate) path: String,
    /// What is wrong and what is allowed.
    pub(crate) message: String,
}

/// Values of an error that its reader may see; others name files and causes of this machine.
const TOLD: &[&str] = &[
    "allowed",
    "choices",
    "column",
    "enable the Cargo feature",
    "existing",
    "given",
    "key that is not sent there",
    "line",
    "linked",
    "models of this file",
    "there are",
    "variable for its own key",
    "wanted",
];

impl Failure {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), problems: Vec::new(), retry_after: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong in the server; its log says what, under the request's id",
        )
    }

    /// What is wrong with an agent that was sent.
    pub(crate) fn invalid(error: &Error) -> Self {
        Self {
            problems: problems(error),
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", told(error))
        }
    }

    /// What is wrong in one place of what was sent.
    pub(crate) fn invalid_at(path: impl Into<String>, message: impl Into<String>) -> Self {
        let message = message.into();
        let problem = Problem { path: path.into(), message: message.clone() };
        Self { problems: vec![problem], ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message) }
    }

    /// Puts `to` in the place of the beginning `from` of every path.
    pub(crate) fn moved(mut self, from: &str, to: &str) -> Self {
        for problem in &mut self.problems {
            if let Some(rest) = problem.path.strip_prefix(from) {
                problem.path = format!("{to}{rest}");
            }
        }
        self
    }

    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Puts the request's id into the answer; done once, on the way out.
    pub(crate) fn answer(&self, request_id: &str) -> Response {
        let mut error = json!({ "code": self.code, "message": self.message, "request_id": request_id });
        if !self.problems.is_empty() {
            error["problems"] = json!(self.problems);
        }
        let mut response = (self.status, Json(json!({ "error": error }))).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// What the outermost layer makes an answer of.
#[derive(Clone, Debug)]
pub(crate) struct Failed(pub(crate) std::sync::Arc<Failure>);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Failed(std::sync::Arc::new(self)));
        response
    }
}

/// Errors of the store and of providers: what the client can do about them decides the status.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        if is_conflict(&error) {
            return Self {
                problems: problems(&error),
                ..Self::new(StatusCode::CONFLICT, "conflict", told(&error))
            };
        }
        // A provider that is not there makes an agent wrong; it is not what was asked for.
        let has_path = error.parts().iter().any(|part| part.context("path").is_some());
        match error.kind() {
            _ if has_path => Self::invalid(&error),
            ErrorKind::Config => Self::invalid(&error),
            ErrorKind::NotFound => Self::not_found(told(&error)),
            kind => {
                // What a vendor said may be anything; as a debug string it stays on its line.
                tracing::error!(error = ?error.to_string(), "request failed");
                let code = kind.as_str();
                match kind {
                    ErrorKind::Auth
                    | ErrorKind::Network
                    | ErrorKind::RateLimited
                    | ErrorKind::Timeout
                    | ErrorKind::Unsupported => Self::new(StatusCode::BAD_GATEWAY, code, error.message()),
                    _ => Self::internal(),
                }
            }
        }
    }
}

/// All that is wrong, each with its path.
pub(crate) fn problems(error: &Error) -> Vec<Problem> {
    let problem = |part: &Error| Problem {
        path: part.context("path").unwrap_or_default().to_owned(),
        message: told(part),
    };
    error.parts().iter().map(problem).collect()
}

/// An error in words that may leave the server.
fn told(error: &Error) -> String {
    let values: Vec<String> =
        TOLD.iter().filter_map(|key| error.context(key).map(|value| format!("{key}: {value}"))).collect();
    if values.is_empty() {
        error.message().to_owned()
    } else {
        format!("{} ({})", error.message(), values.join(", "))
    }
}
