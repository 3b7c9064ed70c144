//! The report for other programs.

use serde_json::{Value, json};

use super::{Report, Row};
use crate::call::CallTally;
use crate::corpus::Item;
use crate::measure::{Curve, Tally, mean};
use crate::policy::Policy;
use crate::record::{PauseRecord, TurnRecord};

impl Report {
    /// The report as JSON: shares from 0 to 1, delays in milliseconds.
    pub fn to_json(&self) -> Value {
        json!({
            "about": self.about,
            "configurations": self.rows.iter().map(row).collect::<Vec<_>>(),
            "curves": self.curves.iter().map(curve).collect::<Vec<_>>(),
            "curves_on_a_quiet_line": self.quiet.iter().map(curve).collect::<Vec<_>>(),
            "curves_of_people_on_a_quiet_line": self.people.iter().map(curve).collect::<Vec<_>>(),
            "whole_answers_on_a_quiet_line": tally(&self.answers),
            "numbers_of_known_length": tally(&self.numbers),
            "slices": self.slices.iter().map(|slice| json!({
                "by": slice.by,
                "name": slice.name,
                "configurations": slice.rows.iter().map(row).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "calls": self.calls.iter().map(|(name, tally)| calls(name, tally)).collect::<Vec<_>>(),
        })
    }
}

/// Every pause by itself, one JSON object each: what was said, what was known, and what `policy`
/// makes of it. For those who look for what a rule or a model gets wrong.
pub fn pauses(items: &[Item], turns: &[TurnRecord], policy: &dyn Policy) -> Vec<Value> {
    let all = turns.iter().flat_map(|turn| turn.pauses.iter().map(move |pause| (turn, pause)));
    let one = |(turn, pause): (&TurnRecord, &PauseRecord)| {
        let decision = policy.decide(turn, pause);
        let classes = pause.words.iter().map(|(from, class)| json!([millis(*from), class.as_str()]));
        let sounds =
            pause.audio.iter().map(|(known, likely)| json!([millis(*known), round(f64::from(*likely), 3)]));
        let in_time = |decision: f64| pause.resumed.is_none_or(|resumed| decision < resumed);
        json!({
            "caller": items.get(turn.item).map(|item| &item.name),
            "family": turn.family,
            "condition": turn.condition,
            "expected": turn.expected,
            "text": pause.text,
            "end": pause.is_end,
            "lasts": pause.resumed.map(millis),
            "words": classes.collect::<Vec<_>>(),
            "audio": sounds.collect::<Vec<_>>(),
            "decided": decision.map(millis),
            "cut_off": !pause.is_end && decision.is_some_and(in_time),
        })
    };
    all.map(one).collect()
}

fn row(row: &Row) -> Value {
    let mut value = tally(&row.tally);
    value["name"] = json!(row.name);
    value
}

fn tally(tally: &Tally) -> Value {
    json!({
        "pauses": tally.holds,
        "cut_off_pauses": tally.cut_holds,
        "turns": tally.turns,
        "cut_off_turns": tally.cut_turns,
        "cut_offs_per_pause": round(tally.cut_per_pause(), 4),
        "cut_offs_per_turn": round(tally.cut_per_turn(), 4),
        "delay": delays(&tally.delays),
        "missed_ends": tally.missed,
    })
}

fn delays(list: &[f64]) -> Value {
    let tally = Tally { delays: list.to_vec(), ..Tally::default() };
    json!({
        "mean": millis(mean(list)),
        "p50": millis(tally.percentile(0.5)),
        "p90": millis(tally.percentile(0.9)),
        "p99": millis(tally.percentile(0.99)),
    })
}

fn curve(curve: &Curve) -> Value {
    let points = curve
        .points
        .iter()
        .map(|point| json!([round(point.setting, 4), round(point.cut, 4), millis(point.delay)]));
    json!({
        "name": curve.name,
        "delay_at_5_percent": curve.delay_at(0.05).map(millis),
        "delay_at_10_percent": curve.delay_at(0.10).map(millis),
        "cut_offs_at_300_ms": curve.cut_at(0.3).map(|cut| round(cut, 4)),
        "cut_offs_at_600_ms": curve.cut_at(0.6).map(|cut| round(cut, 4)),
        "points": points.collect::<Vec<_>>(),
    })
}

fn calls(name: &str, calls: &CallTally) -> Value {
    json!({
        "name": name,
        "turns": tally(&calls.turns),
        "delay_to_words": delays(&calls.worded),
        "delay_to_answer": delays(&calls.answered),
        "taken_back": calls.taken_back,
        "requests": calls.requests,
        "pauses_judged": calls.pauses,
        "pauses_whose_sound_was_judged": calls.checked,
        "judgements_of_sound": calls.checks,
        "prepared": calls.prepared,
        "discarded": calls.discarded,
        "backchannels": calls.backchannels,
        "backchannels_survived": calls.survived,
        "paused_by_backchannel": delays(&calls.paused),
        "interruptions": calls.interruptions,
        "interruptions_that_stopped": calls.stopped,
        "time_to_silence": delays(&calls.silenced),
    })
}

fn millis(seconds: f64) -> f64 {
    (seconds * 1000.0).round()
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}
