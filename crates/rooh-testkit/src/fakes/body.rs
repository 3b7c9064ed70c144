//! Bodies made of records, which come as a seed or a fault wants them.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fmt, io};

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use serde_json::Value;
use tokio::time::sleep;

use crate::Noise;

pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Into which pieces an answer is cut. Each piece is one chunk of a body, or one fragment of a
/// message through a socket.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cuts {
    /// After each line, or record, or message.
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

/// What goes wrong with an answer over HTTP. A record is a line, an event, a frame: what its vendor
/// streams.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The connection breaks after so many bytes of the body.
    Break(usize),
    /// Comments stand between the records, where the format has them. It is unusual, not wrong.
    Comments,
    /// Lines end with CR LF, where the format has lines. It is unusual, not wrong.
    Crlf,
    /// The record after so many comes twice.
    Doubled(usize),
    /// The body ends in peace after so many bytes.
    End(usize),
    /// The pieces never end: the last record but one comes again and again.
    Endless,
    /// The second record is an error.
    Error(String),
    /// The head comes this late.
    Late(Duration),
    /// The second record never ends.
    LongLine,
    /// The second record is broken: no JSON, a wrong checksum.
    Malformed,
    /// The second record has a byte that is no text.
    NotText,
    /// The last record has come, and the connection stays open without a word.
    SlowClose,
    /// After so many bytes nothing more comes.
    Stall(usize),
    /// Another status, with this text and this `Retry-After`.
    Status(u16, String, Option<String>),
    /// The record after so many comes after its neighbor.
    Swapped(usize),
}

