//! Noise that is the same each time.

/// A sequence of pseudo-random numbers from a seed (a linear congruential generator with the
/// constants of Knuth's MMIX); nothing here needs it to be unpredictable.
#[derive(Clone, Debug)]
pub struct Noise {
    state: u64,
}

impl Noise {
    /// The sequence that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1) }
    }

    /// The next number, all 32 bits of it.
    pub fn bits(&mut self) -> u32 {
        self.state =
            self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.state >> 32) as u32
    }

    /// The next number from 0 up to but not including 1.
    pub fn unit(&mut self) -> f64 {
        f64::from(self.bits()) / (f64::from(u32::MAX) + 1.0)
    }

    /// A sample of white noise between `-peak` and `peak`.
    pub fn sample(&mut self, peak: i16) -> i16 {
        ((self.unit() * 2.0 - 1.0) * f64::from(peak)) as i16
    }
}
