//! What a file of events says about the floor of its call.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::time::Duration;

use rooh_core::floor::{Action, FloorConfig, Input};
use rooh_wire::{EventBody, EventJson};
use serde_json::Value;

use crate::exit::{Exit, Failure, Outcome};

/// The longest file that is read: a call of two hours has about 100 MB, with room to spare.
const LONGEST: u64 = 1 << 30;

/// How to record what a replay needs.
const HOW: &str = "record the call with `rooh talk --events FILE`, or in a program with \
    `SessionOptions { trace_floor: true, .. }`";

/// Something that the floor was told, and what it decided on it.
#[derive(Debug)]
pub(super) struct Step {
    /// The line in the file.
    pub(super) line: usize,
    /// When it was told.
    pub(super) at: Duration,
    pub(super) input: Input,
    pub(super) decided: Vec<Action>,
    /// The words of the user's turn by then, if they are new.
    pub(super) words: Option<String>,
    /// The turn that ended here had words, and was to be answered.
    pub(super) is_turn: bool,
}

/// A call as its floor knew it.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) config: FloorConfig,
    pub(super) steps: Vec<Step>,
    /// The time of the last event.
    pub(super) end: Duration,
}

impl Recording {
    pub(super) fn read(path: &Path) -> Outcome<Self> {
        let missing = |error: io::Error| Failure::new(Exit::Missing, error);
        let file = File::open(path).map_err(missing)?;
        if !file.metadata().map_err(missing)?.is_file() {
            return Err(Failure::new(Exit::Data, "is not a plain file"));
        }
        if file.metadata().map_err(missing)?.len() > LONGEST {
            return Err(Failure::new(Exit::Data, "is longer than 1 GiB"));
        }
        let mut reader = Reader::default();
        let mut lines = BufReader::new(file.take(LONGEST));
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if lines.read_until(b'\n', &mut line).map_err(missing)? == 0 {
                break;
            }
            reader
                .line(number, &line)
                .map_err(|message| Failure::new(Exit::Data, message).about(format_args!("line {number}")))?;
        }
        reader.finish().map_err(|message| Failure::new(Exit::Data, message))
    }

    /// How many decisions were recorded.
    pub(super) fn decisions(&self) -> usize {
        self.steps.iter().map(|step| step.decided.len()).sum()
    }
}

#[derive(Debug, Default)]
struct Reader {
    config: Option<FloorConfig>,
    steps: Vec<Step>,
    end: Duration,
    lines: usize,
}

impl Reader {
    fn line(&mut self, number: usize, line: &[u8]) -> Result<(), String> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        self.lines += 1;
        let value: Value = serde_json::from_slice(line).map_err(|error| format!("is no JSON: {error}"))?;
        let Some(kind) = value["type"].as_str() else {
            return Err("is no event: it has no \"type\"".to_owned());
        };
        if let Some(at) = value["at_ms"].as_f64() {
            self.end = self.end.max(Duration::try_from_secs_f64(at / 1000.0).unwrap_or_default());
        }
        let wanted = kind.starts_with("floor_")
            || matches!(kind, "missed" | "user_final" | "user_partial" | "user_turn");
        if !wanted {
            return Ok(());
        }
        let kind = kind.to_owned();
        let event: EventJson<'_> =
            serde_json::from_value(value).map_err(|error| format!("{kind}: {error}"))?;
        self.event(number, event.body)
    }

    fn event(&mut self, line: usize, event: EventBody<'_>) -> Result<(), String> {
        match event {
            EventBody::FloorConfigured { .. } if self.config.is_some() => {
                return Err("a second call begins here; a replay takes one call from one file".to_owned());
            }
            EventBody::FloorConfigured { config, .. } => self.config = Some(config),
            EventBody::FloorTold { at_ns, input } => {
                let at = Duration::from_nanos(at_ns);
                if self.steps.last().is_some_and(|last| at < last.at) {
                    return Err("the time goes back".to_owned());
                }
                self.steps.push(Step { line, at, input, decided: Vec::new(), words: None, is_turn: false });
            }
            EventBody::FloorDecided { action, .. } => match self.steps.last_mut() {
                Some(step) => step.decided.push(action),
                None => return Err("a decision on nothing that was told".to_owned()),
            },
            EventBody::Missed { count } => {
                return Err(format!(
                    "{count} events are missing here, and a decision may rest on one of them: the call \
                     cannot be replayed"
                ));
            }
            EventBody::UserFinal { text } | EventBody::UserPartial { text } => {
                if let Some(step) = self.steps.last_mut() {
                    step.words = Some(text.into_owned());
                }
            }
            EventBody::UserTurn { text, .. } => {
                let ended = |step: &&mut Step| step.decided.iter().any(ends_turn);
                if let Some(step) = self.steps.iter_mut().rev().find(ended) {
                    step.is_turn = true;
                    step.words = Some(text.into_owned());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Recording, String> {
        if self.lines == 0 {
            return Err(format!("is empty; {HOW}"));
        }
        match self.config {
            Some(config) => {
                let end = self.steps.last().map_or(self.end, |last| self.end.max(last.at));
                Ok(Recording { config, steps: self.steps, end })
            }
            None => Err(format!("has events, but none of the floor; {HOW}")),
        }
    }
}

pub(super) fn ends_turn(action: &Action) -> bool {
    matches!(action, Action::EndTurn { .. })
}
