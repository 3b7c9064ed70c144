//! Server-sent events out of pieces that are cut anywhere.
//!
//! As the HTML standard says (section 9.2, Server-sent events), but for `id` and `retry`, which are
//! for clients that come back, and for a last event whose blank line is missing, which counts if its
//! last line has an end.

use std::error::Error;
use std::fmt;

/// An event of a server.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SseEvent {
    /// Its data, whose lines are joined by `\n`.
    pub data: String,
    /// Its type; empty if it has none.
    pub event: String,
}

/// Collects pieces of a stream and gives back whole events that have data.
///
/// It holds at most one unfinished event of the limit, and the last piece.
#[derive(Debug)]
pub struct SseBuffer {
    data: Vec<u8>,
    event: Vec<u8>,
    has_data: bool,
    limit: usize,
    piece: Vec<u8>,
    /// Up to where `piece` was read.
    read: usize,
    /// The line that is not whole yet, if it began before `piece`.
    line: Vec<u8>,
    /// The last line ended with `\r`; a `\n` that follows belongs to it.
    skips_newline: bool,
    /// No line was read yet: the first may begin with a byte-order mark.
    is_first: bool,
}

/// What comes is no event that can be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BadEvent {
    /// It is not UTF-8.
    NotText,
    /// It is longer than this many bytes.
    TooLong(usize),
}

impl SseBuffer {
    /// Events of at most `limit` bytes each.
    pub fn new(limit: usize) -> Self {
        Self {
            data: Vec::new(),
            event: Vec::new(),
            has_data: false,
            limit,
            piece: Vec::new(),
            read: 0,
            line: Vec::new(),
            skips_newline: false,
            is_first: true,
        }
    }

    /// Adds the next piece, once all events of the last one were taken.
    pub fn push(&mut self, piece: &[u8]) {
        self.piece.drain(..self.read);
        self.read = 0;
        self.piece.extend_from_slice(piece);
    }

    /// Says that nothing more comes, and the last event needs no blank line.
    pub fn finish(&mut self) {
        if self.line.is_empty() {
            // Two: the first may be the rest of an end `\r\n`.
            self.push(b"\n\n");
        }
    }

    /// The next event that is whole.
    ///
    /// # Errors
    ///
    /// If an event is too long, whole or not, or no text.
    pub fn next_event(&mut self) -> Result<Option<SseEvent>, BadEvent> {
        while let Some(end) = self.piece[self.read..].iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let end = self.read + end;
            let is_rest = self.piece[end] == b'\n' && end == self.read && self.skips_newline;
            self.skips_newline = self.piece[end] == b'\r';
            if !is_rest {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(&self.piece[self.read..end]);
                self.read = end + 1;
                if let Some(event) = self.take_line(&line)? {
                    return Ok(Some(event));
                }
            }
            self.read = end + 1;
        }
        if self.read < self.piece.len() {
            self.skips_newline = false;
            self.line.extend_from_slice(&self.piece[self.read..]);
            self.read = self.piece.len();
        }
        self.check(self.line.len())?;
        Ok(None)
    }

    fn take_line(&mut self, line: &[u8]) -> Result<Option<SseEvent>, BadEvent> {
        let is_first = std::mem::take(&mut self.is_first);
        let line = line.strip_prefix("\u{feff}".as_bytes()).filter(|_| is_first).unwrap_or(line);
        if line.is_empty() {
            let (data, event) = (std::mem::take(&mut self.data), std::mem::take(&mut self.event));
            if !std::mem::take(&mut self.has_data) {
                return Ok(None);
            }
            let text = |bytes| String::from_utf8(bytes).map_err(|_| BadEvent::NotText);
            return Ok(Some(SseEvent { data: text(data)?, event: text(event)? }));
        }
        self.check(line.len())?;
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = colon.map_or((line, &[][..]), |colon| (&line[..colon], &line[colon + 1..]));
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
            }
            b"event" => self.event = value.to_vec(),
            _ => {}
        }
        Ok(None)
    }

    /// Whether this many bytes more are not too many.
    fn check(&self, more: usize) -> Result<(), BadEvent> {
        let length = self.data.len() + more;
        if length > self.limit { Err(BadEvent::TooLong(self.limit)) } else { Ok(()) }
    }
}

impl fmt::Display for BadEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotText => f.write_str("an event is no UTF-8"),
            Self::TooLong(limit) => write!(f, "an event is longer than {limit} bytes"),
        }
    }
}

impl Error for BadEvent {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "\u{feff}: hello\n\nevent: first\ndata: {\"a\":\"grüße 🥐\"}\r\n\r\nid: 7\ndata:x\rdata\r\
                        data:  y\r\rretry: 5\nevent: none\n\ndata: [DONE]\n\n";

    fn read<'a>(
        pieces: impl IntoIterator<Item = &'a [u8]>,
        limit: usize,
    ) -> Result<Vec<(String, String)>, BadEvent> {
        let mut buffer = SseBuffer::new(limit);
        let mut events = Vec::new();
        let mut take = |buffer: &mut SseBuffer| {
            while let Some(SseEvent { data, event }) = buffer.next_event()? {
                events.push((event, data));
            }
            Ok(())
        };
        for piece in pieces {
            buffer.push(piece);
            take(&mut buffer)?;
        }
        buffer.finish();
        take(&mut buffer)?;
        Ok(events)
    }

    fn expected() -> Vec<(String, String)> {
        let pairs = [("first", "{\"a\":\"grüße 🥐\"}"), ("", "x\n\n y"), ("", "[DONE]")];
        pairs.map(|(event, data)| (event.to_owned(), data.to_owned())).into()
    }

    #[test]
    fn every_pair_of_cuts_gives_the_same_events() {
        let bytes = TEXT.as_bytes();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(read(pieces, 64).unwrap(), expected(), "cut at {first} and {second}");
            }
        }
        assert_eq!(read(bytes.chunks(1), 64).unwrap(), expected());
    }

    #[test]
    fn a_last_event_needs_the_end_of_its_line_and_no_blank_one() {
        let one = |text: &str| read([text.as_bytes()], 64).unwrap().len();
        assert_eq!(one("data: a"), 0);
        assert_eq!(one("data: a\n"), 1);
        assert_eq!(one("data: a\r"), 1);
        assert_eq!(one("data: a\n\ndata: b"), 1);
        assert_eq!(one("event: a\n\n: b\n\n"), 0);
        assert_eq!(one("data\n\n"), 1);
    }

    #[test]
    fn what_has_no_end_or_is_no_text_is_refused() {
        for piece in ["data: 0123456789", "data: 01234567\n", ": 01234567", "x"] {
            let mut buffer = SseBuffer::new(100);
            let refused = (0..1_000).any(|_| {
                buffer.push(piece.as_bytes());
                buffer.next_event().is_err()
            });
            assert!(refused, "{piece:?}");
            assert!(buffer.data.len() + buffer.line.len() <= 200);
        }
        assert_eq!(read([&b"data: \xff\n\n"[..]], 100), Err(BadEvent::NotText));
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_give_the_same_events(
            text in "(data|event|x|:| |ü|🥐|\n|\r|a){0,60}", size in 1_usize..20,
        ) {
            let whole = read([text.as_bytes()], 1_000).unwrap();
            prop_assert_eq!(read(text.as_bytes().chunks(size), 1_000).unwrap(), whole);
        }
    }
}
