//! Bytes of an answer as frames of audio, wherever they are cut.

use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::{Error, ErrorKind, Result};

/// How long a frame is; the last of a clause may be shorter.
const FRAME: Duration = Duration::from_millis(20);
/// How much audio one request may yield: the longest text at the slowest speed takes nine minutes.
const LONGEST: Duration = Duration::from_secs(600);
/// How far into a file its samples may begin, in bytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// What an answer holds.
#[derive(Debug, Eq, PartialEq)]
enum Body {
    /// Not enough has come to tell.
    Unknown,
    /// Samples alone, or those of a file, of which so many bytes are still to come.
    Samples(u64),
    /// A file whose samples have not begun.
    Head,
}

/// Makes frames of the bytes of one answer.
#[derive(Debug)]
pub(crate) struct Samples {
    body: Body,
    bytes: Vec<u8>,
    format: AudioFormat,
    vendor: &'static str,
    yielded: Duration,
}

impl Samples {
    /// For an answer of `vendor`, the name that errors use.
    pub(crate) fn new(format: AudioFormat, vendor: &'static str) -> Self {
        Self { body: Body::Unknown, bytes: Vec::new(), format, vendor, yielded: Duration::ZERO }
    }

    /// Takes bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] for a file of another format, [`ErrorKind::Protocol`] for more
    /// audio than a text can have.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes.extend_from_slice(bytes);
        if self.body == Body::Unknown && self.bytes.len() >= 4 {
            // Some servers send a file whatever they are asked for.
            self.body = if self.bytes.starts_with(b"RIFF") { Body::Head } else { Body::Samples(u64::MAX) };
        }
        if self.body == Body::Head {
            self.read_head()?;
        }
        if let Body::Samples(left) = &mut self.body {
            // What comes behind the samples of a file is about them, and not to be heard.
            let end = usize::try_from(*left).map_or(self.bytes.len(), |left| left.min(self.bytes.len()));
            self.bytes.truncate(end);
        }
        if self.yielded > LONGEST {
            let message = format!("{} sent more audio than a text can have", self.vendor);
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        Ok(())
    }

    /// The next whole frame, beginning at `at`.
    pub(crate) fn frame(&mut self, at: SessionTime) -> Option<AudioFrame> {
        let length = self.format.samples_in(FRAME) * 2;
        (matches!(self.body, Body::Samples(_)) && self.bytes.len() >= length).then(|| self.take(length, at))
    }

    /// What is left once the answer has ended.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Network`] if it has ended in the middle of a sample, or of the head of a file.
    pub(crate) fn finish(mut self, at: SessionTime) -> Result<Option<AudioFrame>> {
        let is_cut = self.body == Body::Head
            || self.bytes.len() % 2 == 1
            || matches!(self.body, Body::Samples(left) if left < OPEN && left > self.bytes.len() as u64);
        if is_cut {
            let message = format!("the answer of {} ended in its middle", self.vendor);
            return Err(Error::new(ErrorKind::Network, message).with("cause", "broken"));
        }
        let length = self.bytes.len();
        Ok((length > 0).then(|| self.take(length, at)))
    }

    fn take(&mut self, length: usize, at: SessionTime) -> AudioFrame {
        let frame = AudioFrame::from_le_bytes(&self.bytes[..length], self.format, at);
        self.bytes.drain(..length);
        if let Body::Samples(left) = &mut self.body {
            *left -= length as u64;
        }
        self.yielded += frame.duration();
        frame
    }

    /// Reads the chunks of a file (RIFF, WAVE) up to its samples, if they are here already.
    fn read_head(&mut self) -> Result<()> {
        let mut at = 12;
        let mut is_right = None;
        while let Some(head) = self.bytes.get(at..at + 8) {
            let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
            match &head[..4] {
                b"data" => {
                    if is_right != Some(true) {
                        let message = format!("{} sent a file that is no 16-bit audio", self.vendor);
                        return Err(Error::new(ErrorKind::Unsupported, message)
                            .with("wanted", format!("one channel at {} Hz", self.format.rate())));
                    }
                    // A server that streams does not know the length, and writes the longest one or none.
                    let left = if length == 0 { u64::MAX } else { u64::from(length) };
                    self.body = Body::Samples(if left >= OPEN { u64::MAX } else { left });
                    self.bytes.drain(..at + 8);
                    return Ok(());
                }
                b"fmt " => match self.bytes.get(at + 8..at + 24) {
                    Some(format) => is_right = Some(self.is_right(format)),
                    None => break,
                },
                _ => {}
            }
            // Chunks begin at even places.
            at = at.saturating_add(8 + length as usize + length as usize % 2);
        }
        if at > LONGEST_HEAD || self.bytes.len() > LONGEST_HEAD {
            let message = format!("{} sent a file without samples", self.vendor);
            return Err(Error::new(ErrorKind::Protocol, message));
        }
        Ok(())
    }

