//! Numbers that look random and are the same each time.

/// A sequence of pseudo-random numbers from a seed (SplitMix64, Steele and others 2014).
///
/// Nothing here needs it to be unpredictable; everything needs it to be repeatable.
#[derive(Clone, Debug)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The sequence that belongs to `seed` and `name`.
    ///
    /// What is drawn for one name does not depend on what else is drawn, so that a corpus that
    /// grows keeps what it had.
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a, 64 bits: offset and prime as published.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self { state: seed ^ hash }
    }

    /// The next number, all 64 bits of it.
    pub fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// The next number from 0 up to but not including 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// The next number from `low` up to but not including `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// The next index below `count`; 0 if there is none.
    pub fn index(&mut self, count: usize) -> usize {
        ((self.unit() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// The next number of a normal distribution with mean 0 and deviation 1 (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// The next number of a log-normal distribution with this median and this deviation of its
    /// logarithm.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * (sigma * self.normal()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_own_sequence_and_keeps_it() {
        let draw = |seed, name| {
            let mut random = Random::new(seed, name);
            [random.bits(), random.bits()]
        };
        assert_eq!(draw(1, "a"), draw(1, "a"));
        assert_ne!(draw(1, "a"), draw(1, "b"));
        assert_ne!(draw(1, "a"), draw(2, "a"));
    }

    #[test]
    fn a_log_normal_has_the_median_and_the_tail_that_it_was_asked_for() {
        let mut random = Random::new(7, "pauses");
        let mut drawn: Vec<f64> = (0..20_000).map(|_| random.log_normal(0.5, 0.978)).collect();
        drawn.sort_by(f64::total_cmp);
        let (median, p95) = (drawn[10_000], drawn[19_000]);
        assert!((median - 0.5).abs() < 0.02, "{median}");
        assert!((p95 - 2.5).abs() < 0.15, "{p95}");
    }
}
