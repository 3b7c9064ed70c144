//! What a replay has found, for people and for programs.

use std::fmt;
use std::time::Duration;

use rooh_core::audio::SessionTime;
use rooh_core::floor::FloorConfig;
use rooh_wire::EventBody;
use serde_json::{Value, json};

use super::recording::Recording;
use super::relive::{Difference, Judged, Overlap, Pause, Yield, compare};
use crate::plain::{columns, one_line};

/// What a replay has found.
pub(super) struct Report<'a> {
    recording: &'a Recording,
    difference: Option<&'a Difference>,
    tried: Option<FloorConfig>,
    pauses: Vec<Pause>,
    overlaps: Vec<Overlap>,
}

/// What comes of all pauses and overlaps together.
#[derive(Debug, Default)]
struct Totals {
    ends: usize,
    /// The silences before the answers, of turns that end under both settings.
    delays: Vec<Duration>,
    holds: usize,
    cut_off: usize,
    prepared: usize,
    wasted: usize,
    overlaps: usize,
    stopped: usize,
}

impl<'a> Report<'a> {
    /// Judges everything under `tried`, unless this version differs from the recording already.
    pub(super) fn new(
        recording: &'a Recording,
        tried: Option<FloorConfig>,
        difference: Option<&'a Difference>,
    ) -> Self {
        let (pauses, overlaps) = match difference {
            None => compare(recording, tried.unwrap_or(recording.config)),
            Some(_) => (Vec::new(), Vec::new()),
        };
        Self { recording, difference, tried, pauses, overlaps }
    }

    fn totals(&self, judged: impl Fn(&Pause) -> Judged, gives: impl Fn(&Overlap) -> Yield) -> Totals {
        let mut totals = Totals { overlaps: self.overlaps.len(), ..Totals::default() };
        for pause in &self.pauses {
            let judged = judged(pause);
            totals.prepared += usize::from(judged.prepared.is_some());
            totals.wasted += usize::from(pause.wasted(judged));
            totals.holds += usize::from(pause.went_on.is_some());
            totals.cut_off += usize::from(pause.cut_off(judged).is_some());
            if !pause.is_end {
                continue;
            }
            totals.ends += usize::from(judged.ended.is_some());
            if pause.recorded.ended.is_some() && pause.tried.ended.is_some() {
                totals.delays.extend(judged.ended.map(|(after, _)| after));
            }
        }
        totals.stopped =
            self.overlaps.iter().filter(|overlap| matches!(gives(overlap), Yield::Stop(_))).count();
        totals
    }

    fn both_totals(&self) -> [Totals; 2] {
        [
            self.totals(|pause| pause.recorded, |overlap| overlap.recorded),
            self.totals(|pause| pause.tried, |overlap| overlap.tried),
        ]
    }

    pub(super) fn to_json(&self) -> Value {
        let [recorded, tried] = self.both_totals();
        let ends = |judged: Judged| {
            json!({
                "ended_ms": judged.ended.map(|(after, _)| ms(after)),
                "reason": judged.ended.map(|(_, reason)| reason.as_str()),
                "prepared_ms": judged.prepared.map(ms),
            })
        };
        let pause = |pause: &Pause| {
            json!({
                "at_ms": ms(pause.silent),
                "words": pause.words,
                "went_on_ms": pause.went_on.map(ms),
                "is_end": pause.is_end,
                "recorded": ends(pause.recorded),
                "tried": ends(pause.tried),
            })
        };
        let gives = |gives: Yield| {
            json!({
                "gives_way": match gives {
                    Yield::No => "no",
                    Yield::Quieter => "quieter",
                    Yield::Pause => "pause",
                    Yield::Stop(_) => "stop",
                },
                "stopped_ms": match gives {
                    Yield::Stop(after) => Some(ms(after)),
                    _ => None,
                },
            })
        };
        let overlap = |overlap: &Overlap| {
            json!({
                "at_ms": ms(overlap.since),
                "words": overlap.words,
                "while": if overlap.thinking { "preparing" } else { "speaking" },
                "recorded": gives(overlap.recorded),
                "tried": gives(overlap.tried),
            })
        };
        json!({
            "inputs": self.recording.steps.len(),
            "decisions": self.recording.decisions(),
            "difference": self.difference.map(|difference| json!({
                "line": difference.line,
                "at_ms": ms(difference.at),
                "message": difference.to_string(),
            })),
            "recorded": configuration(self.recording.config),
            "tried": self.tried.map(configuration),
            "pauses": self.pauses.iter().map(pause).collect::<Vec<_>>(),
            "overlaps": self.overlaps.iter().map(overlap).collect::<Vec<_>>(),
            "totals": { "recorded": recorded.to_json(), "tried": tried.to_json() },
        })
    }

    /// What another setting changes, a line each.
    fn changes(&self) -> Vec<Vec<String>> {
        let row = |at: Duration, words: &str, what: String| {
            (at, vec![SessionTime::new(at).to_string(), quoted(words), what])
        };
        let pauses =
            self.pauses.iter().filter_map(|pause| Some(row(pause.silent, &pause.words, change(pause)?)));
        let overlaps = self
            .overlaps
            .iter()
            .filter(|overlap| overlap.recorded != overlap.tried)
            .map(|overlap| row(overlap.since, &overlap.words, overlap_change(overlap)));
        let mut rows: Vec<_> = pauses.chain(overlaps).collect();
        rows.sort_by_key(|(at, _)| *at);
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inputs = self.recording.steps.len();
        if let Some(difference) = self.difference {
            return writeln!(f, "{inputs} inputs, and not the same decisions: {difference}");
        }
        writeln!(f, "{inputs} inputs, the same {} decisions", self.recording.decisions())?;
        let [recorded, tried] = self.both_totals();
        if self.tried.is_none() {
            return write!(f, "\n{}", columns(&recorded.rows(None)));
        }
        let changes = self.changes();
        let same = self.pauses.len() + self.overlaps.len() - changes.len();
        writeln!(f)?;
        f.write_str(&columns(&changes))?;
        let of = if changes.is_empty() { "all" } else { "and" };
        writeln!(f, "{of} {same} pauses and overlaps as they were\n")?;
        f.write_str(&columns(&tried.rows(Some(&recorded))))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, at, input, recorded, now } = self;
        let at = SessionTime::new(*at);
        write!(f, "line {line}, at {at}, on {input:?}: the recording has {recorded:?}, this version {now:?}")
    }
}

