//! What is known of models by their names: how they are kept from thinking, what they allow.

use rooh_core::provider::Retired;
use serde_json::{Map, Value, json};

use crate::options::DEFAULT_MODEL;

/// How a model is made to think as little as it can.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Thinking {
    /// The field `thinking` of Claude has this type.
    Claude(&'static str),
    /// The model cannot be kept from it, but thinks less with this effort.
    Effort(&'static str),
    /// The field `reasoning_effort` of OpenAI has this value.
    OpenAi(&'static str),
    /// It does not think unless it is told to, or nothing is known of it.
    Unasked,
}

/// A model by its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Model {
    /// Whether the prompt can be kept from one request to the next.
    pub(crate) caches: bool,
    /// Whether the result of a tool may be marked as failed.
    pub(crate) marks_failures: bool,
    pub(crate) thinking: Thinking,
}

/// The ways to keep a Claude from thinking, by the beginning of its name; the longest one wins.
///
/// Nothing but these values was seen to be accepted; a wrong one is refused.
const CLAUDES: &[(&str, Thinking)] = &[
    ("claude-fable-5", Thinking::Effort("low")),
    ("claude-haiku-4", Thinking::Claude("disabled")),
    ("claude-haiku-5", Thinking::Claude("disabled")),
    ("claude-opus-4", Thinking::Claude("disabled")),
    ("claude-opus-5", Thinking::Claude("disabled")),
    ("claude-opus-5-5", Thinking::Effort("low")),
    ("claude-sonnet-4", Thinking::Claude("disabled")),
    ("claude-sonnet-5", Thinking::Claude("disabled")),
    ("claude-sonnet-5-5", Thinking::Claude("between_tools")),
];

/// Claudes that were never known to keep a prompt, or are gone.
const OLD: &[&str] = &["claude-3-", "claude-instant-", "claude-v2"];

/// Models that are gone, with and without the regions that their profiles had.
pub(crate) const RETIRED: &[Retired] = &[
    gone("anthropic.claude-3-*"),
    gone("anthropic.claude-instant-*"),
    gone("anthropic.claude-opus-4-20250514*"),
    gone("anthropic.claude-sonnet-4-20250514*"),
    gone("anthropic.claude-v2*"),
    gone("apac.anthropic.claude-3-*"),
    gone("apac.anthropic.claude-sonnet-4-20250514*"),
    gone("eu.anthropic.claude-3-*"),
    gone("eu.anthropic.claude-sonnet-4-20250514*"),
    gone("global.anthropic.claude-sonnet-4-20250514*"),
    gone("us-gov.anthropic.claude-3-*"),
    gone("us.anthropic.claude-3-*"),
    gone("us.anthropic.claude-opus-4-20250514*"),
    gone("us.anthropic.claude-sonnet-4-20250514*"),
];

/// On the day on which Anthropic has ended the last of them; Amazon names no day of its own.
const fn gone(model: &'static str) -> Retired {
    Retired { model, on: "2026-06-15", successor: DEFAULT_MODEL }
}

impl Model {
    /// What the id of a model, an inference profile or an ARN of either says.
    ///
    /// Other ARNs end in names that somebody made up, which say nothing.
    pub(crate) fn named(id: &str) -> Self {
        let unknown = Self { caches: false, marks_failures: false, thinking: Thinking::Unasked };
        let id = id.to_ascii_lowercase();
        let id = match id.strip_prefix("arn:") {
            Some(arn) => match arn.rsplit_once('/') {
                Some((kind, id))
                    if kind.ends_with(":foundation-model") || kind.ends_with(":inference-profile") =>
                {
                    id
                }
                _ => return unknown,
            },
            None => id.as_str(),
        };
        if let Some(name) = after(id, "anthropic.") {
            let caches = !OLD.iter().any(|old| name.starts_with(old));
            let known = CLAUDES.iter().filter(|(start, _)| begins(name, start));
            let thinking =
                known.max_by_key(|(start, _)| start.len()).map_or(Thinking::Unasked, |(_, way)| *way);
            return Self { caches, marks_failures: true, thinking };
        }
        if after(id, "amazon.").is_some_and(|name| name.starts_with("nova-")) {
            return Self { caches: true, marks_failures: true, ..unknown };
        }
        if after(id, "openai.").is_some_and(|name| name.starts_with("gpt-oss-")) {
            return Self { thinking: Thinking::OpenAi("low"), ..unknown };
        }
        unknown
    }
}

impl Thinking {
    /// Adds what it takes to the fields of a request.
    pub(crate) fn add_to(self, fields: &mut Map<String, Value>) {
        match self {
            Self::Claude(kind) => fields.insert("thinking".to_owned(), json!({ "type": kind })),
            Self::OpenAi(effort) => fields.insert("reasoning_effort".to_owned(), json!(effort)),
            Self::Effort(_) | Self::Unasked => None,
        };
    }
}

/// What stands behind the name of the vendor, which may have a region before it.
fn after<'a>(id: &'a str, vendor: &str) -> Option<&'a str> {
    match id.strip_prefix(vendor) {
        Some(name) => Some(name),
        None => id.split_once('.')?.1.strip_prefix(vendor),
    }
}

