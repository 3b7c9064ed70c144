//! The provider, and what one session has of it.

use std::fmt;
use std::sync::Arc;

use rooh_core::provider::{FromOptions, Info, Progress, Retired};
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{BaseUrl, Cleartext, Client};

use crate::line::{Line, Slot};
use crate::wire::{self, VENDOR};
use crate::{Api, ElevenLabsOptions, http, reply};

/// The host of the vendor; those of its regions lie below it.
const HOST: &str = "elevenlabs.io";
/// The longest list of models, in bytes.
const LONGEST_LIST: usize = 4 * 1024 * 1024;

/// Voices of ElevenLabs. Cheap to clone.
#[derive(Clone)]
pub struct ElevenLabs {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    options: ElevenLabsOptions,
}

impl ElevenLabs {
    /// A voice with these options; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Auth`] if the vendor is to be asked without a key, [`ErrorKind::Config`] with the
    /// option that is wrong.
    pub fn new(options: ElevenLabsOptions) -> Result<Self> {
        options.check()?;
        let base = BaseUrl::parse(&options.base_url, Cleartext::Loopback)
            .map_err(|error| error.at_path("base_url"))?;
        let is_vendors =
            base.host().strip_suffix(HOST).is_some_and(|below| below.is_empty() || below.ends_with('.'));
        if is_vendors && options.api_key.is_empty() {
            return Err(Error::new(ErrorKind::Auth, format!("{VENDOR} wants a key"))
                .with("set", "ELEVENLABS_API_KEY, or the option api_key")
                .at_path("api_key"));
        }
        let mut client = Client::new(VENDOR, base).telling(&["request-id"]);
        if !options.api_key.is_empty() {
            client = client
                .key("xi-api-key", "", options.api_key.clone())
                .map_err(|error| error.at_path("api_key"))?;
        }
        Ok(Self { inner: Arc::new(Inner { client, options }) })
    }
}

impl fmt::Debug for ElevenLabs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ElevenLabs")
            .field("client", &self.inner.client)
            .field("model", &self.inner.options.model)
            .field("voice", &self.inner.options.voice)
            .finish_non_exhaustive()
    }
}

impl FromOptions for ElevenLabs {
    type Options = ElevenLabsOptions;

    const INFO: Info = Info::cloud("elevenlabs", "ElevenLabs")
        .hosts(&[HOST])
        .retired(&[
            Retired { model: "eleven_monolingual_v1", on: "2026-07-09", successor: "eleven_flash_v2_5" },
            Retired {
                model: "eleven_multilingual_v1",
                on: "2026-07-09",
                successor: "eleven_multilingual_v2",
            },
        ])
        .description("Natural voices in many languages, with the time of each word.");

    fn from_options(options: ElevenLabsOptions) -> Result<Self> {
        Self::new(options)
    }
}

rooh_core::register!(tts: ElevenLabs);

impl TtsProvider for ElevenLabs {
    fn capabilities(&self) -> TtsCapabilities {
        self.inner.capabilities()
    }

    /// Over a socket of its own, which closes with the stream.
    fn synthesize(&self, request: TtsRequest, text: Inlet<String>) -> Events<TtsEvent> {
        Inner::synthesize(&self.inner, Slot::default(), request, text)
    }

    fn for_session(&self) -> Option<Arc<dyn TtsProvider>> {
        Some(Arc::new(OfSession { inner: Arc::clone(&self.inner), slot: Slot::default() }))
    }
}

/// The voice of one session, with the socket that goes from reply to reply.
struct OfSession {
    inner: Arc<Inner>,
    slot: Slot,
}

impl fmt::Debug for OfSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfSession").field("client", &self.inner.client).finish_non_exhaustive()
    }
}

impl TtsProvider for OfSession {
    fn capabilities(&self) -> TtsCapabilities {
        self.inner.capabilities()
    }

    fn synthesize(&self, request: TtsRequest, text: Inlet<String>) -> Events<TtsEvent> {
        Inner::synthesize(&self.inner, Arc::clone(&self.slot), request, text)
    }

    fn for_session(&self) -> Option<Arc<dyn TtsProvider>> {
        Some(Arc::new(Self { inner: Arc::clone(&self.inner), slot: Slot::default() }))
    }

    fn prewarm(&self) -> Events<Progress> {
        let (inner, slot) = (Arc::clone(&self.inner), Arc::clone(&self.slot));
        Events::new(move |_| async move { inner.prewarm(&slot).await })
    }
}

impl Inner {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities {
            format: self.options.output_format.format(),
            word_times: self.options.api() == Api::Websocket,
            ..TtsCapabilities::default()
        }
    }

    fn synthesize(
        this: &Arc<Self>,
        slot: Slot,
        request: TtsRequest,
        text: Inlet<String>,
    ) -> Events<TtsEvent> {
        let inner = Arc::clone(this);
        Events::new(move |out| async move {
            let Self { client, options } = &*inner;
            match options.api() {
                Api::Http => http::speak(client, options, request, text, out).await,
                Api::Websocket => reply::speak(client, options, slot, request, text, out).await,
            }
        })
    }

    async fn prewarm(&self, slot: &Slot) -> Result<()> {
        let options = self.options.of_reply(&TtsRequest::default())?;
        let wait = options.first_audio_timeout();
        if options.api() == Api::Http {
            // A question whose answer nobody needs leaves its connection to the next one.
            let models = self.client.get("/v1/models", wait).await?;
            models.json(LONGEST_LIST, wait).await?;
            return Ok(());
        }
        let mut kept = slot.lock().await;
        if kept.is_none() {
            *kept = Some(Line::open(&self.client, &wire::socket_route(&options), wait).await?);
        }
        Ok(())
    }
}
