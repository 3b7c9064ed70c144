//! The provider.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, StopReason};
use rooh_core::provider::{FromOptions, Info, Progress};
use rooh_core::stream::{Emitter, Events};
use rooh_core::trace::Direction;
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{BaseUrl, Cleartext, Client, Route, ServerEvents};
use serde_json::Value;

use crate::answer::{Answer, End};
use crate::failure::{ended_early, explained, refined};
use crate::model::RETIRED;
use crate::options::{GeminiOptions, ReplyOptions};
use crate::request;
use crate::signatures::Signatures;

/// The name in traces and in errors.
const VENDOR: &str = "Gemini";
/// Google's own machine.
const HOST: &str = "generativelanguage.googleapis.com";
/// The longest event of an answer, in bytes: a whole call of a tool stands in one, with its
/// signature.
const LONGEST_EVENT: usize = 4 * 1024 * 1024;
/// The longest description of a model, in bytes; it has some hundred.
const LONGEST_MODEL: usize = 256 * 1024;
/// How long the question about a model may take that opens the connection.
const LOOK: Duration = Duration::from_secs(10);
/// How long the end of the body is waited for once the model has said that it is at its end: from
/// Google the two come together, and servers in between may put into it what the answer cost.
const END: Duration = Duration::from_millis(200);

/// Language models of Google, by the Gemini API. Cheap to clone.
#[derive(Clone)]
pub struct Gemini {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    options: GeminiOptions,
    signatures: Signatures,
}

impl Gemini {
    /// A model with these options; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] with the option that is wrong, [`ErrorKind::Auth`] if Google itself is
    /// to be asked without a key.
    pub fn new(options: GeminiOptions) -> Result<Self> {
        options.check()?;
        let base = BaseUrl::parse(&options.base_url, Cleartext::Loopback)
            .map_err(|error| error.at_path("base_url"))?;
        if options.api_key.is_empty() && base.host() == HOST {
            return Err(Error::new(ErrorKind::Auth, "Gemini wants a key")
                .with("set", "GEMINI_API_KEY, or the option api_key")
                .at_path("api_key"));
        }
        let mut client = Client::new(VENDOR, base).reading(refined);
        if !options.api_key.is_empty() {
            client = client
                .key("x-goog-api-key", "", options.api_key.clone())
                .map_err(|error| error.at_path("api_key"))?;
        }
        Ok(Self { inner: Arc::new(Inner { client, options, signatures: Signatures::default() }) })
    }
}

impl fmt::Debug for Gemini {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gemini")
            .field("client", &self.inner.client)
            .field("model", &self.inner.options.model)
            .finish_non_exhaustive()
    }
}

impl FromOptions for Gemini {
    type Options = GeminiOptions;

    const INFO: Info = Info::cloud("gemini", "Google Gemini")
        .hosts(&[HOST])
        .retired(RETIRED)
        .description("Models of Google that answer quickly and call tools.");

    fn from_options(options: GeminiOptions) -> Result<Self> {
        Self::new(options)
    }
}

rooh_core::register!(llm: Gemini);

impl LlmProvider for Gemini {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |out| async move { inner.chat(&request, out).await })
    }

    /// Asks for the description of the model, which costs nothing and leaves the connection open.
    fn prewarm(&self) -> Events<Progress> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |_| async move { inner.look().await })
    }
}

impl Inner {
    async fn chat(&self, request: &LlmRequest, mut out: Emitter<LlmEvent>) -> Result<()> {
        let reply: ReplyOptions = request.options.clone().read()?;
        let format = reply.format.clone();
        let options = self.options.with(reply);
        options.check()?;
        let Some(body) = request::body(request, &options, format.as_ref(), &self.signatures) else {
            out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
            return Ok(());
        };
        let mut end = self.ask(request, &options, &body, &mut out).await?;
        if end == End::Garbled {
            end = self.ask(request, &options, &body, &mut out).await?;
        }
        match end {
            End::Stopped(reason) => out.emit(LlmEvent::Stopped(reason)).await,
            End::Garbled => {
                let what = "the model called a tool in a way that nobody understands, twice";
                return Err(Error::new(ErrorKind::Network, what));
            }
        }
        Ok(())
    }

    /// Asks once, and passes the answer on, but for how it ended.
    async fn ask(
        &self,
        request: &LlmRequest,
        options: &GeminiOptions,
        body: &Value,
        out: &mut Emitter<LlmEvent>,
    ) -> Result<End> {
        request.trace.record(VENDOR, Direction::Out, || body.to_string());
        let model = options.model_name();
        let route = route(options, ":streamGenerateContent").query("alt", "sse");
        let sent = self.client.post(route, body, options.first_timeout()).await;
        let sent = sent.map_err(|error| explained(error, &self.client, options.version(), model))?;
        let mut answer = Answer::new(request, model, &self.signatures, &self.client);
        let read = pass_on(sent.events(LONGEST_EVENT), &mut answer, request, options, out).await;
        // What was used is to be paid for, whether it answered anything or not.
        if let Some(usage) = answer.usage() {
            out.emit(LlmEvent::Usage(usage)).await;
        }
        read?;
        answer.finish()
    }

    async fn look(&self) -> Result<()> {
        let answer = self.client.get(route(&self.options, ""), LOOK).await.map_err(|error| {
            explained(error, &self.client, self.options.version(), self.options.model_name())
        })?;
        // Read to its end, so that the connection stays.
        answer.json(LONGEST_MODEL, LOOK).await?;
        Ok(())
    }
}

/// Where something is done with a model.
fn route(options: &GeminiOptions, what: &str) -> Route {
    Route::default()
        .segment(options.version())
        .segment("models")
        .segment(format!("{}{what}", options.model_name()))
}

/// Passes what comes on until the answer is whole.
async fn pass_on(
    mut events: ServerEvents,
    answer: &mut Answer<'_>,
    request: &LlmRequest,
    options: &GeminiOptions,
    out: &mut Emitter<LlmEvent>,
) -> Result<()> {
    let mut wait = options.first_timeout();
    let mut pieces = Vec::new();
    loop {
        let event = match events.next(if answer.is_whole() { END } else { wait }).await {
            Ok(Some(event)) => event,
            _ if answer.is_whole() => return Ok(()),
            Ok(None) => return Err(ended_early()),
            Err(error) => return Err(error),
        };
        request.trace.record(VENDOR, Direction::In, || &event.data);
        let read = answer.read(&event.data, &mut pieces);
        if !pieces.is_empty() {
            wait = options.idle_timeout();
        }
        for piece in pieces.drain(..) {
            out.emit(piece).await;
        }
        read?;
    }
}
