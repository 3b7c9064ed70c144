//! From the samples of a WAV file, in any of the usual encodings, to 16 bits.

use crate::g711;

/// How a WAV file stores its samples.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Encoding {
    /// G.711 A-law, 8 bits.
    ALaw,
    /// Floating point of 32 or 64 bits; 1.0 is full scale.
    Float {
        /// Bytes per sample, 4 or 8.
        bytes: usize,
    },
    /// Integers; one byte is unsigned, more are signed.
    Integer {
        /// Bytes per sample, 1 to 4.
        bytes: usize,
    },
    /// G.711 mu-law, 8 bits.
    MuLaw,
}

impl Encoding {
    /// How many bytes a sample takes.
    pub fn bytes(self) -> usize {
        match self {
            Self::ALaw | Self::MuLaw => 1,
            Self::Float { bytes } | Self::Integer { bytes } => bytes,
        }
    }

    /// The samples of `data` in 16 bits; an incomplete last one is left away.
    pub(super) fn decode(self, data: &[u8]) -> Vec<i16> {
        match self {
            Self::ALaw => data.iter().map(|&code| g711::decode_a_law(code)).collect(),
            Self::MuLaw => data.iter().map(|&code| g711::decode_mu_law(code)).collect(),
            Self::Float { bytes: 8 } => each(data, |sample| from_float(f64::from_le_bytes(sample))),
            Self::Float { .. } => each(data, |sample| from_float(f64::from(f32::from_le_bytes(sample)))),
            Self::Integer { bytes: 1 } => data.iter().map(|&sample| (i16::from(sample) - 128) << 8).collect(),
            Self::Integer { bytes: 2 } => each(data, i16::from_le_bytes),
            Self::Integer { bytes: 3 } => each(data, |[a, b, c]| from_wide([0, a, b, c])),
            Self::Integer { .. } => each(data, from_wide),
        }
    }
}

fn each<const N: usize>(data: &[u8], decode: impl Fn([u8; N]) -> i16) -> Vec<i16> {
    data.as_chunks::<N>().0.iter().map(|&sample| decode(sample)).collect()
}

/// The upper half of 32 bits, rounded: cutting off would shift the audio by half a step.
fn from_wide(sample: [u8; 4]) -> i16 {
    (i32::from_le_bytes(sample).saturating_add(0x8000) >> 16) as i16
}

/// Full scale is 32,768, so that what was made of 16 bits comes back as it was.
/// The conversion saturates, and makes silence of what is not a number.
fn from_float(sample: f64) -> i16 {
    (sample * 32_768.0).round() as i16
}
