//! The provider.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, StopReason};
use rooh_core::provider::{FromOptions, Info, Progress};
use rooh_core::stream::{Emitter, Events};
use rooh_core::trace::Direction;
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{BaseUrl, Cleartext, Client, Route};
use tokio::time::Instant;

use crate::failure::{TOLD_ON, ended_early, explain, malformed};
use crate::options::{AnthropicOptions, Auth, ReplyOptions};
use crate::reply::Reply;
use crate::request;
use crate::thinking::{RETIRED, Thinking};

/// The name in traces and in errors.
const VENDOR: &str = "Anthropic";
/// The longest event of an answer, in bytes: a piece of text, or a block of thoughts with its seal.
const LONGEST_EVENT: usize = 1024 * 1024;
/// The longest description of a model, in bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;
/// How long the question about a model may take.
const LOOK: Duration = Duration::from_secs(10);

/// Claude, by Anthropic or a gateway that speaks as Anthropic does. Cheap to clone.
#[derive(Clone)]
pub struct Anthropic {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    options: AnthropicOptions,
    /// What the model accepts by its own description, if that was asked for.
    thinking: OnceLock<Thinking>,
}

impl Anthropic {
    /// A model with these options; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] with the option that is wrong, [`ErrorKind::Auth`] if Anthropic itself
    /// is to be asked without a key.
    pub fn new(options: AnthropicOptions) -> Result<Self> {
        options.check()?;
        let cleartext = if options.cleartext { Cleartext::Anywhere } else { Cleartext::Loopback };
        let base = BaseUrl::parse(options.base(), cleartext)
            .map_err(|error| match error.context("host") {
                Some(_) => error.with("to do so nevertheless", "cleartext: true"),
                None => error,
            })
            .map_err(|error| error.at_path("base_url"))?;
        if options.api_key.is_empty() && base.host() == "api.anthropic.com" {
            return Err(Error::new(ErrorKind::Auth, "Anthropic wants a key")
                .with("set", "ANTHROPIC_API_KEY, or the option api_key")
                .at_path("api_key"));
        }
        let client = Client::new(VENDOR, base).telling(TOLD_ON);
        let mut client = client.header("anthropic-version", options.api_version.as_str())?;
        if !options.api_key.is_empty() {
            let key = options.api_key.clone();
            client = match options.auth {
                Auth::Bearer => client.bearer(key),
                Auth::XApiKey => client.key("x-api-key", "", key),
            }
            .map_err(|error| error.at_path("api_key"))?;
        }
        Ok(Self { inner: Arc::new(Inner { client, options, thinking: OnceLock::new() }) })
    }
}

impl fmt::Debug for Anthropic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Anthropic")
            .field("client", &self.inner.client)
            .field("model", &self.inner.options.model)
            .finish_non_exhaustive()
    }
}

impl FromOptions for Anthropic {
    type Options = AnthropicOptions;

    const INFO: Info = Info::cloud("anthropic", "Anthropic")
        .hosts(&["api.anthropic.com"])
        .retired(RETIRED)
        .description("Claude: models that are good at talking, at tools, and at doing as they are told.");

    fn from_options(options: AnthropicOptions) -> Result<Self> {
        Self::new(options)
    }
}

rooh_core::register!(llm: Anthropic);

impl LlmProvider for Anthropic {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |out| async move { inner.chat(request, out).await })
    }

    /// Asks about the model, which leaves a connection open for the next request, and says how little
    /// the model can think.
    fn prewarm(&self) -> Events<Progress> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |out| async move { inner.look(out).await })
    }
}

impl Inner {
    async fn chat(&self, request: LlmRequest, mut out: Emitter<LlmEvent>) -> Result<()> {
        let mut reply: ReplyOptions = request.options.clone().read()?;
        let format = reply.format.take();
        let options = self.options.with(reply)?;
        let Some(body) = request::body(&request, &options, self.thinking(&options.model), format)? else {
            out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
            return Ok(());
        };
        let trace = &request.trace;
        trace.record(VENDOR, Direction::Out, || body.to_string());
        let answer = self.client.post("/v1/messages", &body, options.first_timeout()).await;
        let answer = answer.map_err(|error| explain(error, &self.client, &options.model))?;
        if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return Err(malformed("an answer that is no stream of events"));
        }
        let mut events = answer.events(LONGEST_EVENT);
        let mut reply = Reply::new(&request, &self.client);
        let mut found = Vec::new();
        let mut end = Instant::now() + options.first_timeout();
        loop {
            let wait = end.saturating_duration_since(Instant::now());
            let event = events.next(wait).await?.ok_or_else(ended_early)?;
            trace.record(VENDOR, Direction::In, || &event.data);
            let was_stopping = reply.is_stopping();
            let read = reply.read(&event.data, &mut found);
            if let Ok(true) = read {
                events.end().await;
                for event in found {
                    out.emit(event).await;
                }
                return Ok(());
            }
            for event in found.drain(..) {
                out.emit(event).await;
            }
            read?;
            // Once the model has stopped, no number of events makes up for the last one.
            if !was_stopping {
                end = Instant::now() + options.idle_timeout();
            }
        }
    }

    fn thinking(&self, model: &str) -> Option<Thinking> {
        let described = self.thinking.get().filter(|_| model == self.options.model).copied();
        described.or_else(|| Thinking::of(model))
    }

    async fn look(&self, mut out: Emitter<Progress>) -> Result<()> {
        let model = self.options.model.as_str();
        let route = Route::new("/v1/models").segment(model);
        let answer = self.client.get(route, LOOK).await;
        let answer = answer.map_err(|error| explain(error, &self.client, model))?;
        // Read to its end, so that the connection stays.
        let described = Thinking::described(&answer.json(LONGEST_ANSWER, LOOK).await?);
        if let Some(thinking) = described {
            // The first description holds; another one would be the same.
            let _ = self.thinking.set(thinking);
        }
        out.emit(Progress::new(format!("{model} is there"), Some(1.0))).await;
        Ok(())
    }
}
