//! The provider.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest};
use rooh_core::provider::{FromOptions, Info, Progress};
use rooh_core::stream::{Emitter, Events};
use rooh_core::trace::Direction;
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{BaseUrl, Cleartext, Client};
use serde_json::{Value, json};

use crate::address::written_out;
use crate::options::{OllamaOptions, ReplyOptions};
use crate::pull::{PullLine, Pulled};
use crate::wire::{self, Abilities, Calls, Line, Model, Tags, tagged};

/// The name in traces and in errors.
const VENDOR: &str = "Ollama";
/// The longest line of an answer, in bytes: a whole tool call stands in one, a token usually.
const LONGEST_LINE: usize = 1024 * 1024;
/// The longest answer that is one object, in bytes: what is known of a model holds its license and
/// its vocabulary.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;
/// How long a question about a model may take that makes it neither load nor answer.
const LOOK: Duration = Duration::from_secs(10);
/// Of how many models it is kept what they can do.
const KNOWN: usize = 32;

/// Language models that an Ollama runs, on this machine or another. Cheap to clone.
#[derive(Clone)]
pub struct Ollama {
    inner: Arc<Inner>,
}

struct Inner {
    abilities: Mutex<BTreeMap<String, Abilities>>,
    client: Client,
    options: OllamaOptions,
}

impl Ollama {
    /// A model with these options; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] with the option that is wrong.
    pub fn new(options: OllamaOptions) -> Result<Self> {
        options.check()?;
        let cleartext = if options.cleartext { Cleartext::Anywhere } else { Cleartext::Loopback };
        let base = BaseUrl::parse(&written_out(&options.base_url), cleartext)
            .map_err(|error| match error.context("host") {
                Some(_) => error.with("to do so nevertheless", "cleartext: true"),
                None => error,
            })
            .map_err(|error| error.at_path("base_url"))?;
        let mut client = Client::new(VENDOR, base);
        if !options.api_key.is_empty() {
            client = client.bearer(options.api_key.clone()).map_err(|error| error.at_path("api_key"))?;
        }
        Ok(Self { inner: Arc::new(Inner { abilities: Mutex::default(), client, options }) })
    }

    /// The models that it has.
    ///
    /// # Errors
    ///
    /// As a chat, but for what concerns a model.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection.
    pub async fn models(&self) -> Result<Vec<Model>> {
        self.inner.models().await
    }
}

impl fmt::Debug for Ollama {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ollama")
            .field("client", &self.inner.client)
            .field("model", &self.inner.options.model)
            .finish_non_exhaustive()
    }
}

impl FromOptions for Ollama {
    type Options = OllamaOptions;

    const INFO: Info = Info::local("ollama", "Ollama")
        .hosts(&["ollama.com"])
        .description("Open models that run on this machine, or wherever an Ollama of yours listens.");

    fn from_options(options: OllamaOptions) -> Result<Self> {
        Self::new(options)
    }
}

rooh_core::register!(llm: Ollama);

impl LlmProvider for Ollama {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |out| async move { inner.chat(request, out).await })
    }

    /// Checks that the server and the model are there, brings the model if that is allowed, and has
    /// it loaded into memory.
    fn load(&self) -> Events<Progress> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |out| async move { inner.load(out).await })
    }
}

impl Inner {
    async fn chat(&self, request: LlmRequest, mut out: Emitter<LlmEvent>) -> Result<()> {
        let reply: ReplyOptions = request.options.clone().read()?;
        let format = reply.format.clone();
        let options = self.options.with(reply);
        let trace = &request.trace;
        if request.messages.is_empty() && request.system_prompt.is_empty() {
            out.emit(LlmEvent::Stopped(rooh_core::llm::StopReason::Finished)).await;
            return Ok(());
        }
        let abilities = self.abilities(&options.model).await?;
        let Some(body) = wire::chat(&request, &options, format, abilities) else {
            out.emit(LlmEvent::Stopped(rooh_core::llm::StopReason::Finished)).await;
            return Ok(());
        };
        trace.record(VENDOR, Direction::Out, || body.to_string());
        let answer = self.client.post("/api/chat", &body, options.load_timeout()).await;
        let mut lines = answer.map_err(|error| self.explain(error, &options.model))?.lines(LONGEST_LINE);
        let mut calls = Calls::new(&request);
        let mut wait = options.load_timeout();
        while let Some(line) = lines.next(wait).await? {
            wait = options.idle_timeout();
            trace.record(VENDOR, Direction::In, || &line);
            let mut line: Line = wire::read(&line)?;
            if let Some(error) = &line.error {
                return Err(self.broke_off(error));
            }
            if let Some(text) = line.take_text() {
                out.emit(LlmEvent::Text(text)).await;
            }
            for call in calls.read(&mut line)? {
                out.emit(LlmEvent::ToolCall(call)).await;
            }
            if let Some(reason) = line.stopped(calls.any()) {
                if let Some(usage) = line.usage() {
                    out.emit(LlmEvent::Usage(usage)).await;
                }
                out.emit(LlmEvent::Stopped(reason)).await;
                lines.end().await;
                return Ok(());
            }
        }
        Err(wire::ended_early())
    }

