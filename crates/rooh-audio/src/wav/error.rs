//! Why something cannot be read as a WAV file, and what to do about it.

use std::fmt;

/// Why bytes cannot be read as a WAV file.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum WavError {
    /// There is no `data` chunk.
    NoAudio,
    /// There is no `fmt ` chunk, or it is too short to say anything.
    NoFormat,
    /// It is something else; the text says what, as far as can be told.
    NotWav(&'static str),
    /// The `fmt ` chunk contradicts itself or asks for the impossible; the text says how.
    Senseless(&'static str),
    /// The audio is compressed, or its samples have a size that nobody uses.
    Unsupported {
        /// The format tag of the `fmt ` chunk, or of its extension.
        tag: u16,
        /// Bits per sample.
        bits: u16,
    },
}

impl fmt::Display for WavError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAudio => {
                f.write_str("the WAV file has no audio (no data chunk): record or convert it again")
            }
            Self::NoFormat => {
                f.write_str("the WAV file does not say its format (no fmt chunk): convert it again")
            }
            Self::NotWav(what) => write!(
                f,
                "not a WAV file but {what}: convert it, for example with `ffmpeg -i INPUT -c:a pcm_s16le OUTPUT.wav`"
            ),
            Self::Senseless(how) => write!(f, "the WAV file is damaged: {how}"),
            Self::Unsupported { tag, bits } => {
                write!(f, "the WAV file holds {}", name_of(*tag))?;
                if *bits != 0 {
                    write!(f, " of {bits} bits")?;
                }
                f.write_str(
                    ", which is not supported: convert it, for example with \
                     `ffmpeg -i INPUT -c:a pcm_s16le OUTPUT.wav`",
                )
            }
        }
    }
}

impl std::error::Error for WavError {}

/// The format tags that one meets, by the names that people know.
fn name_of(tag: u16) -> String {
    let name = match tag {
        0x0001 => "PCM",
        0x0002 => "Microsoft ADPCM",
        0x0003 => "floating-point PCM",
        0x0006 => "A-law",
        0x0007 => "mu-law",
        0x0011 => "IMA ADPCM",
        0x0031 => "GSM 6.10",
        0x0050 => "MPEG audio",
        0x0055 => "MP3",
        0x00ff => "AAC",
        _ => return format!("audio with the format tag {tag:#06x}"),
    };
    name.to_owned()
}
