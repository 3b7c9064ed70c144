//! The client, and what it reads.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use crate::base::{BaseUrl, Route};
use crate::failure::{Said, broke, malformed, of_connection, of_status, plain, timed_out};
use crate::form::Form;
use crate::lines::LineBuffer;
use crate::sse::{SseBuffer, SseEvent};

/// How long a connection may take with its name and TLS; a fallback has to be asked within 3 s.
const CONNECT: Duration = Duration::from_secs(3);
/// How long an idle connection is kept: many servers and balancers close theirs after a minute.
const KEEP: Duration = Duration::from_secs(50);
/// How long what was sent may stay without an answer of the other machine's network, on a connection
/// that is then taken for dead. Elsewhere the system's own limit holds, which is minutes.
#[cfg(any(target_os = "android", target_os = "linux"))]
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);
/// How much of the body of an error is read, in bytes, and for how long.
const ERROR_BODY: usize = 16 * 1024;
const ERROR_WAIT: Duration = Duration::from_secs(2);
/// How long the end of a body is waited for once all that it says was read: less than a new
/// connection costs.
const END: Duration = Duration::from_millis(2);

/// A client for one address, with the key that belongs to it.
///
/// Nothing is opened before the first request, and connections are kept for the next one.
pub struct Client {
    vendor: &'static str,
    base: BaseUrl,
    headers: HeaderMap,
    http: OnceLock<Result<reqwest::Client>>,
    key: Secret,
    told_on: &'static [&'static str],
    reading: Option<Reading>,
}

/// What a provider reads in the body of a refusal.
type Reading = fn(Error, &Value) -> Error;

impl Client {
    /// A client for `base`; `vendor` is the name that errors use.
    pub fn new(vendor: &'static str, base: BaseUrl) -> Self {
        Self {
            vendor,
            base,
            headers: HeaderMap::new(),
            http: OnceLock::new(),
            key: Secret::default(),
            told_on: &[],
            reading: None,
        }
    }

    /// Sends `key` as a bearer token with every request to this address, and nowhere else.
    ///
    /// # Errors
    ///
    /// As for [`key`](Self::key).
    pub fn bearer(self, key: Secret) -> Result<Self> {
        self.key(AUTHORIZATION.as_str(), "Bearer ", key)
    }

    /// Sends `key`, behind `scheme`, in the header `name` with every request to this address, and
    /// nowhere else.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the key could be read on its way, or is nothing that a header can
    /// hold.
    pub fn key(mut self, name: &'static str, scheme: &str, key: Secret) -> Result<Self> {
        if !self.base.is_encrypted() && !self.base.is_loopback() {
            return Err(Error::new(ErrorKind::Config, "a key is not sent over http to another machine")
                .with("host", self.base.host()));
        }
        let mut value = HeaderValue::from_str(&format!("{scheme}{}", key.reveal())).map_err(|_| {
            Error::new(
                ErrorKind::Config,
                "the key holds characters that no key has, such as the end of a line",
            )
        })?;
        value.set_sensitive(true);
        self.headers.insert(HeaderName::from_static(name), value);
        self.key = key;
        Ok(self)
    }

    /// Sends this header, which is no secret, with every request; `name` is in lower case.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if it is nothing that a header can hold.
    pub fn header(mut self, name: &'static str, value: &str) -> Result<Self> {
        let value = HeaderValue::from_str(value).map_err(|_| {
            Error::new(ErrorKind::Config, "holds characters that no header has, such as the end of a line")
                .with("header", name)
        })?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// Puts these headers of an answer that is a refusal, by their names in lower case, into the
    /// context of the error: the number of the request, what is left of a limit.
    #[must_use]
    pub fn telling(self, told_on: &'static [&'static str]) -> Self {
        Self { told_on, ..self }
    }

    /// Has `read` make more of the error of a refusal by the JSON of its body, such as how long to
    /// wait.
    ///
    /// The body may repeat the key, so no words are taken from it: the error has them, without.
    #[must_use]
    pub fn reading(self, read: fn(Error, &Value) -> Error) -> Self {
        Self { reading: Some(read), ..self }
    }

