//! What configures the provider.

use rooh_core::{Error, ErrorKind, Result};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Script;
use crate::dialogue::Values;
use crate::format::Format;
use crate::source::Source;

/// Dialogues that come with the crate, by name.
const BUILT_IN: &[(&str, &str)] = &[("reception", include_str!("../dialogues/reception.yaml"))];

/// Options of [`Script`].
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScriptOptions {
    /// The name that the agent answers with; nobody's, if it is left out.
    pub company: Option<String>,
    /// The dialogue: the name of a built-in one (reception), or a whole dialogue written in place.
    pub dialogue: Dialogue,
    /// The language that is spoken.
    pub language: Language,
    /// Other texts that the dialogue lets be set, by name.
    pub values: Values,
}

/// The language in which a dialogue understands answers.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    #[serde(alias = "en-US", alias = "en-GB", alias = "english")]
    En,
}

/// The name of a built-in dialogue, or a dialogue.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Dialogue(Value);

impl Default for Dialogue {
    fn default() -> Self {
        Self("reception".into())
    }
}

impl From<Value> for Dialogue {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

impl JsonSchema for Dialogue {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DialogueOption".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        json_schema!({
            "anyOf": [
                { "type": "string", "enum": names },
                generator.subschema_for::<Format>(),
            ],
        })
    }
}

impl ScriptOptions {
    pub(crate) fn build(self) -> Result<Script> {
        let Self { company, dialogue, language: Language::En, mut values } = self;
        if let Some(company) = company.filter(|company| !company.trim().is_empty()) {
            values.insert("company".to_owned(), company);
        }
        match dialogue.0 {
            Value::String(name) => {
                let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
                let (_, yaml) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name).ok_or_else(|| {
                    Error::new(ErrorKind::Config, format!("there is no built-in dialogue {name:?}"))
                        .with("allowed", format!("{}, or a dialogue written in place", names.join(", ")))
                        .at_path("dialogue")
                })?;
                Script::of(&Source::yaml(yaml)?, &values)
            }
            inline => Script::of(&Source::inline(inline), &values).map_err(|error| error.at_path("dialogue")),
        }
    }
}
