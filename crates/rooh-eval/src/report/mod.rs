//! What came of an evaluation: tables, curves, and the same as JSON.

mod json;
mod svg;
mod table;

pub use json::pauses;

use rooh_floor::Patience;
use rooh_words::Completeness;

use crate::call::CallTally;
use crate::measure::{Curve, Tally, waits};
use crate::policy::{Engine, Mask, OneShot, Policy, Timer, Weighed};
use crate::record::TurnRecord;
use crate::weights::Weights;

/// What came of an evaluation.
#[derive(Clone, Debug)]
pub struct Report {
    /// On what it was measured, and with what, in lines.
    pub about: Vec<String>,
    /// One configuration each, over all callers.
    pub rows: Vec<Row>,
    /// What each policy does over all its settings.
    pub curves: Vec<Curve>,
    /// The same for callers on a quiet line: clean or through the telephone network.
    ///
    /// Over noise, some ends are noticed seconds late whatever the policy, and the mean delay says
    /// more about the noise than about the policy.
    pub quiet: Vec<Curve>,
    /// The same for people on a quiet line: synthesized voices do not sound as if they went on, so
    /// that a judge of sounds can only be judged on people.
    pub people: Vec<Curve>,
    /// Turns on a quiet line that end with the whole answer that was asked for, or a short one that
    /// needs nothing more, at the normal patience.
    pub answers: Tally,
    /// Numbers of which it was known how many digits they have, at the normal patience.
    pub numbers: Tally,
    /// The same configurations on parts of the callers.
    pub slices: Vec<Slice>,
    /// Whole calls with a real session, by name.
    pub calls: Vec<(String, CallTally)>,
}

/// One configuration.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What it does.
    pub tally: Tally,
}

/// Some of the callers.
#[derive(Clone, Debug)]
pub struct Slice {
    /// By what: `language`, `condition`, `voice`, `sentence`.
    pub by: &'static str,
    /// Which of them.
    pub name: String,
    /// Each configuration of [`Report::rows`] that stands for its policy.
    pub rows: Vec<Row>,
}

/// The fallback of a judge that is asked once, in seconds: pipecat's.
const FALLBACK: f64 = 3.0;

/// The waits of timers that stand in tables: OpenAI's default, the one that Rooh had before it
/// weighed signals, and what patient systems are set to.
const TIMERS: [f64; 3] = [0.5, 1.0, 1.5];

/// The budgets of false cut-offs that stand in tables, in percent.
const SHOWN: [f32; 3] = [2.0, 5.0, 10.0];

impl Report {
    /// Tries all policies on what was recorded of callers.
    ///
    /// `fitted` are weights that the engine does not have yet.
    pub fn new(turns: &[TurnRecord], fitted: &[(Mask, Weights)]) -> Self {
        let has_audio = turns.iter().flat_map(|turn| &turn.pauses).any(|pause| !pause.audio.is_empty());
        let mut report = Self {
            about: Vec::new(),
            rows: Vec::new(),
            curves: Vec::new(),
            quiet: Vec::new(),
            people: Vec::new(),
            answers: Tally::default(),
            numbers: Tally::default(),
            slices: Vec::new(),
            calls: Vec::new(),
        };
        // What stands for each policy in slices.
        let mut heads: Vec<(String, Box<dyn Policy>)> = Vec::new();

        report.curves = curves(turns, has_audio, fitted);
        let is_quiet = |turn: &&TurnRecord| ["clean", "8 kHz mu-law"].contains(&turn.condition);
        let quiet: Vec<TurnRecord> = turns.iter().filter(is_quiet).cloned().collect();
        report.quiet = curves(&quiet, has_audio, fitted);
        let best = if has_audio { Mask::BOTH } else { Mask::WORDS };
        let normal = Engine { mask: best, patience: Patience::NORMAL };
        report.answers = Tally::of(quiet.iter().filter(is_answer), &normal);
        report.numbers =
            Tally::of(turns.iter().filter(|turn| turn.expected == "digits of known count"), &normal);
        let people: Vec<TurnRecord> = quiet.into_iter().filter(|turn| turn.is_human).collect();
        report.people = curves(&people, has_audio, fitted);
        for wait in TIMERS {
            report.row(format!("VAD timer, {:.0} ms", wait * 1000.0), turns, &Timer(wait));
        }
        heads.push(("VAD timer, 1000 ms".to_owned(), Box::new(Timer(1.0))));
        if has_audio {
            report.row("Smart Turn once, 0.5, else 3 s".to_owned(), turns, &once(0.5));
            heads.push(("Smart Turn once, 0.5".to_owned(), Box::new(once(0.5))));
        }
        for budget in SHOWN {
            let engine = Engine { mask: best, patience: Patience::budget(budget) };
            report.row(format!("rooh, {}, budget {budget} %", best.name()), turns, &engine);
        }
        heads.push((format!("rooh, {}", best.name()), Box::new(normal)));
        for (mask, weights) in fitted {
            let weighed = |base| Weighed { weights, mask: *mask, base, bounds: Weighed::BOUNDS };
            let name = format!("fitted, {}", mask.name());
            for budget in SHOWN {
                if let Some(base) = weights.base(f64::from(budget)) {
                    report.row(format!("{name}, budget {budget} %"), turns, &weighed(base));
                }
            }
        }
        report.slice(turns, &heads);
        report
    }