    /// The address that it talks to.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// The name that errors use.
    pub(crate) fn vendor(&self) -> &'static str {
        self.vendor
    }

    /// Asks for `route`.
    ///
    /// # Errors
    ///
    /// As the table in the documentation of this crate says; [`ErrorKind::Timeout`] if no head came
    /// within `wait`.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection.
    pub async fn get(&self, route: impl Into<Route>, wait: Duration) -> Result<Answer> {
        let request = self.request(Method::GET, &route.into())?;
        self.send(request, wait).await
    }

    /// Sends `body` to `route`.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection.
    pub async fn post(&self, route: impl Into<Route>, body: &Value, wait: Duration) -> Result<Answer> {
        let request = self.request(Method::POST, &route.into())?;
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        self.send(request, wait).await
    }

    /// Sends `form` to `route`, as `multipart/form-data`.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection.
    pub async fn post_form(&self, route: impl Into<Route>, form: Form, wait: Duration) -> Result<Answer> {
        let request = self.request(Method::POST, &route.into())?;
        self.send(request.multipart(form.form), wait).await
    }

    /// What a vendor says, as one line of bounded length, and without the key should it be repeated.
    ///
    /// For errors that come in the middle of an answer.
    pub fn told(&self, text: &str) -> String {
        plain(&mask(&self.key, text))
    }

    /// A request with the headers that all have.
    pub(crate) fn request(&self, method: Method, route: &Route) -> Result<RequestBuilder> {
        let http = self.http.get_or_init(|| open(self.vendor, &self.base)).clone()?;
        Ok(http.request(method, self.base.join(route)).headers(self.headers.clone()))
    }

    async fn send(&self, request: RequestBuilder, wait: Duration) -> Result<Answer> {
        let response = self.head(request, wait).await?;
        if response.status().is_success() {
            return Ok(Answer { vendor: self.vendor, response });
        }
        Err(self.refused(response).await)
    }

    /// Sends a request, and waits for the head of its answer, whatever that says.
    pub(crate) async fn head(&self, request: RequestBuilder, wait: Duration) -> Result<Response> {
        let sent = timeout_at(Instant::now() + wait, request.send()).await;
        let response = sent.map_err(|_| timed_out(self.vendor, "the head"))?;
        response.map_err(|error| of_connection(self.vendor, &error))
    }

    /// The error of an answer that is none.
    pub(crate) async fn refused(&self, response: Response) -> Error {
        let (status, headers) = (response.status(), response.headers().clone());
        let mut answer = Answer { vendor: self.vendor, response };
        // An error without its body is still one.
        let (body, _) = answer.read(ERROR_BODY, ERROR_WAIT).await.unwrap_or_default();
        let said = Said::read(&body, |text| mask(&self.key, text));
        let error = of_status(self.vendor, status, &headers, &said);
        let error = match (self.reading, serde_json::from_slice(&body)) {
            (Some(read), Ok(body)) => read(error, &body),
            _ => error,
        };
        self.told_on.iter().fold(error, |error, name| match headers.get(*name).map(HeaderValue::to_str) {
            Some(Ok(value)) => error.with(name, self.told(value)),
            _ => error,
        })
    }

    /// The key, to be masked in what a vendor says.
    pub(crate) fn secret(&self) -> &Secret {
        &self.key
    }
}

/// `text` without the key, should it be repeated there.
pub(crate) fn mask(key: &Secret, text: &str) -> String {
    if key.is_empty() { text.to_owned() } else { text.replace(key.reveal(), "…") }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base)
            .field("has_key", &!self.key.is_empty())
            .finish_non_exhaustive()
    }
}

fn open(vendor: &str, base: &BaseUrl) -> Result<reqwest::Client> {
    // rustls asks the process for its cryptography; an application that has chosen keeps its choice.
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .pool_idle_timeout(KEEP)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .user_agent(concat!("rooh/", env!("CARGO_PKG_VERSION")));
    #[cfg(any(target_os = "android", target_os = "linux"))]
    {
        builder = builder.tcp_user_timeout(UNACKNOWLEDGED);
    }
    if base.is_loopback() {
        builder = builder.no_proxy();
    }
    if !base.is_encrypted() {
        // No certificate is looked at, so none is loaded.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| {
        Error::new(ErrorKind::Config, format!("no client for {vendor} could be made"))
            .caused_by(error.without_url())
    })
}

/// An answer whose head has come, and was good.
#[derive(Debug)]
pub struct Answer {
    vendor: &'static str,
    response: Response,
}

impl Answer {
    /// The header `name` of the answer, if it has one and that is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The body piece by piece, as it comes from the network.
    pub fn pieces(self) -> Pieces {
        Pieces { vendor: self.vendor, response: self.response }
    }

    /// The body as server-sent events, none longer than `limit` bytes.
    pub fn events(self, limit: usize) -> ServerEvents {
        ServerEvents { buffer: SseBuffer::new(limit), pieces: self.pieces(), ended: false }
    }

    /// The whole body as JSON.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Protocol`] if it is no JSON or longer than `limit` bytes,
    /// [`ErrorKind::Timeout`] if it is not whole within `wait`, [`ErrorKind::Network`] if it broke
    /// off.
    pub async fn json(mut self, limit: usize, wait: Duration) -> Result<Value> {
        let (body, is_whole) = self.read(limit, wait).await?;
        if !is_whole {
            return Err(malformed(self.vendor, format!("more than {limit} bytes")));
        }
        serde_json::from_slice(&body).map_err(|error| malformed(self.vendor, error))
    }