    async fn load(&self, mut out: Emitter<Progress>) -> Result<()> {
        let model = self.options.model.as_str();
        out.emit(Progress::new(format!("looking for {model}"), None)).await;
        let wanted = tagged(model);
        let is_there = self.models().await?.iter().any(|model| tagged(&model.name) == wanted);
        if !is_there {
            if !self.options.pull {
                return Err(missing(model));
            }
            self.pull(model, &mut out).await?;
        }
        self.abilities(model).await?;
        out.emit(Progress::new(format!("loading {model}"), None)).await;
        let wait = self.options.load_timeout();
        let answer = self.client.post("/api/chat", &wire::preload(&self.options), wait).await;
        let answer = answer.map_err(|error| self.explain(error, model))?.json(LONGEST_ANSWER, wait).await?;
        if let Some(error) = answer["error"].as_str() {
            return Err(self.broke_off(error));
        }
        out.emit(Progress::new(format!("{model} is loaded"), Some(1.0))).await;
        Ok(())
    }

    async fn pull(&self, model: &str, out: &mut Emitter<Progress>) -> Result<()> {
        let wait = self.options.load_timeout();
        let body = json!({ "model": model, "stream": true });
        let answer = self.client.post("/api/pull", &body, wait).await;
        let mut lines = answer.map_err(|error| self.explain(error, model))?.lines(LONGEST_LINE);
        let mut pulled = Pulled::default();
        while let Some(line) = lines.next(wait).await? {
            let line: PullLine = wire::read(&line)?;
            if let Some(error) = &line.error {
                let said = self.client.told(error);
                return Err(Error::new(
                    ErrorKind::NotFound,
                    format!("Ollama could not pull {model}: {said}"),
                ));
            }
            if line.is_success() {
                lines.end().await;
                return Ok(());
            }
            if let Some(progress) = pulled.read(line, model) {
                out.emit(progress).await;
            }
        }
        Err(wire::ended_early())
    }

    async fn models(&self) -> Result<Vec<Model>> {
        let answer = self.client.get("/api/tags", LOOK).await.map_err(|error| self.explain(error, ""))?;
        let tags: Tags =
            serde_json::from_value(answer.json(LONGEST_ANSWER, LOOK).await?).map_err(|error| {
                Error::new(ErrorKind::Protocol, "Ollama sent what is no list of models").with("found", error)
            })?;
        Ok(tags.models.unwrap_or_default())
    }

    /// What the model can do; asked once.
    async fn abilities(&self, model: &str) -> Result<Abilities> {
        if let Some(known) = self.known().get(model) {
            return Ok(*known);
        }
        let answer = self.client.post("/api/show", &json!({ "model": model }), LOOK).await;
        let show: Value =
            answer.map_err(|error| self.explain(error, model))?.json(LONGEST_ANSWER, LOOK).await?;
        let abilities = Abilities::read(&show);
        let mut known = self.known();
        if known.len() < KNOWN {
            known.insert(model.to_owned(), abilities);
        }
        Ok(abilities)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Abilities>> {
        self.abilities.lock().expect("no panic happens under this lock")
    }

    /// Says what to do, where that is known.
    fn explain(&self, error: Error, model: &str) -> Error {
        let base = self.client.base();
        match error.kind() {
            ErrorKind::NotFound if !model.is_empty() => missing(model),
            ErrorKind::Network if error.context("cause") == Some("refused") => {
                let start = if base.is_loopback() { "ollama serve" } else { "ollama serve, on that machine" };
                Error::new(ErrorKind::Network, format!("no Ollama listens at {base}"))
                    .with("cause", "refused")
                    .with("start Ollama", start)
            }
            ErrorKind::Config if error.message().contains("does not support") => {
                Error::new(ErrorKind::Unsupported, error.message())
            }
            _ => error.with("address", base),
        }
    }

    /// An error that came with a good head, or after pieces of the answer.
    fn broke_off(&self, said: &str) -> Error {
        Error::new(ErrorKind::Network, format!("Ollama broke off: {}", self.client.told(said)))
    }
}

fn missing(model: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("Ollama has no model {model:?}"))
        .with("bring it", format!("ollama pull {model}"))
}
