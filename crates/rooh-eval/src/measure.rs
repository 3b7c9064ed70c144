//! What a policy does to callers: cut-offs, delays, missed ends, and the curve between them.

use crate::policy::Policy;
use crate::record::TurnRecord;

/// What a policy, or a session, did to callers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Pauses within turns.
    pub holds: usize,
    /// Those of them in which the turn was ended.
    pub cut_holds: usize,
    /// Turns.
    pub turns: usize,
    /// Those of them that were ended in at least one pause.
    pub cut_turns: usize,
    /// From the true end of each turn until it was taken for ended, in seconds.
    pub delays: Vec<f64>,
    /// Ends that were never noticed, because a noise was taken for speech.
    pub missed: usize,
}

impl Tally {
    /// What `policy` does to the callers of `turns`.
    ///
    /// A turn that was cut off goes on: its later pauses and its end are judged like those of others.
    pub fn of<'a>(turns: impl IntoIterator<Item = &'a TurnRecord>, policy: &dyn Policy) -> Self {
        let mut tally = Self::default();
        for turn in turns {
            tally.add(turn, policy);
        }
        tally.delays.sort_by(f64::total_cmp);
        tally
    }

    fn add(&mut self, turn: &TurnRecord, policy: &dyn Policy) {
        let mut is_cut = false;
        let mut end = None;
        for pause in &turn.pauses {
            let decision = policy.decide(turn, pause);
            let in_time = |decision: &f64| pause.resumed.is_none_or(|resumed| *decision < resumed);
            let decision = decision.filter(in_time);
            if !pause.is_end {
                self.holds += 1;
                self.cut_holds += usize::from(decision.is_some());
                is_cut |= decision.is_some();
            } else if end.is_none() {
                end = decision.map(|decision| (pause.late + decision).max(0.0));
            }
        }
        self.turns += 1;
        self.cut_turns += usize::from(is_cut);
        match end {
            Some(delay) => self.delays.push(delay),
            None => self.missed += 1,
        }
    }

    /// The share of pauses within turns in which the turn was ended, from 0 to 1.
    pub fn cut_per_pause(&self) -> f64 {
        share(self.cut_holds, self.holds)
    }

    /// The share of turns that were ended in a pause, from 0 to 1.
    pub fn cut_per_turn(&self) -> f64 {
        share(self.cut_turns, self.turns)
    }

    /// The mean delay in seconds; missed ends have none.
    pub fn mean(&self) -> f64 {
        mean(&self.delays)
    }

    /// The delay in seconds that a share of ends, from 0 to 1, does not exceed (nearest rank).
    pub fn percentile(&self, share: f64) -> f64 {
        let rank = (share * self.delays.len() as f64).ceil() as usize;
        self.delays.get(rank.clamp(1, self.delays.len().max(1)) - 1).copied().unwrap_or_default()
    }
}

/// The mean of a list; 0 if it is empty.
pub(crate) fn mean(list: &[f64]) -> f64 {
    list.iter().fold(0.0, |sum, one| sum + one) / list.len().max(1) as f64
}

pub(crate) fn share(part: usize, all: usize) -> f64 {
    part as f64 / all.max(1) as f64
}

/// What a policy does at one setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The setting: a wait in seconds, or a threshold.
    pub setting: f64,
    /// The share of pauses in which the turn was ended, from 0 to 1.
    pub cut: f64,
    /// The mean delay in seconds.
    pub delay: f64,
}

/// What a policy does over all settings: the fewer cut-offs, the more delay.
#[derive(Clone, Debug)]
pub struct Curve {
    /// The name of the policy.
    pub name: String,
    /// The settings that are worth choosing, from short delays to long ones: of those with a longer
    /// delay only the ones with fewer cut-offs.
    pub points: Vec<Point>,
}

impl Curve {
    /// The curve through what came of all settings.
    pub fn new(name: impl Into<String>, mut points: Vec<Point>) -> Self {
        points.sort_by(|a, b| a.delay.total_cmp(&b.delay).then(a.cut.total_cmp(&b.cut)));
        let mut least = f64::MAX;
        points.retain(|point| {
            let is_better = point.cut < least;
            least = least.min(point.cut);
            is_better
        });
        Self { name: name.into(), points }
    }

    /// Sweeps a policy over settings.
    pub fn sweep<P: Policy>(
        name: impl Into<String>,
        turns: &[TurnRecord],
        settings: impl IntoIterator<Item = f64>,
        policy: impl Fn(f64) -> P,
    ) -> Self {
        let points = settings.into_iter().map(|setting| {
            let tally = Tally::of(turns, &policy(setting));
            Point { setting, cut: tally.cut_per_pause(), delay: tally.mean() }
        });
        Self::new(name, points.collect())
    }