    /// The body line by line, none longer than `limit` bytes.
    pub fn lines(self, limit: usize) -> Lines {
        Lines { buffer: LineBuffer::new(limit), pieces: self.pieces(), ended: false }
    }

    /// The body, and whether that is all of it.
    async fn read(&mut self, limit: usize, wait: Duration) -> Result<(Vec<u8>, bool)> {
        let end = Instant::now() + wait;
        let mut body = Vec::new();
        loop {
            let piece = timeout_at(end, self.response.chunk()).await;
            let piece = piece.map_err(|_| timed_out(self.vendor, "the body"))?;
            match piece.map_err(|error| of_connection(self.vendor, &error))? {
                Some(piece) if body.len() + piece.len() > limit => {
                    body.extend_from_slice(&piece[..limit - body.len()]);
                    return Ok((body, false));
                }
                Some(piece) => body.extend_from_slice(&piece),
                None => return Ok((body, true)),
            }
        }
    }
}

/// A body in pieces. Dropping it before its end closes the connection.
#[derive(Debug)]
pub struct Pieces {
    vendor: &'static str,
    response: Response,
}

impl Pieces {
    /// The next piece; `None` once the body has ended.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] if nothing came until `end`, [`ErrorKind::Network`] if the connection
    /// broke.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self, end: Instant) -> Result<Option<Bytes>> {
        // A body that is always ready would never let the clock be looked at.
        if Instant::now() >= end {
            return Err(timed_out(self.vendor, "the body"));
        }
        let piece = timeout_at(end, self.response.chunk()).await;
        let piece = piece.map_err(|_| timed_out(self.vendor, "the body"))?;
        piece.map_err(|error| of_connection(self.vendor, &error))
    }

    /// Takes the end of the body if it is as good as here, so that the connection can be used again.
    ///
    /// Without it, the connection is closed, and the next request opens another one.
    pub async fn end(mut self) {
        let _ = timeout(END, self.response.chunk()).await;
    }
}

/// The lines of a body. Dropping it before its end closes the connection.
#[derive(Debug)]
pub struct Lines {
    buffer: LineBuffer,
    ended: bool,
    pieces: Pieces,
}

impl Lines {
    /// The next line that is not blank; `None` once the body has ended.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] if no whole line came within `wait`, [`ErrorKind::Network`] if the
    /// connection broke or ended inside a character, [`ErrorKind::Protocol`] for a line that is too
    /// long or no UTF-8.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self, wait: Duration) -> Result<Option<String>> {
        let end = Instant::now() + wait;
        let vendor = self.pieces.vendor;
        loop {
            let line = if self.ended { self.buffer.finish() } else { self.buffer.next_line() };
            if let Some(line) = line.map_err(|error| malformed(vendor, error))? {
                return String::from_utf8(line).map(Some).map_err(|error| self.no_text(&error.utf8_error()));
            }
            if self.ended {
                return Ok(None);
            }
            match self.pieces.next(end).await? {
                Some(piece) => self.buffer.push(&piece),
                None => self.ended = true,
            }
        }
    }

    fn no_text(&self, error: &std::str::Utf8Error) -> Error {
        if self.ended && error.error_len().is_none() {
            return broke(self.pieces.vendor, "the last line ends inside a character");
        }
        malformed(self.pieces.vendor, error)
    }

    /// Takes the end of the body, as [`Pieces::end`] does.
    pub async fn end(self) {
        self.pieces.end().await;
    }
}

/// Server-sent events. Dropping it before their end closes the connection.
#[derive(Debug)]
pub struct ServerEvents {
    buffer: SseBuffer,
    ended: bool,
    pieces: Pieces,
}

impl ServerEvents {
    /// The next event with data; `None` once the body has ended. Comments do not count, so that a
    /// server which sends nothing else is given up in time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] if no whole event came within `wait`, [`ErrorKind::Network`] if the
    /// connection broke, [`ErrorKind::Protocol`] for an event that is too long or no UTF-8.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self, wait: Duration) -> Result<Option<SseEvent>> {
        let end = Instant::now() + wait;
        let vendor = self.pieces.vendor;
        loop {
            if let Some(event) = self.buffer.next_event().map_err(|error| malformed(vendor, error))? {
                return Ok(Some(event));
            }
            if self.ended {
                return Ok(None);
            }
            match self.pieces.next(end).await? {
                Some(piece) => self.buffer.push(&piece),
                None => {
                    self.ended = true;
                    self.buffer.finish();
                }
            }
        }
    }

    /// Takes the end of the body, as [`Pieces::end`] does.
    pub async fn end(self) {
        self.pieces.end().await;
    }
}
