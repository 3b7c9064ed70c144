//! How little each model can think, and which models there are no more.

use rooh_core::provider::Retired;
use rooh_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};

use crate::options::{AnthropicOptions, Effort, Think};

/// When a model was retired or will be, as the Python client of Anthropic says it (2.11.0,
/// `DEPRECATED_MODELS`); those that it does not list any more went before 2026-06-15.
pub(crate) const RETIRED: &[Retired] = &[
    gone("claude-1*", "2024-11-06", HAIKU),
    gone("claude-instant*", "2024-11-06", HAIKU),
    gone("claude-2*", "2025-07-21", SONNET),
    gone("claude-3-sonnet*", "2025-07-21", SONNET),
    gone("claude-3-opus*", "2026-01-05", OPUS),
    gone("claude-3-7-sonnet*", "2026-02-19", SONNET),
    gone("claude-3-5-haiku*", "2026-02-19", HAIKU),
    gone("claude-3-5-sonnet*", "2026-06-15", SONNET),
    gone("claude-3-haiku*", "2026-06-15", HAIKU),
    gone("claude-opus-4-0", "2026-06-15", OPUS),
    gone("claude-opus-4-20250514", "2026-06-15", OPUS),
    gone("claude-sonnet-4-0", "2026-06-15", SONNET),
    gone("claude-sonnet-4-20250514", "2026-06-15", SONNET),
    gone("claude-mythos-preview", "2026-06-30", "claude-mythos-5-2"),
    gone("claude-sonnet-4-5*", "2026-11-30", SONNET),
];

const HAIKU: &str = "claude-haiku-5-5";
const OPUS: &str = "claude-opus-5-5";
const SONNET: &str = "claude-sonnet-5-5";

const fn gone(model: &'static str, on: &'static str, successor: &'static str) -> Retired {
    Retired { model, on, successor }
}

/// What a model accepts in `thinking`; anything else it refuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Thinking {
    /// Whether it may decide by itself how much it thinks.
    adaptive: bool,
    /// Whether an effort above `high` needs thoughts.
    effort_needs_it: bool,
    lowest: Lowest,
}

/// The least that a model can think.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Lowest {
    /// Only between tools; a notice of a word or two.
    BetweenTools,
    /// Not at all.
    Disabled,
    /// It thinks always, little with a low effort.
    Effort,
}

impl Thinking {
    /// What the model of this name accepts, as Anthropic documents it ("Troubleshooting thinking",
    /// read 2026-11); `None` for a model that is not known.
    pub(crate) fn of(model: &str) -> Option<Self> {
        let of = |lowest, adaptive, effort_needs_it| Some(Self { adaptive, effort_needs_it, lowest });
        match name(model) {
            "claude-opus-5-5" => of(Lowest::Effort, true, false),
            "claude-sonnet-5-5" => of(Lowest::BetweenTools, true, true),
            "claude-haiku-5-5" | "claude-opus-5" => of(Lowest::Disabled, true, true),
            "claude-sonnet-5" | "claude-opus-4-8" | "claude-opus-4-7" | "claude-opus-4-6"
            | "claude-sonnet-4-6" => of(Lowest::Disabled, true, false),
            name if ["claude-fable-", "claude-mythos-"].iter().any(|line| name.starts_with(line)) => {
                of(Lowest::Effort, true, false)
            }
            name if ["claude-opus-4", "claude-sonnet-4", "claude-haiku-4", "claude-3"]
                .iter()
                .any(|line| name.starts_with(line)) =>
            {
                of(Lowest::Disabled, false, false)
            }
            _ => None,
        }
    }

    /// What a model accepts by its own description, the answer of `/v1/models/{id}`.
    pub(crate) fn described(model: &Value) -> Option<Self> {
        let capabilities = model["capabilities"].as_object()?;
        let thinking = &capabilities.get("thinking")?["types"];
        let takes = |kind: &str| thinking[kind]["supported"] == true;
        let lowest = if takes("disabled") {
            Lowest::Disabled
        } else if takes("between_tools") {
            Lowest::BetweenTools
        } else if capabilities.get("effort")?["low"]["supported"] == true {
            Lowest::Effort
        } else {
            return None;
        };
        Some(Self { adaptive: takes("adaptive"), effort_needs_it: false, lowest })
    }
}

/// Adds `thinking` and `output_config` to the body of a request.
///
/// # Errors
///
/// [`ErrorKind::Config`] for what the model would refuse.
pub(crate) fn add(
    body: &mut Map<String, Value>,
    options: &AnthropicOptions,
    thinking: Option<Thinking>,
    format: Option<Value>,
) -> Result<()> {
    let mut effort = options.effort;
    let wrong = |path: &str, message: &str| {
        Err(Error::new(ErrorKind::Config, message).with("model", &options.model).at_path(path))
    };
    let kind = match (options.think, thinking) {
        (Think::On, Some(Thinking { adaptive: false, .. })) => {
            return wrong(
                "think",
                "this model thinks only if its thoughts are sent back, which Rooh does not",
            );
        }
        (Think::On, _) => Some("adaptive"),
        (Think::Off, Some(Thinking { effort_needs_it: true, .. }))
            if matches!(effort, Some(Effort::Xhigh | Effort::Max)) =>
        {
            return wrong("effort", "so much effort needs think: on");
        }
        (Think::Off, Some(Thinking { lowest: Lowest::Disabled, .. })) => Some("disabled"),
        (Think::Off, Some(Thinking { lowest: Lowest::BetweenTools, .. })) => Some("between_tools"),
        (Think::Off, Some(Thinking { lowest: Lowest::Effort, .. })) => {
            effort = effort.or(Some(Effort::Low));
            None
        }
        // Any value might be refused.
        (Think::Off, None) => None,
    };
    if let Some(kind) = kind {
        body.insert("thinking".to_owned(), json!({ "type": kind }));
    }
    let mut output = Map::new();
    output.extend(effort.map(|effort| ("effort".to_owned(), json!(effort))));
    output.extend(
        format.map(|schema| ("format".to_owned(), json!({ "type": "json_schema", "schema": schema }))),
    );
    if !output.is_empty() {
        body.insert("output_config".to_owned(), Value::Object(output));
    }
    Ok(())
}

