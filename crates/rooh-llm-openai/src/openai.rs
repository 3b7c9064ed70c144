//! The provider.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, StopReason};
use rooh_core::provider::{FromOptions, Info, Progress};
use rooh_core::stream::{Emitter, Events};
use rooh_core::trace::{Direction, Trace};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{BaseUrl, Cleartext, Client, Route, ServerEvents, SseEvent};
use serde_json::Value;
use tokio::time::Instant;

use crate::chat::{self, Chunks};
use crate::failure::{TOLD_ON, ended_early, explain, not_streamed, too_late};
use crate::family::RETIRED;
use crate::options::{Api, Dialect, OpenAiOptions, ReplyOptions};
use crate::request::Asked;
use crate::responses::{self, Items};

/// The name in traces and in errors.
const VENDOR: &str = "OpenAI";
/// The longest event of an answer, in bytes: the last one of Responses repeats all that was said.
const LONGEST_EVENT: usize = 4 * 1024 * 1024;
/// The longest list of models, in bytes: some servers have thousands.
const LONGEST_LIST: usize = 16 * 1024 * 1024;
/// How long a question about a model may take.
const LOOK: Duration = Duration::from_secs(10);
/// How long what a reply cost is waited for once the reply is whole.
const COSTS: Duration = Duration::from_secs(1);
/// How long the end of a body is waited for once all was said: less than a new connection costs.
const REST: Duration = Duration::from_millis(10);

/// Language models of OpenAI, or of a server that speaks as it does. Cheap to clone.
#[derive(Clone)]
pub struct OpenAi {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    is_openai: bool,
    options: OpenAiOptions,
}

impl OpenAi {
    /// A model with these options; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] with the option that is wrong, [`ErrorKind::Auth`] if OpenAI itself is
    /// asked without a key.
    pub fn new(options: OpenAiOptions) -> Result<Self> {
        options.check()?;
        let cleartext = if options.cleartext { Cleartext::Anywhere } else { Cleartext::Loopback };
        let base = BaseUrl::parse(&options.base_url, cleartext)
            .map_err(|error| match error.context("host") {
                Some(_) => error.with("to do so nevertheless", "cleartext: true"),
                None => error,
            })
            .map_err(|error| error.at_path("base_url"))?;
        let is_vendors = is_vendors(base.host());
        let is_openai = match options.dialect {
            Dialect::Auto => is_vendors,
            dialect => dialect == Dialect::Openai,
        };
        if is_vendors && options.api_key.is_empty() {
            return Err(Error::new(ErrorKind::Auth, "OpenAI wants a key")
                .with("set", "OPENAI_API_KEY, or the option api_key")
                .at_path("api_key"));
        }
        let name = if is_vendors { VENDOR } else { "the server" };
        let mut client = Client::new(name, base).telling(TOLD_ON);
        if !options.api_key.is_empty() {
            client = client.bearer(options.api_key.clone()).map_err(|error| error.at_path("api_key"))?;
        }
        for (option, name, value) in [
            ("organization", "openai-organization", &options.organization),
            ("project", "openai-project", &options.project),
        ] {
            // They are nobody else's business, and the environment may hold them.
            if is_openai && !value.is_empty() {
                client = client.header(name, value).map_err(|error| error.at_path(option))?;
            }
        }
        Ok(Self { inner: Arc::new(Inner { client, is_openai, options }) })
    }

    /// The names of the models that the server has, as it lists them.
    ///
    /// # Errors
    ///
    /// As a chat, but for what concerns a model.
    ///
    /// # Cancellation
    ///
    /// Dropping the future closes the connection.
    pub async fn models(&self) -> Result<Vec<String>> {
        self.inner.models().await
    }
}

/// Whether a machine is one of OpenAI, in any of its regions, or of Azure.
fn is_vendors(host: &str) -> bool {
    host == "api.openai.com" || host.ends_with(".api.openai.com") || host.ends_with(".openai.azure.com")
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi")
            .field("client", &self.inner.client)
            .field("model", &self.inner.options.model)
            .finish_non_exhaustive()
    }
}

impl FromOptions for OpenAi {
    type Options = OpenAiOptions;

    const INFO: Info =
        Info::cloud("openai", "OpenAI").hosts(&["api.openai.com"]).retired(RETIRED).description(
            "Models of OpenAI, and of every server that speaks as it does: vLLM, llama.cpp, Groq, ….",
        );

    fn from_options(options: OpenAiOptions) -> Result<Self> {
        Self::new(options)
    }
}

rooh_core::register!(llm: OpenAi);

impl LlmProvider for OpenAi {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |out| async move { inner.chat(request, out).await })
    }

    /// Checks address, key and model.
    fn load(&self) -> Events<Progress> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |out| async move { inner.load(out).await })
    }

    /// Asks about the model, which leaves a connection open for the next request.
    fn prewarm(&self) -> Events<Progress> {
        self.load()
    }
}

/// An answer of either API.
enum Answer {
    Chat(Chunks),
    Responses(Items),
}

/// What an event of the server is to whoever waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sign {
    /// The last one.
    End,
    /// A piece of the answer, of a call or of a thought.
    Life,
    /// Nothing that would make the wait for the next piece begin anew.
    Nothing,
}

impl Answer {
    fn new(api: Api, request: &LlmRequest) -> Self {
        match api {
            Api::Responses => Self::Responses(Items::new(request)),
            _ => Self::Chat(Chunks::new(request)),
        }
    }

    /// Whether nothing is left to be said.
    fn is_whole(&self) -> bool {
        match self {
            Self::Chat(chunks) => chunks.is_whole(),
            Self::Responses(items) => items.is_whole(),
        }
    }

