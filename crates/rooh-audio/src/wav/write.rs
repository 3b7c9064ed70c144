//! Writing a WAV file of 16-bit samples, at once or as they come.

use std::fmt;
use std::io::{self, Seek, SeekFrom, Write};

use crate::AudioFormat;

/// How long the header is: the file, the format and the data chunk begin in it.
const HEADER: usize = 44;
/// The most bytes of audio that the sizes in the header can tell.
const MOST: u32 = u32::MAX - HEADER as u32;

/// How many samples belong to one moment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Channels {
    /// One.
    Mono,
    /// Two: left, then right.
    Stereo,
}

impl Channels {
    fn count(self) -> u16 {
        match self {
            Self::Mono => 1,
            Self::Stereo => 2,
        }
    }
}

/// A whole WAV file of 16-bit samples; stereo samples alternate, left first.
///
/// # Panics
///
/// If there are more than 4 GiB of samples, which a WAV file cannot hold.
pub fn write(samples: &[i16], format: AudioFormat, channels: Channels) -> Vec<u8> {
    let bytes = u32::try_from(samples.len() * 2).ok().filter(|&bytes| bytes <= MOST);
    let bytes = bytes.expect("a WAV file holds less than 4 GiB");
    let mut file = Vec::with_capacity(HEADER + bytes as usize);
    file.extend_from_slice(&header(format, channels, bytes));
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// Grows a WAV file of 16-bit samples.
///
/// The file can be played at any time: up to the last [`flush`](Self::flush) by all players, and to
/// its end by those that believe the file more than its header.
/// Dropping the writer flushes it, without a word if that fails; [`finish`](Self::finish) tells.
pub struct Writer<W: Write + Seek> {
    /// Empty once the file was handed back.
    out: Option<W>,
    format: AudioFormat,
    channels: Channels,
    bytes: u32,
    scratch: Vec<u8>,
}

impl<W: Write + Seek> Writer<W> {
    /// Begins a file where `out` stands at its start.
    ///
    /// # Errors
    ///
    /// The header cannot be written.
    pub fn new(mut out: W, format: AudioFormat, channels: Channels) -> io::Result<Self> {
        out.write_all(&header(format, channels, 0))?;
        out.flush()?;
        Ok(Self { out: Some(out), format, channels, bytes: 0, scratch: Vec::new() })
    }

    /// Adds samples; stereo samples alternate, left first.
    ///
    /// # Errors
    ///
    /// The samples cannot be written, or the file would be larger than 4 GiB.
    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        let bytes = u32::try_from(samples.len() * 2).ok().and_then(|bytes| self.bytes.checked_add(bytes));
        let Some(bytes) = bytes.filter(|&bytes| bytes <= MOST) else {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a WAV file holds less than 4 GiB"));
        };
        self.scratch.clear();
        self.scratch.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        if let Some(out) = &mut self.out {
            out.write_all(&self.scratch)?;
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Makes the header say how much was written so far.
    ///
    /// # Errors
    ///
    /// The header cannot be written.
    pub fn flush(&mut self) -> io::Result<()> {
        let header = header(self.format, self.channels, self.bytes);
        let Some(out) = &mut self.out else { return Ok(()) };
        out.seek(SeekFrom::Start(0))?;
        out.write_all(&header)?;
        out.seek(SeekFrom::Start(HEADER as u64 + u64::from(self.bytes)))?;
        out.flush()
    }

    /// Ends the file and hands it back.
    ///
    /// # Errors
    ///
    /// The header cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.flush()?;
        Ok(self.out.take().expect("a file is handed back once, by the call that consumes the writer"))
    }

    /// How many moments were written: samples per channel.
    pub fn len(&self) -> u64 {
        u64::from(self.bytes / 2 / u32::from(self.channels.count()))
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }
}

impl<W: Write + Seek> Drop for Writer<W> {
    fn drop(&mut self) {
        // Nobody is left to be told; who wants to know calls `finish`.
        let _ = self.flush();
    }
}

impl<W: Write + Seek> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("format", &self.format)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// The header of a file with so many bytes of audio.
fn header(format: AudioFormat, channels: Channels, bytes: u32) -> [u8; HEADER] {
    let block = channels.count() * 2;
    let mut header = [0; HEADER];
    let mut place = 0;
    let mut put = |bytes: &[u8]| {
        header[place..place + bytes.len()].copy_from_slice(bytes);
        place += bytes.len();
    };
    put(b"RIFF");
    put(&(bytes + (HEADER as u32 - 8)).to_le_bytes());
    put(b"WAVEfmt ");
    put(&16_u32.to_le_bytes());
    put(&1_u16.to_le_bytes());
    put(&channels.count().to_le_bytes());
    put(&format.rate().to_le_bytes());
    put(&format.rate().wrapping_mul(u32::from(block)).to_le_bytes());
    put(&block.to_le_bytes());
    put(&16_u16.to_le_bytes());
    put(b"data");
    put(&bytes.to_le_bytes());
    header
}
