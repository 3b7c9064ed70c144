//! A judge of pauses: {{title}}, which so far looks at the last word.
#![doc = include_str!("../README.md")]

use rooh_core::Result;
use rooh_core::provider::{FromOptions, Info};
use rooh_core::turn::{TurnDetector, TurnView};
use schemars::JsonSchema;
use serde::Deserialize;

/// A judge of pauses.
#[derive(Debug)]
pub struct {{Type}} {
    options: {{Type}}Options,
}

/// What configures [`{{Type}}`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct {{Type}}Options {
    /// Words after which people go on.
    pub open: Vec<String>,
}

impl Default for {{Type}}Options {
    fn default() -> Self {
        Self { open: ["and", "but", "or", "so", "the", "to", "um"].map(str::to_owned).to_vec() }
    }
}

impl FromOptions for {{Type}} {
    type Options = {{Type}}Options;
    const INFO: Info = Info::local("{{name}}", "{{title}}").description("{{title}}.");

    fn from_options(options: {{Type}}Options) -> Result<Self> {
        Ok(Self { options })
    }
}

#[async_trait::async_trait]
impl TurnDetector for {{Type}} {
    async fn completeness(&self, view: TurnView) -> Result<f32> {
        let Some(last) = view.text.split_whitespace().next_back() else { return Ok(0.5) };
        let last = last.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        Ok(if self.options.open.contains(&last) { 0.1 } else { 0.9 })
    }
}

rooh_core::register!(turn: {{Type}});
