//! A request, and what a vendor can answer.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};
use std::{fmt, io};

use bytes::Bytes;
use futures::future::BoxFuture;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, UPGRADE};
use hyper::http::request::Parts;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response};
use serde_json::Value;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use super::body::{Body, Fault, Open, Records, full, spoiled};
use super::fake::{Shared, Vendor};
use super::form::{self, Part};
use super::socket::{Gone, Peer, SocketFault};

/// A request that came.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Seen {
    /// What stood in its header `Authorization`.
    pub authorization: Option<String>,
    /// Its body; null if there was none, or it is no JSON.
    pub body: Value,
    /// Its body as it came.
    pub bytes: Bytes,
    /// Its headers in their order, with their names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// What stood behind the question mark.
    pub query: String,
}

impl Seen {
    pub(crate) fn new(head: &Parts, bytes: Bytes) -> Self {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers: Vec<_> =
            head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        Self {
            authorization: headers
                .iter()
                .find(|(name, _)| name == "authorization")
                .map(|(_, value)| value.clone()),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes,
            headers,
            method: head.method.as_str().to_owned(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
        }
    }

    /// The header of this name, in lower case; of several the first.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// What stands in a header after `prefix`, such as `Bearer `.
    pub fn after(&self, name: &str, prefix: &str) -> Option<String> {
        self.header(name)?.strip_prefix(prefix).map(str::to_owned)
    }

    /// The parameters of the query, decoded, in their order.
    pub fn params(&self) -> Vec<(String, String)> {
        let pairs = self.query.split('&').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(k, v)| (decoded(k), decoded(v)))
            .collect()
    }

    /// The parts of a form with files (`multipart/form-data`, RFC 7578); none if it is no such form.
    pub fn parts(&self) -> Vec<Part> {
        let kind = self.header("content-type").filter(|kind| kind.starts_with("multipart/form-data"));
        let boundary = kind.and_then(|kind| kind.split_once("boundary=")).map(|(_, rest)| rest);
        let boundary = boundary.map(|rest| rest.split(';').next().unwrap_or_default().trim_matches('"'));
        boundary.map(|boundary| form::parts(&self.bytes, boundary)).unwrap_or_default()
    }

    /// The parameter of this name; of several the first.
    pub fn param(&self, name: &str) -> Option<String> {
        self.params().into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}

pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let digits = (*first == b'%').then(|| others.get(..2)).flatten();
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a vendor answers.
#[derive(Debug)]
pub struct Answer(Box<Response<Body>>);

impl Answer {
    /// An answer in one piece.
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let response = Response::builder().status(status).header(CONTENT_TYPE, content_type);
        let response = response.body(full(body)).expect("a test gives a status and a type that there are");
        Self(Box::new(response))
    }

    /// A JSON value.
    pub fn json(status: u16, value: &Value) -> Self {
        Self::new(status, "application/json; charset=utf-8", value.to_string())
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = value.parse().expect("a test gives a value that there is");
        self.0.headers_mut().insert(HeaderName::from_static(name), value);
        self
    }

    pub(crate) fn response(self) -> Response<Body> {
        *self.0
    }

    fn refusal<V: Vendor>(status: u16, text: &str, wait: Option<&str>) -> Self {
        let refusal = V::refused(status, text);
        match wait {
            Some(wait) => refusal.header(RETRY_AFTER.as_str(), wait),
            None => refusal,
        }
    }
}

/// What runs on a connection once it has become a socket.
#[derive(Clone, Default)]
pub(crate) struct Session(Arc<Mutex<Option<BoxFuture<'static, ()>>>>);

impl Session {
    pub(crate) fn take(&self) -> Option<BoxFuture<'static, ()>> {
        self.0.lock().expect("no panic happens under this lock").take()
    }

    fn put(&self, session: BoxFuture<'static, ()>) {
        *self.0.lock().expect("no panic happens under this lock") = Some(session);
    }
}

/// A request to become a socket.
pub(crate) struct Handshake {
    accepted: Response<Body>,
    session: Session,
    upgrade: OnUpgrade,
}

impl Handshake {
    pub(crate) fn of<B>(request: &mut Request<B>, session: Session) -> Option<Self> {
        request.headers().get(UPGRADE)?;
        let accepted = create_response_with_body(request, || full("")).ok()?;
        Some(Self { accepted, session, upgrade: hyper::upgrade::on(request) })
    }
}

/// A request that waits for its answer.
pub struct Call<V> {
    /// What came.
    pub seen: Seen,
    fake: Arc<Shared<V>>,
    handshake: Option<Handshake>,
    open: Open,
}

impl<V: Vendor> Call<V> {
    pub(crate) fn new(seen: Seen, fake: Arc<Shared<V>>, handshake: Option<Handshake>, open: Open) -> Self {
        Self { seen, fake, handshake, open }
    }

    /// What the vendor knows; not to be held while waiting.
    pub fn vendor(&self) -> MutexGuard<'_, V> {
        self.fake.vendor()
    }

    /// Whether the client wants a socket.
    pub fn wants_socket(&self) -> bool {
        self.handshake.is_some()
    }

    /// Streams an answer, cut and spoiled as the test wants it. An answer in one piece that is to be
    /// spoiled is a stream of one record.
    pub async fn stream(self, records: Records) -> Answer {
        let (cuts, fault) = self.fake.fault();
        match &fault {
            Some(Fault::Late(wait)) => sleep(*wait).await,
            Some(Fault::Status(status, text, wait)) => {
                return Answer::refusal::<V>(*status, text, wait.as_deref());
            }
            _ => {}
        }
        let response = Response::builder().header(CONTENT_TYPE, records.content_type);
        let body = spoiled(records, cuts, fault.as_ref(), self.open);
        Answer(Box::new(response.body(body).expect("a test gives a type that there is")))
    }

    /// Becomes a socket on which `session` runs, cut and spoiled as the test wants it.
    ///
    /// A session ends by [`Peer::close`], or by the first error of its peer, which it hands on.
    pub async fn socket<F, S>(self, session: F) -> Answer
    where
        F: FnOnce(Peer<V>) -> S + Send + 'static,
        S: Future<Output = Result<(), Gone>> + Send + 'static,
    {
        let Some(handshake) = self.handshake else { return V::refused(400, "no handshake of a socket") };
        let (cuts, fault) = self.fake.socket_fault();
        match &fault {
            Some(SocketFault::Status(status, text, wait)) => {
                return Answer::refusal::<V>(*status, text, wait.as_deref());
            }
            Some(SocketFault::Unanswered) => std::future::pending().await,
            _ => {}
        }
        let (seen, fake, open) = (self.seen, self.fake, self.open);
        let upgrade = handshake.upgrade;
        handshake.session.put(Box::pin(async move {
            let peer = async {
                let upgraded = upgrade.await.map_err(io::Error::other)?;
                Peer::new(upgraded, seen, fake, (cuts, fault), open).await
            };
            // A client that goes away, and a socket that is broken off, are what this is for.
            if let Ok(peer) = peer.await {
                let _ = session(peer).await;
            }
        }));
        Answer(Box::new(handshake.accepted))
    }
}

impl<V> fmt::Debug for Call<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("seen", &self.seen).finish_non_exhaustive()
    }
}
