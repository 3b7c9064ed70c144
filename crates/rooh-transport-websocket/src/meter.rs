//! How fast a client may send.

use tokio::time::Instant;

/// An allowance that fills up with time and is used up by what arrives.
#[derive(Debug)]
pub(crate) struct Allowance {
    left: f64,
    most: f64,
    per_second: f64,
    at: Instant,
}

impl Allowance {
    /// Starts with `first`, grows by `per_second`, and never exceeds `most`.
    pub(crate) fn new(first: f64, per_second: f64, most: f64, now: Instant) -> Self {
        Self { left: first, most, per_second, at: now }
    }

    /// Uses up `amount`; returns whether there was enough.
    pub(crate) fn take(&mut self, amount: f64, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.left = (self.left + passed * self.per_second).min(self.most) - amount;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_was_not_used_is_kept_up_to_the_most() {
        let start = Instant::now();
        let mut audio = Allowance::new(1.0, 2.0, 31.0, start);
        assert!(audio.take(1.0, start), "one second at once");
        assert!(!audio.take(0.02, start), "and no more");
        let later = start + Duration::from_secs(600);
        assert!(audio.take(31.0, later));
        assert!(!audio.take(0.1, later));
    }

    #[test]
    fn real_time_never_runs_out() {
        let mut now = Instant::now();
        let mut audio = Allowance::new(1.0, 2.0, 31.0, now);
        for _ in 0..10_000 {
            now += Duration::from_millis(20);
            assert!(audio.take(0.02, now));
        }
    }
}
