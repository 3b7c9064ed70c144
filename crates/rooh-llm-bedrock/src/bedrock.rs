//! The provider.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::operation::converse_stream::ConverseStreamOutput as Head;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, StopReason};
use rooh_core::provider::{FromOptions, Info, Progress, Variant};
use rooh_core::stream::{Emitter, Events};
use rooh_core::trace::{Direction, Trace};
use rooh_core::{ErrorKind, Result};
use rooh_net::BaseUrl;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout, timeout_at};

use crate::connection::{connect, quiet};
use crate::failure::{self, VENDOR};
use crate::models::RETIRED;
use crate::options::{BedrockOptions, DEFAULT_MODEL, ReplyOptions};
use crate::reply::Reply;
use crate::request;
use crate::wire::Wire;

/// How long what the reply cost is waited for, once it is over: they come together.
const COST: Duration = Duration::from_secs(1);
/// How long the end of a stream is waited for once all that it says was read: less than a new
/// connection costs.
const END: Duration = Duration::from_millis(2);

/// Language models of Amazon Bedrock, through ConverseStream. Cheap to clone.
#[derive(Clone)]
pub struct Bedrock {
    inner: Arc<Inner>,
}

struct Inner {
    base: Option<BaseUrl>,
    client: OnceCell<Client>,
    options: BedrockOptions,
}

impl Bedrock {
    /// A model with these options; nothing is connected yet, and no credentials are looked for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Auth`] with the key that is missing, [`ErrorKind::Config`] with the option that
    /// is wrong.
    pub fn new(options: BedrockOptions) -> Result<Self> {
        let base = options.check()?;
        Ok(Self { inner: Arc::new(Inner { base, client: OnceCell::new(), options }) })
    }
}

impl fmt::Debug for Bedrock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = &self.inner.options;
        f.debug_struct("Bedrock")
            .field("auth_mode", &options.auth_mode)
            .field("base", &self.inner.base)
            .field("model_id", &options.model_id)
            .field("region", &options.region)
            .finish_non_exhaustive()
    }
}

impl FromOptions for Bedrock {
    type Options = BedrockOptions;

    const INFO: Info = Info::cloud("bedrock", "Amazon Bedrock")
        .description("Claude, Nova, Llama and others, in a region of your choice and on your AWS account.")
        .model_option("model_id")
        .retired(RETIRED)
        .variants(&[Variant { name: "bedrock-claude", options: &[("model_id", DEFAULT_MODEL)] }]);

    fn from_options(options: BedrockOptions) -> Result<Self> {
        Self::new(options)
    }
}

rooh_core::register!(llm: Bedrock);

impl LlmProvider for Bedrock {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |out| async move { inner.chat(request, out).await })
    }

    /// Finds region and credentials, and asks Bedrock to answer nothing: it refuses that, but only
    /// once it knows who asks and that they may ask this model. No token is read or written.
    fn load(&self) -> Events<Progress> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |out| async move { inner.load(out).await })
    }

    /// Finds the credentials and opens the connection, by a question that no model is asked.
    fn prewarm(&self) -> Events<Progress> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |_| async move { inner.prewarm().await })
    }
}

impl Inner {
    async fn chat(&self, request: LlmRequest, mut out: Emitter<LlmEvent>) -> Result<()> {
        let reply: ReplyOptions = request.options.clone().read()?;
        let options = self.options.with(reply);
        let Some(body) = request::body(&request, &options) else {
            out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
            return Ok(());
        };
        let model = options.model_id.as_str();
        let mut until = Instant::now() + options.start_timeout();
        let wire = Wire::new(&body, request.trace.clone());
        let mut answer = self.ask(model, &wire, until).await?;
        let mut reply = Reply::new(&request);
        while reply.stopped().is_none() {
            let event = timeout_at(until, quiet(answer.stream.recv())).await;
            let event = event.map_err(|_| failure::timed_out("the next event"))?;
            let event = event.map_err(|error| failure::explain(failure::of_stream(&error, &wire), model))?;
            let event = event.ok_or_else(failure::ended_early)?;
            request.trace.record(VENDOR, Direction::In, || format!("{event:?}"));
            if let Some(event) = reply.read(event)? {
                out.emit(event).await;
            }
            until = Instant::now() + options.idle_timeout();
        }
        self.end(&mut answer, &mut reply, &request.trace).await;
        if let Some(usage) = reply.usage() {
            out.emit(LlmEvent::Usage(usage)).await;
        }
        if let Some(reason) = reply.stopped() {
            out.emit(LlmEvent::Stopped(reason)).await;
        }
        Ok(())
    }

    /// Reads on for what the reply cost, and for the end, so that the connection can be used again.
    ///
    /// The reply is whole already, whatever goes wrong here.
    async fn end(&self, answer: &mut Head, reply: &mut Reply, trace: &Trace) {
        let until = Instant::now() + COST;
        while reply.usage().is_none() {
            let Ok(Ok(Some(event))) = timeout_at(until, quiet(answer.stream.recv())).await else { return };
            trace.record(VENDOR, Direction::In, || format!("{event:?}"));
            if reply.read(event).is_err() {
                return;
            }
        }
        let _ = timeout(END, quiet(answer.stream.recv())).await;
    }

    async fn ask(&self, model: &str, wire: &Wire, until: Instant) -> Result<Head> {
        let sent = async {
            let request = self.client().await?.converse_stream().model_id(model).customize();
            let sent = quiet(request.interceptor(wire.clone()).send()).await;
            sent.map_err(|error| failure::explain(failure::of_request(&error, wire), model))
        };
        timeout_at(until, sent).await.map_err(|_| failure::timed_out("the head"))?
    }

    async fn client(&self) -> Result<&Client> {
        self.client.get_or_try_init(|| connect(&self.options, self.base.as_ref())).await
    }

    async fn load(&self, mut out: Emitter<Progress>) -> Result<()> {
        let model = self.options.model_id.as_str();
        out.emit(Progress::new(format!("asking whether {model} may be used"), None)).await;
        self.knock().await?;
        out.emit(Progress::new(format!("{model} may be used"), Some(1.0))).await;
        Ok(())
    }

    /// Asks for a list of jobs, which counts against no quota of a model; that it may be refused does
    /// not matter, the connection is open then.
    async fn prewarm(&self) -> Result<()> {
        let wire = Wire::empty();
        let sent = async {
            let request = self.client().await?.list_async_invokes().max_results(1).customize();
            let sent = quiet(request.interceptor(wire.clone()).send()).await;
            match sent.map_err(|error| failure::of_request(&error, &wire)) {
                Err(error) if error.context("status").is_none() => Err(error),
                _ => Ok(()),
            }
        };
        let until = Instant::now() + self.options.start_timeout();
        timeout_at(until, sent).await.map_err(|_| failure::timed_out("the head"))?
    }

    /// Asks for the answer to a conversation without messages, which costs nothing.
    async fn knock(&self) -> Result<()> {
        let until = Instant::now() + self.options.start_timeout();
        let nothing: Value = json!({ "messages": [] });
        let wire = Wire::new(&nothing, Trace::default());
        match self.ask(&self.options.model_id, &wire, until).await {
            Ok(_) => Ok(()),
            Err(error) => match error.kind() {
                _ if error.context("status").is_none() || failure::is_about_model(&error) => Err(error),
                // What was refused is the question; or too much is asked for at this moment.
                ErrorKind::Config | ErrorKind::RateLimited => Ok(()),
                _ => Err(error),
            },
        }
    }
}