impl Fault {
    /// A fault by its seed, with places inside of an answer of `length` bytes.
    ///
    /// `Doubled` and `Swapped` are not drawn, as a client can tell them only where a vendor numbers
    /// its records; nor are the harmless `Comments` and `Crlf`.
    pub fn from_seed(seed: u64, length: usize) -> Self {
        let mut random = Noise::new(seed);
        let mut below = |n: usize| (random.unit() * n as f64) as usize;
        let place = below(length);
        match below(11) {
            0 => Self::Break(place),
            1 => Self::End(place),
            2 => Self::Endless,
            3 => Self::Error("the server has failed".to_owned()),
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

type ErrorRecord = Box<dyn Fn(&str) -> Vec<u8> + Send>;

/// What a vendor streams as one body, and how that is spoiled.
pub struct Records {
    pub(crate) content_type: &'static str,
    comment: Option<Vec<u8>>,
    error: Option<ErrorRecord>,
    has_lines: bool,
    malformed: Option<Vec<u8>>,
    not_text: Option<Vec<u8>>,
    records: Vec<Vec<u8>>,
}

impl Records {
    /// Records as they are, such as pieces of audio. A fault for which the vendor gives no record
    /// breaks the connection after the first of them.
    pub fn new(content_type: &'static str, records: Vec<Vec<u8>>) -> Self {
        let (comment, error, malformed, not_text) = (None, None, None, None);
        Self { content_type, comment, error, has_lines: false, malformed, not_text, records }
    }

    /// One JSON value for each line (NDJSON).
    pub fn lines<'a>(content_type: &'static str, lines: impl IntoIterator<Item = &'a Value>) -> Self {
        let lines = lines.into_iter().map(|line| format!("{line}\n").into_bytes()).collect();
        let all =
            Self::new(content_type, lines).malformed("{\"x\":}\n").not_text(b"{\"x\":\"\xf0\x9f\xa5\"}\n");
        Self { has_lines: true, ..all }
    }

    /// Server-sent events, each made by [`event`].
    pub fn events(events: Vec<Vec<u8>>) -> Self {
        let all = Self::new("text/event-stream", events);
        let all = all.malformed("data: {\"x\":}\n\n").not_text(b"data: {\"x\":\"\xf0\x9f\xa5\"}\n\n");
        Self { comment: Some(b": a comment\n\n".to_vec()), has_lines: true, ..all }
    }

    /// The record of an error in the stream, from its text.
    #[must_use]
    pub fn error(self, error: impl Fn(&str) -> Vec<u8> + Send + 'static) -> Self {
        Self { error: Some(Box::new(error)), ..self }
    }

    /// The record for [`Fault::Malformed`].
    #[must_use]
    pub fn malformed(self, record: impl AsRef<[u8]>) -> Self {
        Self { malformed: Some(record.as_ref().to_vec()), ..self }
    }

    /// The record for [`Fault::NotText`].
    #[must_use]
    pub fn not_text(self, record: impl AsRef<[u8]>) -> Self {
        Self { not_text: Some(record.as_ref().to_vec()), ..self }
    }

    /// The record or comment for [`Fault::Comments`], such as a vendor's ping.
    #[must_use]
    pub fn comment(self, record: impl AsRef<[u8]>) -> Self {
        Self { comment: Some(record.as_ref().to_vec()), ..self }
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("content_type", &self.content_type)
            .field("records", &self.records.len())
            .finish_non_exhaustive()
    }
}

/// A server-sent event, with a field `event` if it has a name.
pub fn event(name: Option<&str>, data: &str) -> Vec<u8> {
    let mut event = name.map(|name| format!("event: {name}\n")).unwrap_or_default();
    for line in data.split('\n') {
        event += &format!("data: {line}\n");
    }
    event.push('\n');
    event.into_bytes()
}

/// Records as a body, cut and spoiled; `open` is held until the body was sent or given up.
pub(crate) fn spoiled(all: Records, cuts: Cuts, fault: Option<&Fault>, open: Open) -> Body {
    let Records { comment, error, has_lines, malformed, not_text, records: mut lines, .. } = all;
    let second = 1.min(lines.len());
    let instead = match fault {
        Some(Fault::Error(text)) => error.map(|error| error(text)),
        Some(Fault::Malformed) => malformed,
        Some(Fault::NotText) => not_text,
        _ => None,
    };
    let mut breaks = matches!(fault, Some(Fault::Break(_)));
    match (fault, instead) {
        (Some(Fault::Error(_)), Some(record)) => {
            lines.truncate(second);
            lines.push(record);
        }
        (Some(Fault::Malformed | Fault::NotText), Some(record)) => lines.insert(second, record),
        (Some(Fault::Error(_) | Fault::Malformed | Fault::NotText), None) => {
            lines.truncate(second);
            breaks = true;
        }
        (Some(Fault::LongLine | Fault::Endless), _) => lines.truncate(lines.len().saturating_sub(1).max(1)),
        (Some(Fault::Doubled(place)), _) if *place < lines.len() => {
            lines.insert(*place, lines[*place].clone());
        }
        (Some(Fault::Swapped(place)), _) if place + 1 < lines.len() => lines.swap(*place, place + 1),
        (Some(Fault::Comments), _) => {
            let before = |line| comment.iter().cloned().chain([line]);
            lines = lines.into_iter().flat_map(before).collect();
        }
        (Some(Fault::Crlf), _) if has_lines => {
            for line in &mut lines {
                *line = line.split(|byte| *byte == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]);
            }
        }
        _ => {}
    }
    let bytes = lines.concat();
    let end = match fault {
        Some(Fault::Break(place) | Fault::End(place) | Fault::Stall(place)) => (*place).min(bytes.len()),
        _ => bytes.len(),
    };
    let pieces = cut(&bytes[..end], cuts, lines.iter().map(Vec::len));
    let again = match fault {
        Some(Fault::Endless) => lines.pop(),
        Some(Fault::LongLine) => Some(vec![b'x'; 4096]),
        _ => None,
    };
    let tail: std::pin::Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>> = match (fault, again) {
        _ if breaks => {
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

/// Into which pieces `bytes` go; `lengths` are those of their records.
pub(crate) fn cut(bytes: &[u8], cuts: Cuts, mut lengths: impl Iterator<Item = usize>) -> Vec<Bytes> {
    let mut random = Noise::new(if let Cuts::Seed(seed) = cuts { seed } else { 0 });
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