    fn row(&mut self, name: String, turns: &[TurnRecord], policy: &dyn Policy) {
        self.rows.push(Row { name, tally: Tally::of(turns, policy) });
    }

    fn slice(&mut self, turns: &[TurnRecord], heads: &[(String, Box<dyn Policy>)]) {
        type By = fn(&TurnRecord) -> &'static str;
        let by: [(&'static str, By); 4] = [
            ("language", |turn| turn.language),
            ("condition", |turn| turn.condition),
            ("voice", |turn| if turn.is_human { "people" } else { "synthesized" }),
            ("sentence", |turn| turn.family),
        ];
        for (by, name_of) in by {
            let mut names: Vec<&str> = turns.iter().map(name_of).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let some: Vec<&TurnRecord> = turns.iter().filter(|turn| name_of(turn) == name).collect();
                let rows = heads.iter().map(|(head, policy)| Row {
                    name: head.clone(),
                    tally: Tally::of(some.iter().copied(), policy.as_ref()),
                });
                self.slices.push(Slice { by, name: name.to_owned(), rows: rows.collect() });
            }
        }
    }
}

/// Whether the words of a turn come to a whole answer.
fn is_answer(turn: &&TurnRecord) -> bool {
    let end = turn.pauses.iter().rfind(|pause| pause.is_end);
    end.and_then(|pause| pause.words.last()).is_some_and(|(_, class)| *class == Completeness::Answer)
}

/// A judge that is asked once, with the usual fallback.
fn once(threshold: f64) -> OneShot {
    OneShot { threshold: threshold as f32, fallback: FALLBACK }
}

/// Every policy over all its settings.
fn curves(turns: &[TurnRecord], has_audio: bool, fitted: &[(Mask, Weights)]) -> Vec<Curve> {
    let mut curves = vec![Curve::sweep("VAD timer", turns, waits(), Timer)];
    if has_audio {
        let thresholds = (1..100).map(|step| f64::from(step) / 100.0).chain([0.995, 0.999]);
        curves.push(Curve::sweep("Smart Turn once, else 3 s", turns, thresholds, once));
    }
    for mask in [Mask::WORDS, Mask::AUDIO, Mask::BOTH].into_iter().filter(|mask| has_audio || !mask.audio) {
        let engine = |base: f64| Engine { mask, patience: patience(base) };
        curves.push(Curve::sweep(format!("rooh, {}", mask.name()), turns, waits(), engine));
    }
    for (mask, weights) in fitted {
        let weighed = |base| Weighed { weights, mask: *mask, base, bounds: Weighed::BOUNDS };
        curves.push(Curve::sweep(format!("fitted, {}", mask.name()), turns, waits(), weighed));
    }
    curves
}

fn patience(base: f64) -> Patience {
    Patience::new(std::time::Duration::from_secs_f64(base), Patience::MIN, Patience::MAX)
}
