//! Where on the session timeline a moment of the connection lies.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::{AudioFormat, SessionTime};

/// Stamps that differ by less than this from the count of samples are rounding, not a gap.
const ROUNDING: Duration = Duration::from_millis(20);
/// How many gaps are remembered: more than fit between two finals.
const GAPS: usize = 64;

/// The vendor counts from the first sample of the connection, the session from its start.
///
/// The two drift apart where the session's audio has a gap, or where silence was sent that the
/// session never heard.
#[derive(Debug)]
pub(crate) struct Timeline {
    format: AudioFormat,
    samples: usize,
    /// Places in the connection from which on audio has another place in the session.
    gaps: VecDeque<(Duration, SessionTime)>,
}

impl Timeline {
    pub(crate) fn new(format: AudioFormat) -> Self {
        Self { format, samples: 0, gaps: VecDeque::new() }
    }

    /// So much audio of the session goes out, and belongs to the moment `at`.
    pub(crate) fn hear(&mut self, samples: usize, at: SessionTime) {
        let now = self.sent();
        let expected = self.gaps.back().map(|_| self.place(now));
        let is_off = |expected: SessionTime| at.since(expected).max(expected.since(at)) > ROUNDING;
        if expected.is_none_or(is_off) {
            if self.gaps.len() == GAPS {
                self.gaps.pop_front();
            }
            self.gaps.push_back((now, at));
        }
        self.samples += samples;
    }

    /// So much silence goes out that is not the session's.
    pub(crate) fn pad(&mut self, samples: usize) {
        self.samples += samples;
    }

    /// How much audio has gone out.
    pub(crate) fn sent(&self) -> Duration {
        self.format.duration_of(self.samples)
    }

    /// Where `moment` of the connection lies in the session.
    pub(crate) fn place(&self, moment: Duration) -> SessionTime {
        let gap = self.gaps.iter().rev().find(|(from, _)| *from <= moment).or(self.gaps.front());
        match gap {
            Some((from, at)) => *at + moment.saturating_sub(*from),
            None => SessionTime::new(moment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_and_silence_of_ours_move_what_comes_after_them_and_nothing_else() {
        let format = AudioFormat::WIDEBAND;
        let mut timeline = Timeline::new(format);
        let second = 16_000;
        timeline.hear(second, SessionTime::from_millis(700));
        timeline.hear(second, SessionTime::from_millis(1_703));
        // Four seconds of the session without audio, and then one that the session never heard.
        timeline.hear(second, SessionTime::from_millis(6_700));
        timeline.pad(second);
        timeline.hear(second, SessionTime::from_millis(7_700));
        assert_eq!(timeline.sent(), Duration::from_secs(5));
        let place = |millis| timeline.place(Duration::from_millis(millis)).as_millis();
        assert_eq!([place(0), place(1_500), place(2_500), place(4_500)], [700, 2_200, 7_200, 8_200]);
    }

    #[test]
    fn gaps_without_end_take_no_memory() {
        let mut timeline = Timeline::new(AudioFormat::WIDEBAND);
        for n in 0..1_000 {
            timeline.hear(160, SessionTime::from_millis(n * 1_000));
        }
        assert_eq!(timeline.gaps.len(), GAPS);
        assert_eq!(timeline.place(Duration::from_millis(9_995)).as_millis(), 999_005);
    }
}
