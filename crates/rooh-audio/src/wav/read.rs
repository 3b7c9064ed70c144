//! Reading a WAV file as it comes: with odd chunks, wrong sizes, or cut off in the middle.

use std::fmt;
use std::time::Duration;

use super::{Encoding, WavError};
use crate::AudioFormat;

/// The rates that are taken for real, in samples per second.
const RATES: std::ops::RangeInclusive<u32> = 1_000..=384_000;
/// The most channels that are taken for real.
const MOST_CHANNELS: u16 = 64;
/// Stands for a size that the writer did not know (EBU Tech 3306, section 3; and all who stream).
const UNKNOWN_SIZE: u32 = u32::MAX;

/// The content of a WAV file.
#[derive(Clone, Eq, PartialEq)]
pub struct Wav {
    channels: usize,
    encoding: Encoding,
    format: AudioFormat,
    interleaved: Vec<i16>,
}

/// Reads a WAV file.
///
/// Takes integers of 8 to 32 bits, floating point of 32 and 64 bits, mu-law and A-law, any rate
/// from 1 to 384 kHz, up to 64 channels, the extensible and the 64-bit header, chunks in any order,
/// audio that was cut off, and headers written before the size was known.
/// Samples beyond full scale are clipped; what is not a number becomes silence.
///
/// # Errors
///
/// The bytes are something else, or hold audio that would need a codec.
pub fn read(bytes: &[u8]) -> Result<Wav, WavError> {
    let (container, body) = container(bytes)?;
    let mut chunks = Chunks { rest: body, long_data: None };
    let mut header = None;
    let mut audio = None;
    while let Some((name, content)) = chunks.next() {
        match name {
            b"fmt " if header.is_none() => header = Some(Header::read(content)?),
            b"data" if audio.is_none() => audio = Some(content),
            b"ds64" if container == Container::Long => chunks.long_data = long_data(content),
            _ => {}
        }
    }
    let header = header.ok_or(WavError::NoFormat)?;
    let audio = audio.ok_or(WavError::NoAudio)?;
    let whole = audio.len() - audio.len() % (header.encoding.bytes() * header.channels);
    Ok(Wav {
        channels: header.channels,
        encoding: header.encoding,
        format: header.format,
        interleaved: header.encoding.decode(&audio[..whole]),
    })
}

impl Wav {
    /// How many channels the file has.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// How long it plays.
    pub fn duration(&self) -> Duration {
        self.format.duration_of(self.interleaved.len() / self.channels)
    }

    /// How the file stored its samples.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The rate of each channel.
    pub fn format(&self) -> AudioFormat {
        self.format
    }

    /// One sample of each channel, then the next of each.
    pub fn interleaved(&self) -> &[i16] {
        &self.interleaved
    }

    /// One channel, counted from zero; `None` if there is no such channel.
    pub fn channel(&self, channel: usize) -> Option<Vec<i16>> {
        let samples = self.interleaved.iter().skip(channel).step_by(self.channels).copied();
        (channel < self.channels).then(|| samples.collect())
    }

    /// All channels as one: their mean, which cannot clip.
    pub fn mono(&self) -> Vec<i16> {
        if self.channels == 1 {
            return self.interleaved.clone();
        }
        let mean = |frame: &[i16]| {
            let sum: i32 = frame.iter().map(|&sample| i32::from(sample)).sum();
            (sum as f32 / self.channels as f32).round() as i16
        };
        self.interleaved.chunks_exact(self.channels).map(mean).collect()
    }
}

impl fmt::Debug for Wav {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wav")
            .field("channels", &self.channels)
            .field("duration", &self.duration())
            .field("encoding", &self.encoding)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Container {
    /// Sizes of 32 bits.
    Plain,
    /// The size of the audio has 64 bits and stands in a chunk of its own.
    Long,
}

/// The kind of file, and what comes after its first twelve bytes.
fn container(bytes: &[u8]) -> Result<(Container, &[u8]), WavError> {
    let kind = match bytes {
        [b'R', b'I', b'F', b'F', ..] => Container::Plain,
        [b'R', b'F', b'6', b'4', ..] | [b'B', b'W', b'6', b'4', ..] => Container::Long,
        _ => return Err(WavError::NotWav(looks_like(bytes))),
    };
    match bytes.get(8..12) {
        Some(b"WAVE") => Ok((kind, &bytes[12..])),
        Some(b"AVI ") => Err(WavError::NotWav("an AVI video")),
        Some(b"WEBP") => Err(WavError::NotWav("a WebP picture")),
        Some(_) => Err(WavError::NotWav("another kind of RIFF file")),
        None => Err(WavError::NotWav("the first few bytes of one")),
    }
}

/// What bytes that are not a WAV file seem to be.
fn looks_like(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "an empty file",
        [b'R', b'I', b'F', b'X', ..] => "its big-endian relative RIFX",
        [b'I', b'D', b'3', ..] => "MP3",
        [0xff, second, ..] if second & 0xe0 == 0xe0 => "MPEG audio",
        [b'O', b'g', b'g', b'S', ..] => "Ogg",
        [b'f', b'L', b'a', b'C', ..] => "FLAC",
        [b'F', b'O', b'R', b'M', ..] => "AIFF",
        [b'.', b's', b'n', b'd', ..] => "AU",
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "WebM or Matroska",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "MP4",
        [b'<', ..] => "a web page or XML",
        [b'{' | b'[', ..] => "JSON",
        _ => "something unknown, perhaps samples without a header",
    }
}