/// The name of a model without what gateways and clouds put around it:
/// `us.anthropic.claude-sonnet-5-20260630-v1:0` and `anthropic/claude-sonnet-5` are `claude-sonnet-5`.
fn name(model: &str) -> &str {
    let start = model.find("claude-").unwrap_or(0);
    let name = &model[start..];
    let name = name.split(['@', ':']).next().unwrap_or(name);
    let name = name.strip_suffix("-v1").or_else(|| name.strip_suffix("-latest")).unwrap_or(name);
    match name.rsplit_once('-') {
        Some((bare, date)) if date.len() == 8 && date.bytes().all(|byte| byte.is_ascii_digit()) => bare,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(model: &str, think: Think, effort: Option<Effort>, expected: Option<Value>) {
        let options = AnthropicOptions { think, effort, ..AnthropicOptions::model(model) };
        let mut body = Map::new();
        let added = add(&mut body, &options, Thinking::of(model), None);
        assert_eq!(added.is_ok().then_some(Value::Object(body)), expected, "{model} {think:?} {effort:?}");
    }

    #[test]
    fn every_model_gets_the_least_that_it_accepts() {
        let disabled = json!({ "thinking": { "type": "disabled" } });
        let low = json!({ "output_config": { "effort": "low" } });
        for model in [
            "claude-haiku-5-5",
            "claude-opus-5",
            "claude-sonnet-5",
            "claude-opus-4-8",
            "claude-opus-4-6",
            "claude-sonnet-4-5-20250929",
            "claude-haiku-4-5",
            "claude-3-haiku-20240307",
            "us.anthropic.claude-sonnet-5-20260630-v1:0",
            "claude-sonnet-5@20260630",
            "anthropic/claude-opus-5",
        ] {
            check(model, Think::Off, None, Some(disabled.clone()));
        }
        for model in ["claude-opus-5-5", "claude-fable-5", "claude-fable-5-2", "claude-mythos-5-1"] {
            check(model, Think::Off, None, Some(low.clone()));
        }
        let between = json!({ "thinking": { "type": "between_tools" } });
        check("claude-sonnet-5-5", Think::Off, None, Some(between));
        for model in ["claude-sonnet-6", "claude-opus-5-6", "mixtral"] {
            check(model, Think::Off, None, Some(json!({})));
        }
    }

    #[test]
    fn what_a_model_refuses_is_not_sent() {
        let adaptive = json!({ "thinking": { "type": "adaptive" } });
        check("claude-opus-5-5", Think::On, None, Some(adaptive.clone()));
        check("claude-sonnet-6", Think::On, None, Some(adaptive));
        check("claude-haiku-4-5", Think::On, None, None);
        check("claude-sonnet-5-5", Think::Off, Some(Effort::Max), None);
        check(
            "claude-sonnet-5-5",
            Think::On,
            Some(Effort::Max),
            Some(json!({ "thinking": { "type": "adaptive" }, "output_config": { "effort": "max" } })),
        );
        check(
            "claude-opus-5-5",
            Think::Off,
            Some(Effort::High),
            Some(json!({ "output_config": { "effort": "high" } })),
        );
    }

    #[test]
    fn a_model_is_known_by_its_own_description() {
        let supported = |kinds: &[&str]| {
            let types: Map<String, Value> = ["adaptive", "between_tools", "disabled", "enabled"]
                .iter()
                .map(|kind| ((*kind).to_owned(), json!({ "supported": kinds.contains(kind) })))
                .collect();
            Thinking::described(&json!({ "capabilities": {
                "effort": { "low": { "supported": true } },
                "thinking": { "supported": true, "types": types },
            } }))
        };
        let lowest = |kinds: &[&str]| supported(kinds).map(|thinking| thinking.lowest);
        assert_eq!(lowest(&["adaptive", "disabled"]), Some(Lowest::Disabled));
        assert_eq!(lowest(&["adaptive", "between_tools"]), Some(Lowest::BetweenTools));
        assert_eq!(lowest(&["adaptive"]), Some(Lowest::Effort));
        assert!(supported(&["adaptive"]).is_some_and(|thinking| thinking.adaptive));
        assert_eq!(Thinking::described(&json!({ "id": "m", "capabilities": null })), None);
        assert_eq!(Thinking::described(&json!({ "error": "no" })), None);
    }
}
