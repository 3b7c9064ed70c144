//! The provider, and what a session has of it.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rooh_core::Result;
use rooh_core::provider::{FromOptions, Info, Progress, Retired};
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_net::{BaseUrl, Cleartext, Client};

use crate::line::Kept;
use crate::options::CartesiaOptions;
use crate::reply::Reply;

/// The name in traces and in errors.
pub(crate) const VENDOR: &str = "Cartesia";

/// When the models before sonic-3 ended; the later snapshots of sonic-2 and sonic-turbo go on in a
/// few languages alone (API changes of 2026-06-01).
const ENDED: &str = "2026-06-01";
const SUCCESSOR: &str = "sonic-3.5";

const fn retired(model: &'static str) -> Retired {
    Retired { model, on: ENDED, successor: SUCCESSOR }
}

/// Voices of Cartesia. Cheap to clone.
///
/// Each reply opens a socket of its own. What [`for_session`](TtsProvider::for_session) gives keeps one
/// from reply to reply.
#[derive(Clone)]
pub struct Cartesia {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) client: Client,
    contexts: AtomicU64,
    pub(crate) options: CartesiaOptions,
    seed: u64,
}

impl Inner {
    /// An id that no other context has.
    pub(crate) fn context_id(&self) -> String {
        let number = self.contexts.fetch_add(1, Ordering::Relaxed);
        format!("rooh-{:016x}-{number}", self.seed)
    }
}

impl Cartesia {
    /// A voice with these options; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](rooh_core::ErrorKind::Config) with the option that is wrong.
    pub fn new(options: CartesiaOptions) -> Result<Self> {
        options.check()?;
        let base = BaseUrl::parse(&options.base_url, Cleartext::Loopback)
            .map_err(|error| error.at_path("base_url"))?;
        let mut client = Client::new(VENDOR, base)
            .header("cartesia-version", &options.version)
            .map_err(|error| error.at_path("version"))?;
        if !options.api_key.is_empty() {
            client = client.bearer(options.api_key.clone()).map_err(|error| error.at_path("api_key"))?;
        }
        let seed = RandomState::new().hash_one(0);
        Ok(Self { inner: Arc::new(Inner { client, contexts: AtomicU64::new(0), options, seed }) })
    }
}

impl fmt::Debug for Cartesia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cartesia")
            .field("client", &self.inner.client)
            .field("model", &self.inner.options.model_id)
            .field("voice", &self.inner.options.voice_id)
            .finish_non_exhaustive()
    }
}

impl FromOptions for Cartesia {
    type Options = CartesiaOptions;

    const INFO: Info = Info::cloud("cartesia", "Cartesia")
        .hosts(&["cartesia.ai"])
        .model_option("model_id")
        .description("Voices of Cartesia that begin to speak at once, in some forty languages.")
        .retired(&[
            retired("sonic"),
            retired("sonic-2*"),
            retired("sonic-english"),
            retired("sonic-multilingual"),
            retired("sonic-turbo*"),
        ]);

    fn from_options(options: CartesiaOptions) -> Result<Self> {
        Self::new(options)
    }
}

rooh_core::register!(tts: Cartesia);

impl TtsProvider for Cartesia {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities { format: self.inner.options.format(), word_times: true, ..Default::default() }
    }

    fn synthesize(&self, request: TtsRequest, text: Inlet<String>) -> Events<TtsEvent> {
        let voice = Arc::clone(&self.inner);
        Events::new(move |out| async move { Reply::new(voice, None, &request)?.speak(text, out).await })
    }

    fn for_session(&self) -> Option<Arc<dyn TtsProvider>> {
        Some(Arc::new(Session { kept: Arc::default(), voice: self.clone() }))
    }
}

/// A voice for one session, with the socket that it keeps.
#[derive(Debug)]
struct Session {
    kept: Arc<Kept>,
    voice: Cartesia,
}

impl TtsProvider for Session {
    fn capabilities(&self) -> TtsCapabilities {
        self.voice.capabilities()
    }

    fn synthesize(&self, request: TtsRequest, text: Inlet<String>) -> Events<TtsEvent> {
        let (voice, kept) = (Arc::clone(&self.voice.inner), Arc::clone(&self.kept));
        Events::new(move |out| async move { Reply::new(voice, Some(kept), &request)?.speak(text, out).await })
    }

    fn prewarm(&self) -> Events<Progress> {
        let (voice, kept) = (Arc::clone(&self.voice.inner), Arc::clone(&self.kept));
        Events::new(move |_| async move { kept.open(&voice).await })
    }
}
