//! The wall clock, for stamps and for nothing else.

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment as UTC, to the millisecond.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Stamp {
    millis: u64,
}

impl Stamp {
    /// What the wall clock says. It may jump: order and waiting must never hang on it.
    pub(crate) fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { millis: u64::try_from(since.as_millis()).unwrap_or_default() }
    }

    /// `2026-03-11T10:15:04.551Z`.
    pub(crate) fn rfc3339(self) -> String {
        let (year, month, day, [hour, minute, second, millis]) = self.parts();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }

    /// `20260311T101504.551Z`: sorts by time, and is a file name everywhere.
    pub(crate) fn file_name(self) -> String {
        let (year, month, day, [hour, minute, second, millis]) = self.parts();
        format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}.{millis:03}Z")
    }

    fn parts(self) -> (u64, u64, u64, [u64; 4]) {
        let seconds = self.millis / 1_000;
        let clock = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60, self.millis % 1_000];
        let mut days = seconds / 86_400;
        let mut year = 1970;
        while days >= days_in(year) {
            days -= days_in(year);
            year += 1;
        }
        let february = if days_in(year) == 366 { 29 } else { 28 };
        let mut month = 1;
        for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
            if days < length {
                break;
            }
            days -= length;
            month += 1;
        }
        (year, month, days + 1, clock)
    }
}

fn days_in(year: u64) -> u64 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    if leap { 366 } else { 365 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_dates() {
        for (millis, date) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_773_224_104_551, "2026-03-11T10:15:04.551Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(Stamp { millis }.rfc3339(), date);
        }
        assert_eq!(Stamp { millis: 1_773_224_104_551 }.file_name(), "20260311T101504.551Z");
    }
}
