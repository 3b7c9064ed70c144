//! The report as text.

use std::fmt;

use super::Report;
use crate::call::CallTally;
use crate::measure::{Curve, Tally, mean, share};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.about {
            writeln!(f, "{line}")?;
        }
        self.pauses(f)?;
        for (name, tally) in &self.calls {
            write!(f, "\nwhole calls, {name}\n{}", calls(tally))?;
        }
        Ok(())
    }
}

impl Report {
    /// What policies do in recorded pauses, if there are any.
    fn pauses(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.iter().all(|row| row.tally.turns == 0) {
            return Ok(());
        }
        let mut rows =
            vec![cells(&["configuration", "cut-offs/pause", "/turn", "mean", "p50", "p90", "p99", "missed"])];
        rows.extend(self.rows.iter().map(|row| {
            let mut line = vec![row.name.clone()];
            line.extend(numbers(&row.tally));
            line
        }));
        write!(f, "\n{}", columns(&rows))?;

        let lists = [
            ("all callers", &self.curves),
            ("on a quiet line", &self.quiet),
            ("people on a quiet line", &self.people),
        ];
        for (what, list) in lists {
            write!(f, "\n{}", curves(what, list))?;
        }

        if !self.answers.delays.is_empty() {
            let prompt = self.answers.delays.iter().filter(|delay| **delay <= PROMPT).count();
            writeln!(
                f,
                "\n{} whole answers on a quiet line, at the normal patience: {} within 350 ms of their end; p50 {}, p90 {}",
                self.answers.delays.len(),
                percent(share(prompt, self.answers.delays.len())),
                millis(self.answers.percentile(0.5)),
                millis(self.answers.percentile(0.9)),
            )?;
            let Tally { holds, cut_holds, .. } = self.numbers;
            writeln!(f, "{holds} pauses within numbers whose length was known: {cut_holds} cut off")?;
        }

        let mut by = "";
        for slice in &self.slices {
            if slice.by != by {
                by = slice.by;
                writeln!(f, "\nby {by}: cut-offs per pause, mean delay, missed ends")?;
            }
            write!(f, "  {:20}", slice.name)?;
            for row in &slice.rows {
                let tally = &row.tally;
                let missed = percent(share(tally.missed, tally.turns));
                let text = format!("{} {} {missed}", percent(tally.cut_per_pause()), millis(tally.mean()));
                write!(f, " | {}: {text}", row.name)?;
            }
            let turns = slice.rows.first().map_or(0, |row| row.tally.turns);
            writeln!(f, " ({turns} turns)")?;
        }
        Ok(())
    }
}

/// How soon an agent that is interrupted should be silent, and a whole answer be taken for one, in
/// seconds: what `docs/figures.md` promises.
const PROMPT: f64 = 0.35;

fn curves(what: &str, curves: &[Curve]) -> String {
    let heads = [what, "delay at 5 %", "at 10 %", "cut-offs at 300 ms", "at 600 ms"];
    let mut rows = vec![cells(&heads)];
    rows.extend(curves.iter().map(|curve| {
        vec![
            curve.name.clone(),
            or_none(curve.delay_at(0.05).map(millis)),
            or_none(curve.delay_at(0.10).map(millis)),
            or_none(curve.cut_at(0.3).map(percent)),
            or_none(curve.cut_at(0.6).map(percent)),
        ]
    }));
    columns(&rows)
}

fn numbers(tally: &Tally) -> Vec<String> {
    vec![
        percent(tally.cut_per_pause()),
        percent(tally.cut_per_turn()),
        millis(tally.mean()),
        millis(tally.percentile(0.5)),
        millis(tally.percentile(0.9)),
        millis(tally.percentile(0.99)),
        percent(share(tally.missed, tally.turns)),
    ]
}

fn calls(tally: &CallTally) -> String {
    let turns = &tally.turns;
    let mut rows = Vec::new();
    let mut row = |name: &str, value: String| rows.push(vec![format!("  {name}"), value]);
    let spread = |list: &[f64]| {
        let list = Tally { delays: list.to_vec(), ..Tally::default() };
        let at = |share| millis(list.percentile(share));
        format!("mean {}, p50 {}, p90 {}, p99 {}", millis(mean(&list.delays)), at(0.5), at(0.9), at(0.99))
    };
    if turns.turns > 0 {
        row("turns, pauses within", format!("{}, {}", turns.turns, turns.holds));
        row(
            "cut-offs per pause, per turn",
            format!("{}, {}", percent(turns.cut_per_pause()), percent(turns.cut_per_turn())),
        );
        row(
            "  of them taken back",
            format!("{} of {}", tally.taken_back.min(turns.cut_holds), turns.cut_holds),
        );
        row("delay to the decision", spread(&turns.delays));
        row("delay to the words", spread(&tally.worded));
        row("delay to the answer", spread(&tally.answered));
        row("missed ends", percent(share(turns.missed, turns.turns)));
        row("requests to the model per turn", format!("{:.2}", share(tally.requests, turns.turns)));
        if tally.checks > 0 {
            row(
                "pauses whose sound was judged",
                format!(
                    "{} of {}; {:.2} times each on average",
                    percent(share(tally.checked, tally.pauses)),
                    tally.pauses,
                    share(tally.checks, tally.checked)
                ),
            );
        }
        if tally.prepared > 0 {
            let used = share(tally.prepared - tally.discarded.min(tally.prepared), tally.prepared);
            row("prepared answers, used", format!("{}, {}", tally.prepared, percent(used)));
        }
    }
    if tally.backchannels > 0 {
        let paused = format!("paused for {} on average", millis(mean(&tally.paused)));
        row(
            "backchannels survived",
            format!("{} of {}; {paused}", percent(tally.survival()), tally.backchannels),
        );
    }
    if tally.interruptions > 0 {
        row(
            "interruptions that stopped it",
            format!("{} of {}", percent(tally.recall()), tally.interruptions),
        );
        row("time to silence", spread(&tally.silenced));
        let prompt = tally.silenced.iter().filter(|silence| **silence <= PROMPT).count();
        row("  within 350 ms", percent(share(prompt, tally.interruptions)));
    }
    columns(&rows)
}

fn cells(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn or_none(value: Option<String>) -> String {
    value.unwrap_or_else(|| "-".to_owned())
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn millis(seconds: f64) -> String {
    format!("{:.0} ms", seconds * 1000.0)
}

/// Rows as columns: the first to the left, numbers to the right.
fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            let width = widths[column];
            match column {
                0 => text.push_str(&format!("{cell:width$}")),
                _ => text.push_str(&format!("  {cell:>width$}")),
            }
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}
