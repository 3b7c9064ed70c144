//! A language model: {{title}}, which so far repeats what it is told.
#![doc = include_str!("../README.md")]

use rooh_core::Result;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason};
use rooh_core::provider::{FromOptions, Info};
use rooh_core::stream::Events;
use schemars::JsonSchema;
use serde::Deserialize;

/// A language model.
#[derive(Debug)]
pub struct {{Type}} {
    options: {{Type}}Options,
}

/// What configures [`{{Type}}`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct {{Type}}Options {
    /// What it says when nobody has said anything.
    pub greeting: String,
}

impl Default for {{Type}}Options {
    fn default() -> Self {
        Self { greeting: "Hello.".to_owned() }
    }
}

impl FromOptions for {{Type}} {
    type Options = {{Type}}Options;
    const INFO: Info = Info::local("{{name}}", "{{title}}").description("{{title}}.");

    fn from_options(options: {{Type}}Options) -> Result<Self> {
        Ok(Self { options })
    }
}

impl LlmProvider for {{Type}} {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let greeting = self.options.greeting.clone();
        Events::new(move |mut out| async move {
            let said = request.messages.iter().rev().find_map(|message| match message {
                Message::User(text) => Some(text.as_str()),
                _ => None,
            });
            let reply = said.map_or(greeting, |text| format!("You said: {text}"));
            // Piece by piece, as a model would: the voice begins with the first clause.
            for piece in reply.split_inclusive(' ') {
                out.emit(LlmEvent::Text(piece.to_owned())).await;
            }
            out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
            Ok(())
        })
    }
}

rooh_core::register!(llm: {{Type}});