/// Whether `name` is `start`, or continues it with another word.
fn begins(name: &str, start: &str) -> bool {
    name.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', ':']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, thinking: Thinking, caches: bool) {
        let model = Model::named(id);
        assert_eq!((model.thinking, model.caches), (thinking, caches), "{id}");
    }

    #[test]
    fn a_model_thinks_as_little_as_it_can() {
        let off = Thinking::Claude("disabled");
        check("global.anthropic.claude-haiku-4-5-20251001-v1:0", off, true);
        check("anthropic.claude-opus-4-8-v1:0", off, true);
        check("us.anthropic.claude-opus-5-v1:0", off, true);
        check("eu.anthropic.claude-haiku-5-5-v1:0", off, true);
        check("jp.anthropic.claude-sonnet-5-5-v1:0", Thinking::Claude("between_tools"), true);
        check("us-gov.anthropic.claude-opus-5-5-v1:0", Thinking::Effort("low"), true);
        check("anthropic.claude-fable-5-1-v1:0", Thinking::Effort("low"), true);
        check("anthropic.claude-mythos-5-2-v1:0", Thinking::Unasked, true);
        check("openai.gpt-oss-120b-1:0", Thinking::OpenAi("low"), false);
        check("us.amazon.nova-2-lite-v1:0", Thinking::Unasked, true);
        check("meta.llama4-maverick-17b-instruct-v1:0", Thinking::Unasked, false);
        // Not the next of the family.
        check("anthropic.claude-opus-50-v1:0", Thinking::Unasked, true);
    }

    #[test]
    fn an_arn_says_what_its_id_says_unless_somebody_made_that_up() {
        let off = Thinking::Claude("disabled");
        let arn = |rest: &str| format!("arn:aws:bedrock:us-east-1:123456789012:{rest}");
        check(&arn("inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0"), off, true);
        check("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-8-v1:0", off, true);
        check(&arn("application-inference-profile/anthropic.claude-opus-4-8-v1:0"), Thinking::Unasked, false);
        check(&arn("provisioned-model/abc"), Thinking::Unasked, false);
    }

    #[test]
    fn what_is_gone_is_known_and_its_successor_is_there() {
        let is_gone = |id: &str| RETIRED.iter().any(|retired| retired.is(id));
        // What agent files of other systems name.
        assert!(is_gone("anthropic.claude-3-haiku-20240307-v1:0"));
        assert!(is_gone("us.anthropic.claude-sonnet-4-20250514-v1:0"));
        assert!(!is_gone("us.anthropic.claude-sonnet-4-6-v1:0") && !is_gone(DEFAULT_MODEL));
    }
}
