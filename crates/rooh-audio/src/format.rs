//! What a run of samples means: its rate. Audio in Rooh has one channel.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

/// The format of 16-bit mono PCM: how many samples there are in a second.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AudioFormat {
    rate: NonZeroU32,
}

impl AudioFormat {
    /// 8 kHz, what the telephone network carries.
    pub const TELEPHONE: Self = Self::mono(8_000);
    /// 16 kHz, what most recognizers take.
    pub const WIDEBAND: Self = Self::mono(16_000);

    /// One channel of `rate` samples a second.
    ///
    /// # Panics
    ///
    /// If `rate` is zero; in a constant that is an error of compilation.
    pub const fn mono(rate: u32) -> Self {
        match NonZeroU32::new(rate) {
            Some(rate) => Self { rate },
            None => panic!("an audio format needs a rate above zero"),
        }
    }

    /// Samples per second.
    pub const fn rate(self) -> u32 {
        self.rate.get()
    }

    /// How long `samples` samples last.
    pub const fn duration_of(self, samples: usize) -> Duration {
        let rate = self.rate.get() as u64;
        let samples = samples as u64;
        Duration::new(samples / rate, ((samples % rate) * 1_000_000_000 / rate) as u32)
    }

    /// How many whole samples fit into `duration`.
    pub const fn samples_in(self, duration: Duration) -> usize {
        // Half a nanosecond more, so that a duration made by `duration_of` gives its samples back.
        let nanos = duration.as_nanos();
        ((nanos * self.rate.get() as u128 + self.rate.get() as u128 / 2) / 1_000_000_000) as usize
    }
}

impl fmt::Display for AudioFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz mono", self.rate)
    }
}
