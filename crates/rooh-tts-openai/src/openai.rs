//! The provider.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::AudioFormat;
use rooh_core::provider::{FromOptions, Info, Progress, Retired};
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{BaseUrl, Cleartext, Client, Route};

use crate::failure::explain;
use crate::options::{OpenAiOptions, ReplyOptions};
use crate::speaker::speak;

/// The name in traces and in errors.
pub(crate) const VENDOR: &str = "OpenAI";
/// How long a connection that is opened in advance may take.
const LOOK: Duration = Duration::from_secs(10);
/// The longest answer about one model, in bytes.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// The day on which OpenAI ends all models of `/audio/speech`; posted on 2026-10-01.
const END: &str = "2027-01-06";
/// What OpenAI names in their place. It is not reached by `/audio/speech`, and may reword a text.
const SUCCESSOR: &str = "gpt-realtime-2.1-mini over the Realtime API, which is none of this provider; or \
                         another voice, or a server of your own in base_url";

const RETIRED: &[Retired] = &[
    Retired { model: "tts-1*", on: END, successor: SUCCESSOR },
    Retired { model: "gpt-4o-mini-tts*", on: END, successor: SUCCESSOR },
];

/// Voices of OpenAI, or of a server that speaks as it does. Cheap to clone.
#[derive(Clone)]
pub struct OpenAi {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) client: Client,
    /// What errors call the server.
    pub(crate) name: &'static str,
    options: OpenAiOptions,
}

impl OpenAi {
    /// A voice with these options; nothing is connected yet.
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
        let is_azure = base.host().ends_with(".openai.azure.com");
        let is_openai = base.host() == "api.openai.com" || base.host().ends_with(".api.openai.com");
        if (is_openai || is_azure) && options.api_key.is_empty() {
            return Err(Error::new(ErrorKind::Auth, "OpenAI wants a key")
                .with("set", "OPENAI_API_KEY, or the option api_key")
                .at_path("api_key"));
        }
        let name = if is_openai || is_azure { VENDOR } else { "the server" };
        let mut client = Client::new(name, base);
        if !options.api_key.is_empty() {
            let key = options.api_key.clone();
            let keyed = if is_azure { client.key("api-key", "", key) } else { client.bearer(key) };
            client = keyed.map_err(|error| error.at_path("api_key"))?;
        }
        for (option, header, value) in [
            ("organization", "openai-organization", &options.organization),
            ("project", "openai-project", &options.project),
        ] {
            // They are nobody else's business, and the environment may hold them.
            if is_openai && !value.is_empty() {
                client = client.header(header, value).map_err(|error| error.at_path(option))?;
            }
        }
        Ok(Self { inner: Arc::new(Inner { client, name, options }) })
    }
}

impl Inner {
    pub(crate) fn explain(&self, error: Error, model: &str) -> Error {
        explain(error, &self.client, model, !self.options.api_key.is_empty())
    }

    /// Asks about the model, which leaves a connection open for the first request.
    async fn prewarm(&self) -> Result<()> {
        let model = &self.options.model;
        let asked = self.client.get(Route::new("/models").segment(model), LOOK).await;
        let read = match asked {
            // Read to its end, so that the connection stays.
            Ok(answer) => answer.json(LONGEST_ANSWER, LOOK).await.map(drop),
            Err(error) => Err(error),
        };
        match read {
            // Many servers have no such list; the connection is open nevertheless.
            Err(error) if self.name != VENDOR && is_about_content(&error) => Ok(()),
            read => read.map_err(|error| self.explain(error, model)),
        }
    }
}

/// Whether a server has answered, if not as one would like.
fn is_about_content(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Config | ErrorKind::NotFound | ErrorKind::Protocol)
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi")
            .field("client", &self.inner.client)
            .field("model", &self.inner.options.model)
            .field("voice", &self.inner.options.voice)
            .finish_non_exhaustive()
    }
}

impl FromOptions for OpenAi {
    type Options = OpenAiOptions;

    const INFO: Info =
        Info::cloud("openai", "OpenAI").hosts(&["api.openai.com"]).retired(RETIRED).description(
            "Voices of OpenAI, which end on 2027-01-06, and of every server that speaks as it does: Kokoro, LocalAI, ….",
        );

    fn from_options(options: OpenAiOptions) -> Result<Self> {
        Self::new(options)
    }
}

rooh_core::register!(tts: OpenAi);

impl TtsProvider for OpenAi {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities {
            format: AudioFormat::mono(self.inner.options.sample_rate),
            ..TtsCapabilities::default()
        }
    }

    fn synthesize(&self, request: TtsRequest, text: Inlet<String>) -> Events<TtsEvent> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |out| async move {
            let reply: ReplyOptions = request.options.read()?;
            let options = inner.options.with(reply, request.speed);
            speak(inner, options, request.trace, text, out).await
        })
    }

    fn prewarm(&self) -> Events<Progress> {
        let inner = Arc::clone(&self.inner);
        Events::new(move |_| async move { inner.prewarm().await })
    }
}
