//! A provider, or the name of one: what the builder's methods take.

use std::sync::Arc;

use crate::Result;
use crate::llm::LlmProvider;
use crate::options::{Options, ProviderRef};
use crate::realtime::RealtimeProvider;
use crate::stt::SttProvider;
use crate::tts::TtsProvider;
use crate::turn::TurnDetector;
use crate::vad::VadProvider;

/// A provider, or the name of one.
#[derive(Debug)]
pub enum Choice<P: ?Sized> {
    /// Looked up in the registry.
    Name(Result<ProviderRef>),
    /// Used as it is.
    Value(Arc<P>),
}

impl<P: ?Sized> Choice<P> {
    /// What was written, as far as it tells one provider from another.
    pub(super) fn name(&self) -> Option<String> {
        let Self::Name(Ok(ProviderRef { name, model, .. })) = self else { return None };
        Some(match model {
            Some(model) => format!("{name}/{model}"),
            None => name.clone(),
        })
    }
}

macro_rules! into_choice {
    ($($(#[$doc:meta])* $into:ident: $contract:ident, $example:literal;)*) => {
        $(
            $(#[$doc])*
            #[diagnostic::on_unimplemented(
                message = "`{Self}` is neither a provider of this kind nor the name of one",
                note = $example
            )]
            pub trait $into {
                /// The provider, or its name.
                fn choose(self) -> Choice<dyn $contract>;
            }

            impl<P: $contract> $into for P {
                fn choose(self) -> Choice<dyn $contract> {
                    Choice::Value(Arc::new(self))
                }
            }

            impl $into for Arc<dyn $contract> {
                fn choose(self) -> Choice<dyn $contract> {
                    Choice::Value(self)
                }
            }

            impl $into for &str {
                fn choose(self) -> Choice<dyn $contract> {
                    Choice::Name(self.parse())
                }
            }

            impl $into for String {
                fn choose(self) -> Choice<dyn $contract> {
                    Choice::Name(self.parse())
                }
            }

            impl $into for ProviderRef {
                fn choose(self) -> Choice<dyn $contract> {
                    Choice::Name(Ok(self))
                }
            }

            /// A name and options.
            impl $into for (&str, Options) {
                fn choose(self) -> Choice<dyn $contract> {
                    Choice::Name(self.0.parse().map(|provider: ProviderRef| ProviderRef {
                        options: provider.options.iter().chain(self.1.iter())
                            .map(|(name, value)| (name.to_owned(), value.clone()))
                            .collect(),
                        ..provider
                    }))
                }
            }
        )*
    };
}

into_choice! {
    /// What [`AgentBuilder::llm`](super::AgentBuilder::llm) takes.
    IntoLlm: LlmProvider, "pass a value that implements `LlmProvider`, or a name such as \"ollama/gemma3:4b\"";
    /// What [`AgentBuilder::realtime`](super::AgentBuilder::realtime) takes.
    IntoRealtime: RealtimeProvider, "pass a value that implements `RealtimeProvider`, or the name of one";
    /// What [`AgentBuilder::stt`](super::AgentBuilder::stt) takes.
    IntoStt: SttProvider, "pass a value that implements `SttProvider`, or a name such as \"deepgram/nova-3\"";
    /// What [`AgentBuilder::tts`](super::AgentBuilder::tts) takes.
    IntoTts: TtsProvider, "pass a value that implements `TtsProvider`, or a name such as \"cartesia/sonic-3\"";
    /// What [`AgentBuilder::turn_detector`](super::AgentBuilder::turn_detector) takes.
    IntoTurnDetector: TurnDetector, "pass a value that implements `TurnDetector`, or a name such as \"smart\"";
    /// What [`AgentBuilder::vad`](super::AgentBuilder::vad) takes.
    IntoVad: VadProvider, "pass a value that implements `VadProvider`, or a name such as \"silero\"";
}
