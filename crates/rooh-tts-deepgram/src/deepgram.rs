//! The provider.

use std::fmt;
use std::sync::Arc;

use rooh_audio::AudioFormat;
use rooh_core::provider::{FromOptions, Info, Progress, Variant};
use rooh_core::stream::{Events, Inlet};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{BaseUrl, Cleartext, Client};

use crate::line::{self, Kept};
use crate::options::{ADDRESS, DeepgramOptions, ReplyOptions};
use crate::reply;
use crate::wire::VENDOR;

/// Voices of Deepgram. A session keeps one connection; without a session each reply has its own.
#[derive(Clone)]
pub struct Deepgram {
    client: Arc<Client>,
    kept: Option<Kept>,
    options: DeepgramOptions,
}

impl Deepgram {
    /// A voice with these options; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] with the option that is wrong, [`ErrorKind::Auth`] if there is no key
    /// for the vendor's own address, [`ErrorKind::Unsupported`] for a voice of Flux.
    pub fn new(options: DeepgramOptions) -> Result<Self> {
        options.check()?;
        let cleartext = if options.cleartext { Cleartext::Anywhere } else { Cleartext::Loopback };
        let base = BaseUrl::parse(&over_http(&options.base_url), cleartext)
            .map_err(|error| match error.context("host") {
                Some(_) => error.with("to do so nevertheless", "cleartext: true"),
                None => error,
            })
            .map_err(|error| error.at_path("base_url"))?;
        let mut client = Client::new(VENDOR, base);
        if !options.api_key.is_empty() {
            let key = options.api_key.clone();
            client = client.key("authorization", "Token ", key).map_err(|error| error.at_path("api_key"))?;
        } else if options.base_url == ADDRESS {
            return Err(Error::new(ErrorKind::Auth, "Deepgram asks for a key")
                .at_path("api_key")
                .with("or in the environment", "DEEPGRAM_API_KEY"));
        }
        Ok(Self { client: Arc::new(client), kept: None, options })
    }
}

/// The address of a socket as that of the request that opens it.
fn over_http(address: &str) -> String {
    match address.split_once("://") {
        Some(("ws", rest)) => format!("http://{rest}"),
        Some(("wss", rest)) => format!("https://{rest}"),
        _ => address.to_owned(),
    }
}

impl fmt::Debug for Deepgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deepgram")
            .field("client", &self.client)
            .field("model", &self.options.model)
            .finish_non_exhaustive()
    }
}

impl FromOptions for Deepgram {
    type Options = DeepgramOptions;

    const INFO: Info = Info::cloud("deepgram", "Deepgram")
        .hosts(&["deepgram.com"])
        .description("Fast voices in seven languages, made for conversations.")
        .variants(&[Variant { name: "deepgram-tts", options: &[("model", "aura-2-thalia-en")] }]);

    fn from_options(options: DeepgramOptions) -> Result<Self> {
        Self::new(options)
    }
}

rooh_core::register!(tts: Deepgram);

impl TtsProvider for Deepgram {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities { format: AudioFormat::mono(self.options.sample_rate), ..TtsCapabilities::default() }
    }

    fn synthesize(&self, request: TtsRequest, text: Inlet<String>) -> Events<TtsEvent> {
        let Self { client, kept, options } = self.clone();
        Events::new(move |out| reply::speak(client, options, kept, request, text, out))
    }

    fn for_session(&self) -> Option<Arc<dyn TtsProvider>> {
        Some(Arc::new(Self { kept: Some(Kept::default()), ..self.clone() }))
    }

    fn prewarm(&self) -> Events<Progress> {
        let Self { client, kept, options } = self.clone();
        let Some(kept) = kept else { return Events::empty() };
        Events::new(move |_| async move {
            let manner = options.manner(ReplyOptions::default(), None)?;
            line::prewarm(&kept, &client, &options, manner).await
        })
    }
}
