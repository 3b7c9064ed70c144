//! One call by itself, for those who look for what a rule gets wrong.

use serde_json::{Value, json};

use super::{CallRecord, survived, was_stopped};
use crate::corpus::{Item, LEAD, Role};

impl CallRecord {
    /// Whether a backchannel ended the agent's sentence, or an interruption did not.
    pub fn is_misjudged(&self, item: &Item) -> bool {
        match item.role {
            Role::Turn => false,
            Role::Backchannel => !survived(self),
            Role::Interruption => !was_stopped(self),
        }
    }

    /// The call as JSON: what was said, and what came of it in a configuration of this name;
    /// moments in milliseconds from the first sound of the caller.
    pub fn to_json(&self, item: &Item, configuration: &str) -> Value {
        let millis = |at: f64| ((at - LEAD) * 1000.0).round();
        json!({
            "caller": item.name,
            "configuration": configuration,
            "family": item.family,
            "condition": item.condition.name(),
            "text": item.text(),
            "misjudged": self.is_misjudged(item),
            "speech_end": millis(self.speech_end),
            "turns": self.turns.iter().map(|(decided, worded)| [millis(*decided), millis(*worded)]).collect::<Vec<_>>(),
            "interrupted": self.interrupted.map(millis),
            "silent": self.silent.map(millis),
            "paused": (self.paused * 1000.0).round(),
            "finished": self.finished,
            "taken_back": self.taken_back,
            "log": self.log.iter().map(|(at, what)| json!([millis(*at), what])).collect::<Vec<_>>(),
            "failures": self.failures,
        })
    }
}
