//! The client, and what it reads.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, RequestBuilder, Response};
use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use crate::base::BaseUrl;
use crate::failure::{broke, malformed, of_connection, of_status, plain, said, timed_out};
use crate::lines::LineBuffer;

/// How long a connection may take with its name and TLS; a fallback has to be asked within 3 s.
const CONNECT: Duration = Duration::from_secs(3);
/// How long an idle connection is kept: many servers and balancers close theirs after a minute.
const KEEP: Duration = Duration::from_secs(50);
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
    key: Option<Key>,
    http: OnceLock<Result<reqwest::Client>>,
}

struct Key {
    header: HeaderValue,
    secret: Secret,
}

impl Client {
    /// A client for `base`; `vendor` is the name that errors use.
    pub fn new(vendor: &'static str, base: BaseUrl) -> Self {
        Self { vendor, base, key: None, http: OnceLock::new() }
    }

    /// Sends `key` as a bearer token with every request to this address, and nowhere else.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the key could be read on its way, or is nothing that a header can
    /// hold.
    pub fn bearer(mut self, key: Secret) -> Result<Self> {
        if !self.base.is_encrypted() && !self.base.is_loopback() {
            return Err(Error::new(ErrorKind::Config, "a key is not sent over http to another machine")
                .with("host", self.base.host()));
        }
        let mut header = HeaderValue::from_str(&format!("Bearer {}", key.reveal())).map_err(|_| {
            Error::new(
                ErrorKind::Config,
                "the key holds characters that no key has, such as the end of a line",
            )
        })?;
        header.set_sensitive(true);
        self.key = Some(Key { header, secret: key });
        Ok(self)
    }

    /// The address that it talks to.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// Asks for `path`.
    ///
    /// # Errors
    ///
    /// As the table in the documentation of this crate says; [`ErrorKind::Timeout`] if no head came
    /// within `wait`.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection.
    pub async fn get(&self, path: &str, wait: Duration) -> Result<Answer> {
        let request = self.request(Method::GET, path)?;
        self.send(request, wait).await
    }

    /// Sends `body` to `path`.
    ///
    /// # Errors
    ///
    /// As for [`get`](Self::get).
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection.
    pub async fn post(&self, path: &str, body: &Value, wait: Duration) -> Result<Answer> {
        let request = self.request(Method::POST, path)?;
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        self.send(request, wait).await
    }

    /// What a vendor says, as one line of bounded length, and without the key should it be repeated.
    ///
    /// For errors that come in the middle of an answer.
    pub fn told(&self, text: &str) -> String {
        plain(&self.mask(text))
    }

    fn request(&self, method: Method, path: &str) -> Result<RequestBuilder> {
        let http = self.http.get_or_init(|| open(self.vendor, &self.base)).clone()?;
        let request = http.request(method, self.base.join(path));
        Ok(match &self.key {
            Some(key) => request.header(AUTHORIZATION, key.header.clone()),
            None => request,
        })
    }

    async fn send(&self, request: RequestBuilder, wait: Duration) -> Result<Answer> {
        let sent = timeout_at(Instant::now() + wait, request.send()).await;
        let response = sent
            .map_err(|_| timed_out(self.vendor, "the head"))?
            .map_err(|error| of_connection(self.vendor, &error))?;
        if response.status().is_success() {
            return Ok(Answer { vendor: self.vendor, response });
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let mut answer = Answer { vendor: self.vendor, response };
        // An error without its body is still one.
        let (body, _) = answer.read(ERROR_BODY, ERROR_WAIT).await.unwrap_or_default();
        Err(of_status(self.vendor, status, &headers, &self.mask(&said(&body))))
    }

    fn mask(&self, text: &str) -> String {
        match &self.key {
            Some(key) if !key.secret.is_empty() => text.replace(key.secret.reveal(), "…"),
            _ => text.to_owned(),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base)
            .field("has_key", &self.key.is_some())
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
        Lines { buffer: LineBuffer::new(limit), ended: false, vendor: self.vendor, response: self.response }
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

/// The lines of a body. Dropping it before its end closes the connection.
#[derive(Debug)]
pub struct Lines {
    buffer: LineBuffer,
    ended: bool,
    vendor: &'static str,
    response: Response,
}

impl Lines {
    /// The next line that is not blank; `None` once the body has ended.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] if no whole line came within `wait`, [`ErrorKind::Network`] if the
    /// connection broke or ended inside a character, [`ErrorKind::Protocol`] for a line that is too long or no UTF-8.
    ///
    /// # Cancellation
    ///
    /// Dropping the future loses nothing.
    pub async fn next(&mut self, wait: Duration) -> Result<Option<String>> {
        let end = Instant::now() + wait;
        loop {
            let line = if self.ended { self.buffer.finish() } else { self.buffer.next_line() };
            if let Some(line) = line.map_err(|error| malformed(self.vendor, error))? {
                return String::from_utf8(line).map(Some).map_err(|error| self.no_text(&error.utf8_error()));
            }
            if self.ended {
                return Ok(None);
            }
            let piece = timeout_at(end, self.response.chunk()).await;
            let piece = piece.map_err(|_| timed_out(self.vendor, "the next line"))?;
            match piece.map_err(|error| of_connection(self.vendor, &error))? {
                Some(piece) => self.buffer.push(&piece),
                None => self.ended = true,
            }
        }
    }

    fn no_text(&self, error: &std::str::Utf8Error) -> Error {
        if self.ended && error.error_len().is_none() {
            return broke(self.vendor, "the last line ends inside a character");
        }
        malformed(self.vendor, error)
    }

    /// Takes the end of the body if it is as good as here, so that the connection can be used again.
    ///
    /// Without it, the connection is closed, and the next request opens another one.
    pub async fn end(mut self) {
        let _ = timeout(END, self.response.chunk()).await;
    }
}
