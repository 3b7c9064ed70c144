//! What stands between the SDK and the connection: the body that is sent, the bounds of what comes.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use aws_sdk_bedrockruntime::config::interceptors::{
    BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef,
};
use aws_sdk_bedrockruntime::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_bedrockruntime::error::BoxError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body::{Body, Frame};
use rooh_core::options::Secret;
use rooh_core::trace::{Direction, Trace};
use rooh_net::{BaseUrl, Cleartext};
use serde_json::Value;

use crate::failure::VENDOR;

/// The longest event, in bytes: a piece of a text usually, with padding; whole calls never.
const LONGEST_EVENT: usize = 1024 * 1024;
/// The longest body that is one object, in bytes: an error.
const LONGEST_OBJECT: usize = 64 * 1024;

/// One request on its way, and what came back to it.
#[derive(Clone)]
pub(crate) struct Wire {
    body: Option<Bytes>,
    secrets: Arc<Mutex<Vec<Secret>>>,
    trace: Trace,
}

impl Wire {
    /// Sends this body.
    ///
    /// The SDK would write it itself, with the fields of each tool in another order each time, and
    /// what Amazon keeps of a conversation is found again only if nothing in it has changed.
    pub(crate) fn new(body: &Value, trace: Trace) -> Self {
        Self { body: Some(body.to_string().into()), trace, ..Self::empty() }
    }

    /// Sends what the SDK would send.
    pub(crate) fn empty() -> Self {
        Self { body: None, secrets: Arc::default(), trace: Trace::default() }
    }

    /// `text` without what was sent as a key, should a vendor repeat it.
    pub(crate) fn mask(&self, text: &str) -> String {
        let secrets = self.secrets.lock().expect("no panic happens under this lock");
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.reveal(), "…"))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.body.as_ref().map(Bytes::len);
        f.debug_struct("Wire").field("bytes", &bytes).finish_non_exhaustive()
    }
}

impl Intercept for Wire {
    fn name(&self) -> &'static str {
        "Wire"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(body) = &self.body {
            let request = context.request_mut();
            *request.body_mut() = SdkBody::from(body.clone());
            request.headers_mut().insert("content-length", body.len().to_string());
        }
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        // The environment can name another address, too.
        let origin = request.uri().split('?').next().unwrap_or_default();
        BaseUrl::parse(origin, Cleartext::Loopback)?;
        // `Bearer KEY`, or a signature, of which the credentials cannot be told.
        let bearer = request.headers().get("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let token = request.headers().get("x-amz-security-token");
        let sent = bearer.into_iter().chain(token).filter(|secret| !secret.is_empty()).map(Secret::new);
        self.secrets.lock().expect("no panic happens under this lock").extend(sent);
        if let Some(body) = &self.body {
            self.trace.record(VENDOR, Direction::Out, || String::from_utf8_lossy(body).into_owned());
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response_mut();
        let is_stream = self.body.is_some() && response.status().is_success();
        let bound = if is_stream { Bound::Events(Events::default()) } else { Bound::Whole(0) };
        let body = std::mem::replace(response.body_mut(), SdkBody::taken());
        *response.body_mut() = SdkBody::from_body_1_x(Bounded { body, bound });
        Ok(())
    }
}

/// A body that breaks off where it becomes longer than its protocol allows.
struct Bounded {
    body: SdkBody,
    bound: Bound,
}

enum Bound {
    Events(Events),
    /// One object, and how much of it has come.
    Whole(usize),
}

impl Body for Bounded {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        let frame = match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
            Some(frame) => frame.map_err(Broken)?,
            None => {
                return Poll::Ready(match &this.bound {
                    Bound::Events(events) if events.is_inside() => {
                        Some(Err(Broken("it ends inside an event".into()).into()))
                    }
                    _ => None,
                });
            }
        };
        let piece = frame.data_ref().map_or(&[][..], |piece| piece.as_ref());
        let is_right = match &mut this.bound {
            Bound::Events(events) => events.read(piece),
            Bound::Whole(length) => {
                *length += piece.len();
                *length <= LONGEST_OBJECT
            }
        };
        Poll::Ready(Some(if is_right { Ok(frame) } else { Err(Malformed.into()) }))
    }
}

/// Where in a stream of events a body is: each begins with its own length, of 32 bits in the order
/// of the network, which the SDK believes whatever it is.
#[derive(Debug, Default)]
struct Events {
    /// As much of the length as has come.
    head: Vec<u8>,
    /// How much of the event is still to come.
    left: usize,
}

impl Events {
    /// Whether what came is within the bounds.
    fn read(&mut self, mut piece: &[u8]) -> bool {
        while !piece.is_empty() {
            if self.left > 0 {
                let part = self.left.min(piece.len());
                self.left -= part;
                piece = &piece[part..];
                continue;
            }
            self.head.push(piece[0]);
            piece = &piece[1..];
            if let Ok(head) = <[u8; 4]>::try_from(self.head.as_slice()) {
                let length = u32::from_be_bytes(head) as usize;
                // Two lengths and two checksums are the least that there is.
                if !(16..=LONGEST_EVENT).contains(&length) {
                    return false;
                }
                self.left = length - head.len();
                self.head.clear();
            }
        }
        true
    }

    /// Whether an event has begun that has not ended.
    fn is_inside(&self) -> bool {
        self.left > 0 || !self.head.is_empty()
    }
}

/// What came is nothing that the protocol allows.
#[derive(Debug)]
pub(crate) struct Malformed;

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a body that is no stream of events, or one that is too long")
    }
}

impl std::error::Error for Malformed {}

/// The connection broke while a body came.
#[derive(Debug)]
pub(crate) struct Broken(BoxError);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body broke off")
    }
}

impl std::error::Error for Broken {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(length: u32) -> Vec<u8> {
        let mut event = length.to_be_bytes().to_vec();
        event.resize(length as usize, b'x');
        event
    }

    #[test]
    fn the_end_of_an_event_is_found_however_it_is_cut() {
        let all = [event(16), event(300), event(17)].concat();
        for size in 1..all.len() {
            let mut events = Events::default();
            assert!(all.chunks(size).all(|piece| events.read(piece)) && !events.is_inside(), "{size}");
        }
        let ends = [0, 16, 316, 333];
        for cut in 0..=all.len() {
            let mut events = Events::default();
            assert!(events.read(&all[..cut]));
            assert_eq!(events.is_inside(), !ends.contains(&cut), "{cut}");
        }
    }

    #[test]
    fn what_is_too_long_or_too_short_is_refused_before_it_has_come() {
        for length in [0, 15, LONGEST_EVENT as u32 + 1, u32::MAX] {
            assert!(!Events::default().read(&length.to_be_bytes()), "{length}");
        }
        assert!(!Events::default().read(b"<html>"));
    }
}
