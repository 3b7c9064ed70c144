//! The provider.

use std::fmt;
use std::sync::Arc;

use rooh_audio::AudioFormat;
use rooh_core::provider::{FromOptions, Info, Retired};
use rooh_core::stream::{Events, Inlet};
use rooh_core::stt::{Batched, SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{BaseUrl, Cleartext, Client};

use crate::failure::explain;
use crate::files::Files;
use crate::live::listen;
use crate::options::{Api, OpenAiOptions, TurnDetection};

/// The name in traces and in errors.
pub(crate) const VENDOR: &str = "OpenAI";
/// The one rate of samples that a realtime session takes.
pub(crate) const LIVE_FORMAT: AudioFormat = AudioFormat::mono(24_000);

/// The day on which OpenAI ends its older recognizers; posted on 2026-08-26.
const END: &str = "2027-02-26";
const SUCCESSOR: &str = "gpt-live-transcribe, or gpt-transcribe with api: files";

const RETIRED: &[Retired] = &[
    Retired { model: "gpt-4o-mini-transcribe*", on: END, successor: SUCCESSOR },
    Retired { model: "gpt-4o-transcribe*", on: END, successor: SUCCESSOR },
    Retired { model: "whisper-1", on: END, successor: SUCCESSOR },
];

/// Recognizers of OpenAI, or of a server that speaks as it does. Cheap to clone.
#[derive(Clone)]
pub struct OpenAi {
    files: Arc<Batched<Files>>,
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) client: Client,
    /// What errors call the server.
    pub(crate) name: &'static str,
    pub(crate) options: OpenAiOptions,
}

impl OpenAi {
    /// A recognizer with these options; nothing is connected yet.
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
        let inner = Arc::new(Inner { client, name, options });
        Ok(Self { files: Arc::new(Batched::new(Files::new(Arc::clone(&inner)))), inner })
    }
}

impl Inner {
    pub(crate) fn explain(&self, error: Error) -> Error {
        explain(error, &self.client, self.options.model_name(), !self.options.api_key.is_empty())
    }
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi")
            .field("client", &self.inner.client)
            .field("api", &self.inner.options.api)
            .field("model", &self.inner.options.model_name())
            .finish_non_exhaustive()
    }
}

impl FromOptions for OpenAi {
    type Options = OpenAiOptions;

    const INFO: Info =
        Info::cloud("openai", "OpenAI").hosts(&["api.openai.com"]).retired(RETIRED).description(
            "Recognizers of OpenAI, live or by files, and of every server that takes files as it does: Groq, \
             faster-whisper-server, whisper.cpp, vLLM, ….",
        );

    fn from_options(options: OpenAiOptions) -> Result<Self> {
        Self::new(options)
    }
}

rooh_core::register!(stt: OpenAi);

impl SttProvider for OpenAi {
    fn capabilities(&self) -> SttCapabilities {
        match self.inner.options.api {
            Api::Files => self.files.capabilities(),
            Api::Live => SttCapabilities {
                format: LIVE_FORMAT,
                hints: true,
                partials: true,
                turns: self.inner.options.turn_detection != TurnDetection::Off,
                ..SttCapabilities::default()
            },
        }
    }

    fn transcribe(&self, request: SttRequest, audio: Inlet<SttInput>) -> Events<SttEvent> {
        match self.inner.options.api {
            Api::Files => self.files.transcribe(request, audio),
            Api::Live => {
                let inner = Arc::clone(&self.inner);
                Events::new(move |out| listen(inner, request, audio, out))
            }
        }
    }
}
