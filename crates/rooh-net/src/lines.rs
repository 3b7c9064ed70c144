//! Lines out of pieces that are cut anywhere.

use std::error::Error;
use std::fmt;

/// Collects pieces of a stream and gives back whole lines.
///
/// It holds at most one unfinished line of the limit, and the last piece. What a line says, and
/// whether it is text at all, is looked at only when the line is whole, so a piece may end inside
/// a character.
#[derive(Debug)]
pub struct LineBuffer {
    bytes: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where no end of a line was found.
    searched: usize,
    limit: usize,
}

/// A line was longer than it may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooLong {
    /// How long it may be, in bytes.
    pub limit: usize,
}

impl LineBuffer {
    /// Lines of at most `limit` bytes, without the end of the line.
    pub fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), start: 0, searched: 0, limit }
    }

    /// Adds the next piece.
    pub fn push(&mut self, piece: &[u8]) {
        self.bytes.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        self.bytes.extend_from_slice(piece);
    }

    /// The next line that is whole and not blank, without its end: `\n` or `\r\n`.
    ///
    /// # Errors
    ///
    /// If the line is too long, whether it has ended or not.
    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        while let Some(found) = self.bytes[self.searched..].iter().position(|byte| *byte == b'\n') {
            let line = trim(&self.bytes[self.start..self.searched + found]).to_vec();
            self.searched += found + 1;
            self.start = self.searched;
            if line.len() > self.limit {
                return Err(TooLong { limit: self.limit });
            }
            if !line.is_empty() {
                return Ok(Some(line));
            }
        }
        self.searched = self.bytes.len();
        // One more for a `\r` whose `\n` is still to come.
        if self.searched - self.start > self.limit.saturating_add(1) {
            return Err(TooLong { limit: self.limit });
        }
        Ok(None)
    }

    /// What is left when nothing more comes: a last line without an end, if there is one.
    ///
    /// # Errors
    ///
    /// If that is too long.
    pub fn finish(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        let line = trim(&self.bytes[self.start..]).to_vec();
        self.bytes.clear();
        self.start = 0;
        self.searched = 0;
        if line.len() > self.limit {
            return Err(TooLong { limit: self.limit });
        }
        Ok((!line.is_empty()).then_some(line))
    }
}

/// A line without blanks around it; JSON needs none.
fn trim(line: &[u8]) -> &[u8] {
    line.trim_ascii()
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a line is longer than {} bytes", self.limit)
    }
}

impl Error for TooLong {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "{\"a\":\"grüße\"}\n\r\n{\"b\":\"日本語 🥐\"}\r\n\n{\"c\":1}";
    const LINES: [&str; 3] = ["{\"a\":\"grüße\"}", "{\"b\":\"日本語 🥐\"}", "{\"c\":1}"];

    fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> Result<Vec<String>, TooLong> {
        let mut buffer = LineBuffer::new(limit);
        let mut lines = Vec::new();
        for piece in pieces {
            buffer.push(piece);
            while let Some(line) = buffer.next_line()? {
                lines.push(String::from_utf8(line).unwrap());
            }
        }
        lines.extend(buffer.finish()?.map(|line| String::from_utf8(line).unwrap()));
        Ok(lines)
    }

    #[test]
    fn every_pair_of_cuts_gives_the_same_lines() {
        let bytes = TEXT.as_bytes();
        for first in 0..=bytes.len() {
            for second in first..=bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(read(pieces, 64).unwrap(), LINES, "cut at {first} and {second}");
            }
        }
        assert_eq!(read(bytes.chunks(1), 64).unwrap(), LINES);
    }

    #[test]
    fn a_line_at_its_limit_is_read_and_a_longer_one_is_refused() {
        let line = "x".repeat(10);
        for end in ["", "\n", "\r\n"] {
            let text = format!("{line}{end}");
            for size in 1..=text.len() {
                assert_eq!(
                    read(text.as_bytes().chunks(size), 10).unwrap(),
                    [line.as_str()],
                    "{text:?} by {size}"
                );
                assert!(read(format!("x{text}").as_bytes().chunks(size), 10).is_err(), "{text:?} by {size}");
            }
        }
    }

    #[test]
    fn what_has_no_end_is_not_kept() {
        let mut buffer = LineBuffer::new(100);
        let refused = (0..1_000).position(|_| {
            buffer.push(b"0123456789");
            buffer.next_line().is_err()
        });
        assert_eq!(refused, Some(10));
        let mut blank = LineBuffer::new(100);
        for _ in 0..1_000 {
            blank.push(b"\n\n\n\n\n\n\n\n\n\n");
            assert_eq!(blank.next_line(), Ok(None));
        }
        assert!(blank.bytes.len() <= 10);
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_give_the_same_lines(text in "[a-zü🥐\n\r ]{0,80}", size in 1_usize..20) {
            let whole = read([text.as_bytes()], 1_000).unwrap();
            prop_assert_eq!(read(text.as_bytes().chunks(size), 1_000).unwrap(), whole);
        }
    }
}
