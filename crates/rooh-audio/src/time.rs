//! The timeline of a session.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

/// A moment in a session, counted from the moment the session started.
///
/// Unlike an `Instant` it can be printed, logged, compared in a test and replayed.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SessionTime(Duration);

impl SessionTime {
    /// The start of the session.
    pub const ZERO: Self = Self(Duration::ZERO);

    /// The moment `since_start` after the start of the session.
    pub const fn new(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// The moment `millis` milliseconds after the start of the session.
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// How long the session had been going on.
    pub const fn since_start(self) -> Duration {
        self.0
    }

    /// Whole milliseconds since the start of the session.
    pub const fn as_millis(self) -> u64 {
        self.0.as_millis() as u64
    }

    /// How much later this is than `earlier`; zero if it is not later.
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for SessionTime {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

impl AddAssign<Duration> for SessionTime {
    fn add_assign(&mut self, by: Duration) {
        *self = *self + by;
    }
}

impl Sub<Duration> for SessionTime {
    type Output = Self;

    /// Stops at the start of the session.
    fn sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(by))
    }
}

impl fmt::Display for SessionTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}s", self.0.as_secs_f64())
    }
}
