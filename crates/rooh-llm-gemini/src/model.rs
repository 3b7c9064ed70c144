//! What is known of Gemini's models by their names: how each is told to think, and whether it wants
//! its signatures back.

use rooh_core::provider::Retired;
use serde_json::{Value, json};

use crate::options::ThinkingLevel;

/// What Google has announced up to 2026-11-20 (ai.google.dev/gemini-api/docs/deprecations).
pub(crate) const RETIRED: &[Retired] = &[
    retired("gemini-2.0-flash*", "2026-06-01", "gemini-3.5-flash-lite"),
    retired("gemini-2.5-flash", "2026-12-01", "gemini-3.5-flash-lite"),
    retired("gemini-2.5-pro", "2026-12-01", "gemini-3.8-flash"),
    retired("gemini-3-pro-preview", "2026-03-09", "gemini-3.1-pro-preview"),
];

const fn retired(model: &'static str, on: &'static str, successor: &'static str) -> Retired {
    Retired { model, on, successor }
}

/// Those of the third generation that take the level `minimal`; later ones and Pro do not.
const MINIMAL: [&str; 4] =
    ["gemini-3-flash", "gemini-3.1-flash-lite", "gemini-3.5-flash", "gemini-3.6-flash"];

/// How a model is told how much to think. The other word, or a wrong value, is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Thinking {
    /// By a number of tokens, of which this is the least.
    Budget(u32),
    /// By a level, of which this is the least.
    Level(&'static str),
    /// Not at all: it does not think, or that is not known.
    Untold,
}

impl Thinking {
    /// By the name of the model, without `models/`.
    ///
    /// What comes later than the last model known here is told `low`, which all of them take since
    /// the third generation; so are names such as `gemini-flash-latest`.
    pub(crate) fn of(model: &str) -> Self {
        let is = |start: &str| model.starts_with(start);
        match model {
            _ if !is("gemini-") || is("gemini-1") || is("gemini-2.0") => Self::Untold,
            _ if is("gemini-2.5-pro") => Self::Budget(128),
            _ if is("gemini-2.5") => Self::Budget(0),
            _ if MINIMAL.iter().any(|start| is(start)) => Self::Level("minimal"),
            _ => Self::Level("low"),
        }
    }

    /// Whether a call of a tool is refused that comes back without its signature.
    pub(crate) fn wants_signatures(self) -> bool {
        matches!(self, Self::Level(_))
    }

    /// The object `thinkingConfig`, as much as is asked or else as little as can be.
    ///
    /// Levels as budgets are those of Google's own translation from OpenAI's efforts.
    pub(crate) fn config(self, asked: Option<ThinkingLevel>) -> Option<Value> {
        let budget = |tokens: u32| json!({ "thinkingBudget": tokens });
        match (self, asked) {
            (Self::Untold, _) | (_, Some(ThinkingLevel::Auto)) => None,
            (Self::Level(least), None) => Some(json!({ "thinkingLevel": least })),
            (Self::Level(_), Some(level)) => Some(json!({ "thinkingLevel": level })),
            (Self::Budget(least), None | Some(ThinkingLevel::Minimal)) => Some(budget(least)),
            (Self::Budget(_), Some(ThinkingLevel::Low)) => Some(budget(1_024)),
            (Self::Budget(_), Some(ThinkingLevel::Medium)) => Some(budget(8_192)),
            (Self::Budget(_), Some(ThinkingLevel::High | ThinkingLevel::Xhigh)) => Some(budget(24_576)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_is_told_to_think_as_little_as_it_can() {
        let check = |model: &str, expected: Value| {
            assert_eq!(Thinking::of(model).config(None), Some(expected), "{model}");
        };
        check("gemini-2.5-flash", json!({ "thinkingBudget": 0 }));
        check("gemini-2.5-flash-lite", json!({ "thinkingBudget": 0 }));
        check("gemini-2.5-pro", json!({ "thinkingBudget": 128 }));
        for model in
            ["gemini-3-flash-preview", "gemini-3.1-flash-lite", "gemini-3.5-flash-lite", "gemini-3.6-flash"]
        {
            check(model, json!({ "thinkingLevel": "minimal" }));
        }
        for model in [
            "gemini-3.1-pro-preview",
            "gemini-3.7-flash",
            "gemini-3.8-flash",
            "gemini-4-argon",
            "gemini-flash-latest",
        ] {
            check(model, json!({ "thinkingLevel": "low" }));
        }
        for model in ["gemini-2.0-flash", "gemma-4-31b-it", "another"] {
            assert_eq!(Thinking::of(model).config(Some(ThinkingLevel::High)), None, "{model}");
        }
    }

    #[test]
    fn a_level_is_a_budget_where_the_model_counts() {
        let asked = |model: &str, level| Thinking::of(model).config(Some(level));
        let budget = |tokens: u32| Some(json!({ "thinkingBudget": tokens }));
        assert_eq!(asked("gemini-2.5-pro", ThinkingLevel::Minimal), budget(128));
        assert_eq!(asked("gemini-2.5-flash", ThinkingLevel::Medium), budget(8_192));
        assert_eq!(asked("gemini-2.5-flash", ThinkingLevel::Auto), None);
        assert_eq!(asked("gemini-3.8-flash", ThinkingLevel::High), Some(json!({ "thinkingLevel": "high" })));
        assert_eq!(asked("gemini-3.8-flash", ThinkingLevel::Auto), None);
    }

    #[test]
    fn retired_models_have_a_successor_that_is_not() {
        let is_retired = |model: &str| RETIRED.iter().any(|retired| retired.is(model));
        assert!(is_retired("gemini-2.0-flash-lite-001") && is_retired("gemini-2.5-flash"));
        assert!(!is_retired("gemini-2.5-flash-lite"));
        assert!(RETIRED.iter().all(|retired| !is_retired(retired.successor)));
    }
}
