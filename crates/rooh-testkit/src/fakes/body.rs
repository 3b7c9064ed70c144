//! Bodies that come as a seed or a fault wants them.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use tokio::time::sleep;

use crate::Noise;

pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Into which pieces an answer is cut. Each piece is one chunk of the transfer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cuts {
    /// After each line.
    #[default]
    Lines,
    /// Once, after so many bytes of the whole answer.
    Once(usize),
    /// Into pieces of 1 to 12 bytes, drawn by this seed.
    Seed(u64),
    /// Into pieces of so many bytes.
    Size(usize),
    /// Not at all: everything in one piece.
    Whole,
}

/// What goes wrong with an answer.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection breaks after so many bytes of the body.
    Break(usize),
    /// The body ends in peace after so many bytes.
    End(usize),
    /// The pieces never end: the last line but one comes again and again.
    Endless,
    /// The second line is an error.
    Error(String),
    /// The head comes this late.
    Late(Duration),
    /// The second line never ends.
    LongLine,
    /// The second line is no JSON.
    Malformed,
    /// The second line is JSON with a byte that is no text.
    NotText,
    /// The last line has come, and the connection stays open without a word.
    SlowClose,
    /// After so many bytes nothing more comes.
    Stall(usize),
    /// Another status, with this text and this `Retry-After`.
    Status(u16, String, Option<String>),
}

impl Fault {
    /// A fault by its seed, with places inside of an answer of `length` bytes.
    pub fn from_seed(seed: u64, length: usize) -> Self {
        let mut random = Noise::new(seed);
        let mut below = |n: usize| (random.unit() * n as f64) as usize;
        let place = below(length);
        match below(11) {
            0 => Self::Break(place),
            1 => Self::End(place),
            2 => Self::Endless,
            3 => Self::Error("llama runner process has terminated".to_owned()),
            4 => Self::Late(Duration::from_millis(place as u64 % 50)),
            5 => Self::LongLine,
            6 => Self::Malformed,
            7 => Self::NotText,
            8 => Self::SlowClose,
            9 => Self::Stall(place),
            _ => {
                let wait = below(9).to_string();
                let (status, text) = [(429, "limit"), (500, "runner"), (503, "queue full")][below(3)];
                Self::Status(status, text.to_owned(), Some(wait))
            }
        }
    }
}

/// Counts something for as long as it lives.
#[derive(Debug)]
pub(crate) struct Open(Arc<AtomicU64>);

impl Open {
    pub(crate) fn new(count: &Arc<AtomicU64>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(count))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A body in one piece.
pub(crate) fn full(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// `lines` as a body, cut and spoiled; `open` is held until the body was sent or given up.
pub(crate) fn spoiled(lines: &[String], cuts: Cuts, fault: Option<&Fault>, open: Open) -> Body {
    let mut lines: Vec<Vec<u8>> = lines.iter().map(|line| format!("{line}\n").into_bytes()).collect();
    let second = 1.min(lines.len());
    match fault {
        Some(Fault::Error(text)) => {
            lines.truncate(second);
            lines.push(format!("{}\n", serde_json::json!({ "error": text })).into_bytes());
        }
        Some(Fault::Malformed) => lines.insert(second, b"{\"message\":{\"content\":}\n".to_vec()),
        Some(Fault::NotText) => {
            lines.insert(second, b"{\"message\":{\"content\":\"\xf0\x9f\xa5\"}}\n".to_vec())
        }
        Some(Fault::LongLine | Fault::Endless) => lines.truncate(lines.len().saturating_sub(1).max(1)),
        _ => {}
    }
    let bytes = lines.concat();
    let end = match fault {
        Some(Fault::Break(place) | Fault::End(place) | Fault::Stall(place)) => (*place).min(bytes.len()),
        _ => bytes.len(),
    };
    let pieces = cut(&bytes[..end], cuts, &lines);
    let again = match fault {
        Some(Fault::Endless) => lines.pop(),
        Some(Fault::LongLine) => Some(vec![b'x'; 4096]),
        _ => None,
    };
    let tail: std::pin::Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>> = match (fault, again) {
        (Some(Fault::Break(_)), _) => {
            // A moment later, so that what came before is on its way.
            Box::pin(stream::once(async {
                sleep(Duration::from_millis(5)).await;
                Err(io::ErrorKind::ConnectionReset.into())
            }))
        }
        (Some(Fault::SlowClose | Fault::Stall(_)), _) => Box::pin(stream::pending()),
        (_, Some(again)) => {
            let again = Bytes::from(again);
            Box::pin(stream::repeat_with(move || Ok(again.clone())))
        }
        _ => Box::pin(stream::empty()),
    };
    let all = stream::iter(pieces.into_iter().map(Ok)).chain(tail);
    let all = all.map(move |piece| {
        let _held = &open;
        piece.map(Frame::data)
    });
    BodyExt::boxed_unsync(StreamBody::new(all))
}

fn cut(bytes: &[u8], cuts: Cuts, lines: &[Vec<u8>]) -> Vec<Bytes> {
    let mut random = Noise::new(if let Cuts::Seed(seed) = cuts { seed } else { 0 });
    let mut lengths = lines.iter().map(Vec::len);
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = match cuts {
            Cuts::Lines => lengths.next().unwrap_or(rest.len()),
            Cuts::Once(place) if pieces.is_empty() => place,
            Cuts::Once(_) | Cuts::Whole => rest.len(),
            Cuts::Seed(_) => 1 + (random.unit() * 12.0) as usize,
            Cuts::Size(size) => size,
        };
        let (piece, left) = rest.split_at(length.clamp(1, rest.len()));
        pieces.push(Bytes::copy_from_slice(piece));
        rest = left;
    }
    pieces
}