    /// Whether it is known what it cost.
    fn has_usage(&self) -> bool {
        match self {
            Self::Chat(chunks) => chunks.has_usage(),
            Self::Responses(_) => true,
        }
    }

    fn read(&mut self, data: &str, out: &mut Vec<LlmEvent>) -> Result<Sign> {
        match self {
            Self::Chat(chunks) => chunks.read(data, out),
            Self::Responses(items) => items.read(data, out),
        }
    }

    fn finish(&mut self, out: &mut Vec<LlmEvent>) {
        match self {
            Self::Chat(chunks) => chunks.finish(out),
            Self::Responses(items) => items.finish(out),
        }
    }
}

/// The next event, if one comes until `end`.
///
/// The clock is looked at here as well: a server that always has something to say, if nothing of
/// use, would never be too late.
async fn next(events: &mut ServerEvents, end: Instant) -> Result<Option<SseEvent>> {
    match end.saturating_duration_since(Instant::now()) {
        Duration::ZERO => Err(too_late()),
        left => events.next(left).await,
    }
}

impl Inner {
    async fn chat(&self, request: LlmRequest, mut out: Emitter<LlmEvent>) -> Result<()> {
        let reply: ReplyOptions = request.options.clone().read()?;
        let asked = Asked::new(&self.options, &reply, self.is_openai)?;
        let (path, body) = match asked.api {
            Api::Responses => ("/responses", responses::body(&request, &asked)),
            _ => ("/chat/completions", chat::body(&request, &asked)),
        };
        let Some(body) = body else {
            out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
            return Ok(());
        };
        let trace = &request.trace;
        trace.record(VENDOR, Direction::Out, || body.to_string());
        let answer = Answer::new(asked.api, &request);
        self.ask(path, &body, &asked.options, answer, trace, &mut out)
            .await
            .map_err(|error| self.explain(error, &asked.options.model))
    }

    async fn ask(
        &self,
        path: &'static str,
        body: &Value,
        options: &OpenAiOptions,
        mut answer: Answer,
        trace: &Trace,
        out: &mut Emitter<LlmEvent>,
    ) -> Result<()> {
        let mut end = Instant::now() + options.first_timeout();
        let sent = self.client.post(path, body, options.first_timeout()).await?;
        if sent.header("content-type").is_some_and(|kind| kind.starts_with("application/json")) {
            return Err(not_streamed(&sent.json(LONGEST_EVENT, options.first_timeout()).await?));
        }
        let mut events = sent.events(LONGEST_EVENT);
        let mut pieces = Vec::new();
        let mut has_ended = false;
        while !has_ended && !(answer.is_whole() && (answer.has_usage() || !options.usage)) {
            let event = match next(&mut events, end).await {
                Ok(Some(event)) => event,
                // The reply is whole; what it cost is lost, and no more.
                _ if answer.is_whole() => break,
                Ok(None) => return Err(ended_early()),
                Err(error) => return Err(error),
            };
            trace.record(VENDOR, Direction::In, || &event.data);
            let was_whole = answer.is_whole();
            let sign = answer.read(&event.data, &mut pieces);
            let is_life = !pieces.is_empty() || matches!(sign, Ok(Sign::Life));
            for piece in pieces.drain(..) {
                out.emit(piece).await;
            }
            has_ended = sign? == Sign::End;
            // From now, as the time that the reader takes does not count.
            if !was_whole && answer.is_whole() {
                end = Instant::now() + COSTS;
            } else if !was_whole && is_life {
                end = Instant::now() + options.idle_timeout();
            }
        }
        if !answer.is_whole() {
            return Err(ended_early());
        }
        answer.finish(&mut pieces);
        for piece in pieces {
            out.emit(piece).await;
        }
        // The rest is read so that the connection can be used again, unless there is no end to it.
        let end = Instant::now() + REST;
        while let Ok(Some(_)) = next(&mut events, end).await {}
        Ok(())
    }

    async fn load(&self, mut out: Emitter<Progress>) -> Result<()> {
        let model = self.options.model.as_str();
        out.emit(Progress::new(format!("looking for {model}"), None)).await;
        if self.is_openai {
            let answer = self.client.get(Route::new("/models").segment(model), LOOK).await;
            // Read to its end, so that the connection stays.
            let answer = answer.map_err(|error| self.explain(error, model))?;
            answer.json(LONGEST_LIST, LOOK).await?;
        } else {
            self.look(model, &mut out).await?;
        }
        out.emit(Progress::new(format!("{model} is there"), Some(1.0))).await;
        Ok(())
    }

    /// Looks for a model at a server which may have no list, or take any name for the one that it has.
    async fn look(&self, model: &str, out: &mut Emitter<Progress>) -> Result<()> {
        let models = match self.models().await {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            models => models?,
        };
        if !models.is_empty() && !models.iter().any(|name| name == model) {
            let error =
                Error::new(ErrorKind::NotFound, "the server does not list the model").with("model", model);
            out.emit(Progress::without(model, error)).await;
        }
        Ok(())
    }

    async fn models(&self) -> Result<Vec<String>> {
        let answer = self.client.get("/models", LOOK).await.map_err(|error| self.explain(error, ""))?;
        let list = answer.json(LONGEST_LIST, LOOK).await?;
        let models = list["data"].as_array().into_iter().flatten();
        Ok(models.filter_map(|model| model["id"].as_str()).map(str::to_owned).collect())
    }

    fn explain(&self, error: Error, model: &str) -> Error {
        explain(error, &self.client, model, !self.options.api_key.is_empty())
    }
}
