//! Events as lines that people can read and tests can compare.

use std::fmt::Write;

use rooh_core::event::{Event, EventKind};

/// One line an event, without levels and partial transcripts.
pub(super) fn lines(events: &[Event]) -> String {
    let mut text = String::new();
    for Event { at, kind } in events {
        let line = match kind {
            EventKind::Level { .. }
            | EventKind::PauseJudged { .. }
            | EventKind::PauseScored { .. }
            | EventKind::UserPartial(_)
            | EventKind::Used(_) => continue,
            EventKind::Dtmf(digit) => format!("dtmf {digit}"),
            EventKind::Failed { error, .. } => format!("error {error}"),
            EventKind::FillerStarted { text, reason, waited, expected, .. } => {
                let (reason, waited) = (reason.as_str(), waited.as_millis());
                let expected = expected.map(|expected| format!(", expected {} ms", expected.as_millis()));
                format!("filler_started {text:?} ({reason}, {waited} ms{})", expected.unwrap_or_default())
            }
            EventKind::Interrupted { heard, position, unheard, .. } => {
                format!("interrupted at {} ms, heard {heard:?}, unheard {unheard:?}", position.as_millis())
            }
            EventKind::ProviderChosen { name, instead_of, .. } => match instead_of {
                Some(first) => format!("provider_chosen {name}, instead of {first}"),
                None => format!("provider_chosen {name}"),
            },
            EventKind::ProviderFailed { name, error, next, .. } => {
                format!("provider_failed {name}: {error}; next: {}", next.as_deref().unwrap_or("nobody"))
            }
            EventKind::ReplyFinished { text, .. } => format!("reply_finished {text:?}"),
            EventKind::ReplyStarted { generation } => format!("reply_started {generation}"),
            EventKind::ReplyText { text, .. } => format!("reply_text {text:?}"),
            EventKind::SessionEnded { reason } => format!("session_ended {}", reason.as_str()),
            EventKind::StateChanged(state) => format!("state {}", state.as_str()),
            EventKind::ToolCalled(call) => format!("tool_called {} {}", call.name, call.arguments),
            EventKind::ToolReturned { name, output, failed, .. } => {
                format!("tool_returned {name} {output}{}", if *failed { " failed" } else { "" })
            }
            EventKind::TurnTimed(timing) => {
                let parts = timing.parts().into_iter().filter(|(_, part)| !part.is_zero());
                let parts: Vec<String> =
                    parts.map(|(name, part)| format!("{name} {}", part.as_millis())).collect();
                format!("turn_timing {} = {}", timing.gap().as_millis(), parts.join(" + "))
            }
            EventKind::UserFinal(text) => format!("user_final {text:?}"),
            EventKind::UserTurn { text, reason, silence } => {
                format!("user_turn {text:?} ({}, {} ms)", reason.as_str(), silence.as_millis())
            }
            EventKind::UserTurnHeld { text } => format!("user_turn_held {text:?}"),
            EventKind::UserTurnTakenBack { reason, silence } => {
                format!("user_turn_taken_back ({}, {} ms)", reason.as_str(), silence.as_millis())
            }
            other => other.name().to_owned(),
        };
        writeln!(text, "{at} {line}").expect("a string takes any text");
    }
    text
}
