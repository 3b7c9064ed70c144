//! Tools: what the agent can do besides speaking.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::Result;
use crate::session::SessionContext;

/// Something that the model may call.
///
/// # Contract
///
/// - [`spec`](Self::spec) always says the same.
/// - Arguments are a JSON object; a tool that does not understand them says what it expects.
///
/// # Cancellation
///
/// The session drops the future when the user takes the floor or time is up, unless
/// [`ToolSpec::must_finish`] is set: booking a table should not half happen.
#[async_trait]
pub trait Tool: fmt::Debug + Send + Sync + 'static {
    /// What the model is told about it.
    fn spec(&self) -> ToolSpec;

    /// Does it.
    ///
    /// # Errors
    ///
    /// Told to the model in words; the conversation goes on.
    async fn call(&self, arguments: Value, session: &SessionContext) -> Result<Value>;
}

/// What the model is told about a tool. Build it with [`ToolSpec::new`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolSpec {
    /// What it does and when to use it.
    pub description: String,
    /// Whether it runs to its end even if the user takes the floor.
    pub must_finish: bool,
    /// The name that the model calls it by.
    pub name: String,
    /// The JSON Schema of its arguments: an object.
    pub parameters: Value,
    /// How long it may take.
    pub timeout: Duration,
}

impl ToolSpec {
    /// A tool without arguments that may take ten seconds and is dropped when it is in the way.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            description: description.into(),
            must_finish: false,
            name: name.into(),
            parameters: json!({ "type": "object", "properties": {} }),
            timeout: Duration::from_secs(10),
        }
    }

    /// Gives it arguments by their JSON Schema.
    #[must_use]
    pub fn parameters(self, parameters: Value) -> Self {
        Self { parameters, ..self }
    }

    /// Lets it run to its end even if the user takes the floor.
    #[must_use]
    pub fn must_finish(self) -> Self {
        Self { must_finish: true, ..self }
    }

    /// Sets how long it may take.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}

/// Ends the call once everything was said: the tool `end_call`.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndCall;

#[async_trait]
impl Tool for EndCall {
    fn spec(&self) -> ToolSpec {
        ToolSpec::new(
            "end_call",
            "Ends the call after everything you have said was heard. Say goodbye first.",
        )
        .must_finish()
    }

    async fn call(&self, _: Value, session: &SessionContext) -> Result<Value> {
        session.handle.end_after_playback();
        Ok(json!({ "ended": true }))
    }
}
