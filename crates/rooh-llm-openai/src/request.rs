//! What one reply is asked for, before either API puts it into its words.

use async_openai::types::chat::ResponseFormatJsonSchema;
use rooh_core::{Error, ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::family::{best_api, least_effort};
use crate::options::{Api, Effort, OpenAiOptions, ReplyOptions};

/// What one reply is asked for.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Not [`Api::Auto`] any more.
    pub(crate) api: Api,
    pub(crate) effort: Option<Effort>,
    pub(crate) form: Option<Form>,
    /// Whether the server speaks the dialect of OpenAI itself.
    pub(crate) is_openai: bool,
    pub(crate) options: OpenAiOptions,
}

impl Asked {
    pub(crate) fn new(options: &OpenAiOptions, reply: &ReplyOptions, is_openai: bool) -> Result<Self> {
        let options = options.with(reply);
        let effort = options.reasoning_effort.or_else(|| least_effort(&options.model));
        let api = match options.api {
            Api::Auto if is_openai => best_api(&options.model, effort),
            Api::Auto => Api::Chat,
            api => api,
        };
        let form = reply.format.as_ref().map(Form::read).transpose()?;
        Ok(Self { api, effort, form, is_openai, options })
    }
}

/// The form that a reply has to have.
#[derive(Debug)]
pub(crate) enum Form {
    Json,
    Schema(ResponseFormatJsonSchema),
}

impl Form {
    fn read(format: &Value) -> Result<Self> {
        match format {
            Value::String(word) if word == "json" => Ok(Self::Json),
            Value::Object(_) => Ok(Self::Schema(ResponseFormatJsonSchema {
                name: "reply".to_owned(),
                schema: format.clone(),
                ..ResponseFormatJsonSchema::default()
            })),
            _ => Err(Error::new(ErrorKind::Config, "the form of a reply is `json` or a JSON Schema")
                .at_path("format")),
        }
    }
}

/// One of our words as the same word of OpenAI's types.
pub(crate) fn named<T: DeserializeOwned>(word: impl Serialize) -> Option<T> {
    serde_json::to_value(word).and_then(serde_json::from_value).ok()
}

/// A request as the object that it is sent as.
pub(crate) fn object(request: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(request) {
        Ok(Value::Object(object)) => object,
        _ => unreachable!("a request is an object whose keys are texts"),
    }
}

#[cfg(test)]
mod tests {
    use async_openai::types::{chat, responses};

    use super::*;
    use crate::options::{ServiceTier, Verbosity};

    #[test]
    fn the_types_of_openai_know_all_our_words() {
        use Effort::{High, Low, Max, Medium, Minimal, None, Xhigh};
        for effort in [None, Minimal, Low, Medium, High, Xhigh, Max] {
            assert!(named::<chat::ReasoningEffort>(effort).is_some(), "{effort:?}");
        }
        use ServiceTier::{Auto, Default, Fast, Flex, Priority, Scale};
        for tier in [Auto, Default, Fast, Flex, Priority, Scale] {
            assert!(named::<chat::ServiceTier>(tier).is_some(), "{tier:?}");
            assert!(named::<responses::ServiceTierResponses>(tier).is_some(), "{tier:?}");
        }
        for verbosity in [Verbosity::Low, Verbosity::Medium, Verbosity::High] {
            assert!(named::<chat::Verbosity>(verbosity).is_some(), "{verbosity:?}");
            assert!(named::<responses::Verbosity>(verbosity).is_some(), "{verbosity:?}");
        }
    }
}