/// The size of the audio from a `ds64` chunk (EBU Tech 3306, section 3).
fn long_data(content: &[u8]) -> Option<usize> {
    let size = content.get(8..16)?;
    usize::try_from(u64::from_le_bytes(size.try_into().ok()?)).ok()
}

/// The chunks of a file, one after the other, as far as they go.
struct Chunks<'a> {
    rest: &'a [u8],
    /// The size of the audio, if it stands elsewhere than in front of it.
    long_data: Option<usize>,
}

impl<'a> Chunks<'a> {
    fn next(&mut self) -> Option<(&'a [u8; 4], &'a [u8])> {
        let (name, rest) = self.rest.split_first_chunk::<4>()?;
        let (size, content) = rest.split_first_chunk::<4>()?;
        let size = u32::from_le_bytes(*size);
        let size = match name {
            b"data" if size == UNKNOWN_SIZE => self.long_data.unwrap_or(content.len()),
            b"data" if size == 0 && !begins_with_chunk(content) => content.len(),
            _ => size as usize,
        };
        let size = size.min(content.len());
        let (content, rest) = content.split_at(size);
        // Chunks begin at even places. Some writers forget the byte in between.
        let forgotten = size % 2 == 0 || (begins_with_chunk(rest) && !rest.starts_with(&[0]));
        self.rest = if forgotten { rest } else { rest.get(1..).unwrap_or_default() };
        Some((name, content))
    }
}

/// Whether a chunk begins here that fits in what is there: so a size of zero was meant.
fn begins_with_chunk(bytes: &[u8]) -> bool {
    let Some((name, rest)) = bytes.split_first_chunk::<4>() else { return bytes.is_empty() };
    let Some((size, content)) = rest.split_first_chunk::<4>() else { return false };
    let named = name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ');
    named && u32::from_le_bytes(*size) as usize <= content.len()
}

/// What the `fmt ` chunk says, in so far as it matters.
struct Header {
    channels: usize,
    encoding: Encoding,
    format: AudioFormat,
}

impl Header {
    fn read(content: &[u8]) -> Result<Self, WavError> {
        let short = |place: usize| {
            let bytes = content.get(place..place + 2)?;
            Some(u16::from_le_bytes([bytes[0], bytes[1]]))
        };
        let (Some(tag), Some(channels), Some(low), Some(high), Some(block)) =
            (short(0), short(2), short(4), short(6), short(12))
        else {
            return Err(WavError::NoFormat);
        };
        let rate = u32::from(high) << 16 | u32::from(low);
        let bits = short(14).unwrap_or(0);
        // The extensible header repeats the tag as the first bytes of an identifier.
        let tag = if tag == 0xfffe { short(24).unwrap_or(tag) } else { tag };
        if channels == 0 {
            return Err(WavError::Senseless("it has no channel"));
        }
        if channels > MOST_CHANNELS {
            return Err(WavError::Senseless("it has more than 64 channels"));
        }
        if !RATES.contains(&rate) {
            return Err(WavError::Senseless("its rate is not between 1 and 384 kHz"));
        }
        let encoding = encoding(tag, bits, container_bytes(bits, block, channels))?;
        Ok(Self { channels: channels.into(), encoding, format: AudioFormat::mono(rate) })
    }
}

/// How many bytes a sample takes: 12 or 20 bits lie in 2 or 3 bytes, sometimes in 4.
fn container_bytes(bits: u16, block: u16, channels: u16) -> usize {
    let needed = usize::from(bits.div_ceil(8));
    let bytes = usize::from(block / channels);
    if block.is_multiple_of(channels) && bytes >= needed { bytes } else { needed }
}

fn encoding(tag: u16, bits: u16, bytes: usize) -> Result<Encoding, WavError> {
    match (tag, bytes) {
        (1, 1..=4) if bits != 0 => Ok(Encoding::Integer { bytes }),
        (3, 4 | 8) => Ok(Encoding::Float { bytes }),
        (6, 0 | 1) => Ok(Encoding::ALaw),
        (7, 0 | 1) => Ok(Encoding::MuLaw),
        _ => Err(WavError::Unsupported { tag, bits }),
    }
}