impl Totals {
    /// The mean silence before an answer.
    fn delay(&self) -> Option<Duration> {
        let count = u32::try_from(self.delays.len()).ok().filter(|count| *count > 0)?;
        Some(self.delays.iter().sum::<Duration>() / count)
    }

    fn to_json(&self) -> Value {
        json!({
            "turns_ended": self.ends,
            "mean_delay_ms": self.delay().map(ms),
            "pauses_within_turns": self.holds,
            "false_cut_offs": self.cut_off,
            "prepared": self.prepared,
            "prepared_for_nothing": self.wasted,
            "overlaps": self.overlaps,
            "stopped": self.stopped,
        })
    }

    /// The totals as lines, with what they were before where that is another number.
    fn rows(&self, before: Option<&Self>) -> Vec<Vec<String>> {
        let instead = |now: String, was: Option<String>| match was.filter(|was| *was != now) {
            Some(was) => format!("{now} instead of {was}"),
            None => now,
        };
        let count = |of: fn(&Self) -> String| instead(of(self), before.map(of));
        let mut delay = count(|totals| totals.delay().map_or("none".to_owned(), show));
        if let (Some(now), Some(was)) = (self.delay(), before.and_then(Self::delay)) {
            let change = now.as_secs_f64() - was.as_secs_f64();
            delay += &format!(" ({:+.0} ms)", change * 1000.0);
        }
        let row = |what: &str, value: String| vec![what.to_owned(), value];
        vec![
            row("turns ended", count(|totals| totals.ends.to_string())),
            row("mean delay", delay),
            row(
                "false cut-offs",
                format!(
                    "{} of {} pauses within turns",
                    count(|totals| totals.cut_off.to_string()),
                    self.holds
                ),
            ),
            row(
                "prepared ahead",
                format!(
                    "{}, for nothing {}",
                    count(|totals| totals.prepared.to_string()),
                    count(|totals| totals.wasted.to_string())
                ),
            ),
            row(
                "stopped",
                format!("{} of {} overlaps", count(|totals| totals.stopped.to_string()), self.overlaps),
            ),
        ]
    }
}

/// What another setting makes of a pause; nothing if it is the same.
fn change(pause: &Pause) -> Option<String> {
    let Pause { recorded, tried, .. } = *pause;
    let ended = (recorded.ended != tried.ended).then(|| ended(pause));
    let prepared = (recorded.prepared != tried.prepared).then(|| match tried.prepared {
        Some(after) if pause.wasted(tried) => format!("prepared for nothing after {}", show(after)),
        Some(after) => format!("prepared after {}", show(after)),
        None => "not prepared ahead".to_owned(),
    });
    match (ended, prepared) {
        (Some(ended), Some(prepared)) => Some(format!("{ended}, {prepared}")),
        (ended, prepared) => ended.or(prepared),
    }
}

/// How a pause ends that ended otherwise in the recording.
fn ended(pause: &Pause) -> String {
    let was = pause.recorded.ended.map(|(after, _)| show(after));
    let Some((after, _)) = pause.tried.ended else {
        let was = was.unwrap_or_default();
        return match pause.went_on {
            Some(after) => format!("not cut off after {was}: the user went on after {}", show(after)),
            None => format!("not ended, was after {was}"),
        };
    };
    let after = show(after);
    let instead = was.map_or_else(String::new, |was| format!(" instead of {was}"));
    match pause.cut_off(pause.tried) {
        // The user was heard already, but not for long enough to be told from a click.
        Some(Duration::ZERO) => format!("cut off after {after}{instead} (just as the user went on)"),
        Some(early) => format!("cut off after {after}{instead} (the user went on {} later)", show(early)),
        None => format!("ended after {after}{instead}"),
    }
}

fn overlap_change(overlap: &Overlap) -> String {
    let text = |gives| match gives {
        Yield::No => "goes on".to_owned(),
        Yield::Quieter => "goes on, quieter for a while".to_owned(),
        Yield::Pause => "pauses and goes on".to_owned(),
        Yield::Stop(after) => format!("stops after {}", show(after)),
    };
    let agent = if overlap.thinking { "the answer" } else { "the agent" };
    format!("over {agent}, which {}; it was: {}", text(overlap.tried), text(overlap.recorded))
}

/// The end of what was said, in quotes.
fn quoted(words: &str) -> String {
    /// As much as fits beside the rest on a line.
    const LAST: usize = 28;
    let words = one_line(words);
    let skipped = words.chars().count().saturating_sub(LAST);
    match words.char_indices().nth(skipped) {
        None => "(no words)".to_owned(),
        Some((0, _)) => format!("\"{words}\""),
        Some((start, _)) => format!("\"…{}\"", &words[start..]),
    }
}

fn show(duration: Duration) -> String {
    format!("{:.0} ms", duration.as_secs_f64() * 1000.0)
}

fn ms(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}

/// The configuration as the file has it.
fn configuration(config: FloorConfig) -> Value {
    let mut value = serde_json::to_value(EventBody::FloorConfigured { at_ns: 0, config }).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("type");
        fields.remove("at_ns");
    }
    value
}