    /// The mean delay in seconds at this share of cut-offs; `None` if no setting gets there.
    pub fn delay_at(&self, cut: f64) -> Option<f64> {
        let first = self.points.first()?;
        if first.cut <= cut {
            return Some(first.delay);
        }
        let pair = self.points.windows(2).find(|pair| pair[1].cut <= cut)?;
        let part = (pair[0].cut - cut) / (pair[0].cut - pair[1].cut);
        Some(pair[0].delay + (pair[1].delay - pair[0].delay) * part)
    }

    /// The share of cut-offs at this mean delay in seconds; `None` if every setting is slower.
    pub fn cut_at(&self, delay: f64) -> Option<f64> {
        let last = self.points.last()?;
        if delay >= last.delay {
            return Some(last.cut);
        }
        let pair = self.points.windows(2).find(|pair| pair[0].delay <= delay && delay < pair[1].delay)?;
        let part = (delay - pair[0].delay) / (pair[1].delay - pair[0].delay);
        Some(pair[0].cut + (pair[1].cut - pair[0].cut) * part)
    }
}

/// Waits from 20 ms to 8 s, each five percent longer than the one before.
pub fn waits() -> impl Iterator<Item = f64> {
    (0..124).map(|step| 0.02 * 1.05_f64.powi(step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Timer;
    use crate::record::PauseRecord;

    fn pause(length: f64) -> PauseRecord {
        PauseRecord {
            silent: 1.0,
            noticed: 0.2,
            resumed: Some(length),
            is_end: false,
            late: 0.0,
            text: String::new(),
            words: vec![(0.0, rooh_words::Completeness::Unknown)],
            audio: Vec::new(),
        }
    }

    fn end() -> PauseRecord {
        PauseRecord { resumed: None, is_end: true, late: 0.05, ..pause(0.0) }
    }

    fn turn(pauses: Vec<PauseRecord>) -> TurnRecord {
        TurnRecord {
            item: 0,
            language: "en",
            condition: "clean",
            family: "request",
            is_human: false,
            expected: "anything",
            pauses,
        }
    }

    #[test]
    fn a_timer_cuts_off_in_the_pauses_that_are_longer_than_it() {
        let turns = [turn(vec![pause(0.4), pause(1.2), end()]), turn(vec![end()])];
        let tally = Tally::of(&turns, &Timer(0.5));
        assert_eq!((tally.holds, tally.cut_holds, tally.turns, tally.cut_turns), (2, 1, 2, 1));
        assert_eq!(tally.delays, [0.55, 0.55]);
        let shortest = Tally::of(&turns, &Timer(0.0));
        assert_eq!(shortest.cut_holds, 2);
        assert!(shortest.delays.iter().all(|delay| (delay - 0.25).abs() < 1e-9));
    }

    #[test]
    fn a_noise_after_the_end_puts_the_decision_off_and_a_turn_without_one_is_missed() {
        let noise = PauseRecord { resumed: Some(0.6), ..end() };
        let later = PauseRecord { silent: 3.0, late: 2.05, ..end() };
        let tally = Tally::of(&[turn(vec![noise.clone(), later])], &Timer(1.0));
        assert_eq!(tally.delays, [3.05]);
        let tally = Tally::of(&[turn(vec![noise])], &Timer(1.0));
        assert_eq!((tally.delays.len(), tally.missed), (0, 1));
    }

    #[test]
    fn percentiles_are_ranks() {
        let tally = Tally { delays: (1..=100).map(f64::from).collect(), ..Tally::default() };
        assert_eq!([0.5, 0.9, 0.99, 1.0].map(|share| tally.percentile(share)), [50.0, 90.0, 99.0, 100.0]);
        assert_eq!(Tally::default().percentile(0.5), 0.0);
    }

    #[test]
    fn between_the_points_of_a_curve_lies_a_line() {
        let point = |cut, delay| Point { setting: 0.0, cut, delay };
        // The third is no better than the second, and slower.
        let curve =
            Curve::new("x", vec![point(0.04, 1.0), point(0.2, 0.2), point(0.25, 0.3), point(0.1, 0.6)]);
        assert_eq!(curve.points.len(), 3);
        let near = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 1e-9);
        assert!(near(curve.delay_at(0.15), 0.4));
        assert!(near(curve.cut_at(0.4), 0.15));
        assert_eq!(curve.delay_at(0.01), None);
        assert_eq!(curve.cut_at(0.1), None);
        assert!(near(curve.cut_at(9.0), 0.04));
    }
}