    /// Whether a file has samples of 16 bits, in one channel, at the rate that is wanted.
    fn is_right(&self, format: &[u8]) -> bool {
        let rate = u32::from_le_bytes([format[4], format[5], format[6], format[7]]);
        let is_pcm = matches!(u16::from_le_bytes([format[0], format[1]]), 1 | 0xfffe);
        is_pcm && format[2..4] == [1, 0] && format[14..16] == [16, 0] && rate == self.format.rate()
    }
}

/// Lengths from here on stand for one that is not known: `ffmpeg` and others write `0xffffffff` or
/// a little less, for the head that they count in.
const OPEN: u64 = 0x7fff_0000;

#[cfg(test)]
mod tests {
    use super::*;

    const FORMAT: AudioFormat = AudioFormat::mono(24_000);

    /// All samples of an answer that comes in pieces of so many bytes.
    fn read(bytes: &[u8], size: usize) -> Result<Vec<i16>> {
        let mut samples = Samples::new(FORMAT, "Acme");
        let mut all = Vec::new();
        for piece in bytes.chunks(size) {
            samples.push(piece)?;
            while let Some(frame) = samples.frame(SessionTime::ZERO) {
                assert_eq!(frame.duration(), FRAME);
                all.extend_from_slice(frame.samples());
            }
        }
        all.extend(samples.finish(SessionTime::ZERO)?.iter().flat_map(|frame| frame.samples()).copied());
        Ok(all)
    }

    fn wav(rate: u32, bits: u16, length: u32, samples: &[u8], behind: &[u8]) -> Vec<u8> {
        let mut wav = b"RIFF\xff\xff\xff\xffWAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0\x01\0\x01\0".to_vec();
        wav.extend(rate.to_le_bytes());
        wav.extend((rate * 2).to_le_bytes());
        wav.extend([2, 0]);
        wav.extend(bits.to_le_bytes());
        wav.extend(b"data");
        wav.extend(length.to_le_bytes());
        [wav.as_slice(), samples, behind].concat()
    }

    #[test]
    fn samples_are_read_wherever_they_are_cut() {
        let samples: Vec<i16> = (0..1_000).map(|n| n * 31 - 15_000).collect();
        let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        let file = wav(24_000, 16, 2_000, &bytes, b"LIST\x04\0\0\0info");
        let open = wav(24_000, 16, u32::MAX, &bytes, b"");
        let unknown = wav(24_000, 16, 0, &bytes, b"");
        for size in [1, 2, 3, 7, 959, 960, 961, 10_000] {
            for bytes in [&bytes, &file, &open, &unknown] {
                assert_eq!(read(bytes, size).unwrap(), samples, "{size}");
            }
        }
        assert!(read(&[], 1).unwrap().is_empty());
        assert_eq!(read(&[1, 0], 1).unwrap(), [1]);
    }

    #[test]
    fn an_answer_that_ends_inside_of_a_sample_or_of_a_file_was_cut_off() {
        for size in [1, 100] {
            for bytes in
                [&[1_u8, 0, 2][..], &wav(24_000, 16, 8, &[0; 6], b""), &wav(24_000, 16, 8, b"", b"")[..40]]
            {
                assert_eq!(read(bytes, size).unwrap_err().kind(), ErrorKind::Network);
            }
        }
    }

    #[test]
    fn a_file_of_another_format_is_refused() {
        for bytes in [wav(16_000, 16, 8, &[0; 8], b""), wav(24_000, 8, 8, &[0; 8], b"")] {
            assert_eq!(read(&bytes, 5).unwrap_err().kind(), ErrorKind::Unsupported);
        }
        let endless =
            [b"RIFF\0\0\0\0WAVE".as_slice(), &b"junk\x10\0\0\0................".repeat(4_000)].concat();
        assert_eq!(read(&endless, 4_096).unwrap_err().kind(), ErrorKind::Protocol);
    }

    #[test]
    fn audio_without_an_end_is_given_up() {
        let second = vec![0; 48_000];
        let mut samples = Samples::new(FORMAT, "Acme");
        let error = (0..700).find_map(|_| {
            let pushed = samples.push(&second);
            while samples.frame(SessionTime::ZERO).is_some() {}
            pushed.err()
        });
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Protocol));
    }
}
