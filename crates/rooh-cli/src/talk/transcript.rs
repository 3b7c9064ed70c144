//! A call as people read it: who said what and when, and how long the other side waited.

use std::time::Duration;

use rooh_core::event::{Event, EventKind};

use crate::plain::one_line;

/// Turns events into lines, and counts.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    turns: usize,
    interruptions: usize,
    gaps: Vec<Duration>,
}

impl Transcript {
    /// The line for an event, if people want to read of it.
    pub(super) fn line(&mut self, event: &Event) -> Option<String> {
        let said = |who: &str, text: &str| format!("{who:>5}  {}", one_line(text));
        let text = match &event.kind {
            EventKind::AudioLost { duration } => {
                format!("       (lost {:.1} s of the caller's audio)", duration.as_secs_f64())
            }
            EventKind::Dtmf(digit) => format!("       (key {})", digit.escape_default()),
            EventKind::Failed { error, provider } => {
                let provider = provider.map(|kind| format!("{kind}: ")).unwrap_or_default();
                format!("       (failed: {provider}{})", one_line(&error.to_string()))
            }
            EventKind::FillerStarted { text, .. } => format!("       (meanwhile: \"{}\")", one_line(text)),
            EventKind::Interrupted { heard, unheard, .. } => {
                self.interruptions += 1;
                match (heard.is_empty(), unheard.is_empty()) {
                    (_, true) => return None,
                    (true, false) => "       (cut off at its first word)".to_owned(),
                    (false, false) => format!("       (cut off after \"{}\")", one_line(last_words(heard))),
                }
            }
            EventKind::Missed { count } => format!("       ({count} events were missed)"),
            EventKind::ProviderFailed { provider, name, error, next: Some(next) } => {
                let [name, error, next] = [name, error.message(), next].map(one_line);
                format!("       (failed: {provider}: {name}: {error}; {next} is asked)")
            }
            EventKind::ReplyTakenBack { .. } => {
                // The turn that it answered goes on, and is told again.
                self.turns = self.turns.saturating_sub(1);
                "       (the answer is taken back: the caller goes on)".to_owned()
            }
            EventKind::ReplyText { text, .. } => said("agent", text),
            EventKind::SessionEnded { reason } => {
                format!("       (over: {})", reason.as_str().replace('_', " "))
            }
            EventKind::ToolCalled(call) => {
                format!("       ({} {})", one_line(&call.name), one_line(&call.arguments.to_string()))
            }
            EventKind::ToolReturned { name, output, failed: true, .. } => {
                format!("       ({} failed: {})", one_line(name), one_line(&output.to_string()))
            }
            EventKind::TurnTimed(timing) => {
                self.gaps.push(timing.gap());
                return None;
            }
            EventKind::UserTurn { text, .. } => {
                self.turns += 1;
                said("user", text)
            }
            EventKind::UserTurnHeld { .. } => "       (the agent waits for more)".to_owned(),
            EventKind::UserTurnTakenBack { .. } => {
                "       (the caller goes on: the turn is not over)".to_owned()
            }
            _ => return None,
        };
        Some(format!("{:>8}  {text}\n", event.at.to_string()))
    }

    /// What came of it in one line.
    pub(super) fn summary(&self, lasted: Duration, took: Duration) -> String {
        let mut gaps = self.gaps.clone();
        gaps.sort_unstable();
        let gap = match gaps.get(gaps.len() / 2) {
            Some(gap) => format!(", answered after {:.2} s (median)", gap.as_secs_f64()),
            None => String::new(),
        };
        format!(
            "{} turns and {} interruptions in {:.1} s{gap}; took {:.1} s\n",
            self.turns,
            self.interruptions,
            lasted.as_secs_f64(),
            took.as_secs_f64(),
        )
    }
}

fn last_words(text: &str) -> &str {
    let start = text.char_indices().rev().nth(40).map_or(0, |(at, _)| at);
    &text[start..]
}
