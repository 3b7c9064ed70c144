//! The provider.

use std::fmt;
use std::sync::Arc;

use rooh_audio::AudioFormat;
use rooh_core::provider::{FromOptions, Info, Variant};
use rooh_core::stream::{Events, Inlet};
use rooh_core::stt::{SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{BaseUrl, Cleartext, Client};

use crate::options::{ADDRESS, DeepgramOptions};
use crate::session;
use crate::wire::VENDOR;

/// Recognizers of Deepgram: Nova, and Flux, which judges turns. Cheap to clone.
#[derive(Clone)]
pub struct Deepgram {
    client: Arc<Client>,
    options: DeepgramOptions,
}

impl Deepgram {
    /// A recognizer with these options; nothing is connected yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] with the option that is wrong, [`ErrorKind::Auth`] if there is no key
    /// for the vendor's own address.
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
        Ok(Self { client: Arc::new(client), options })
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
        .description("Streaming recognition of many languages; Flux also judges when a turn is over.")
        .variants(&[
            Variant { name: "deepgram-flux", options: &[("model", "flux-general-en")] },
            Variant { name: "deepgram-nova-2", options: &[("model", "nova-2")] },
            Variant { name: "deepgram-nova-3", options: &[("model", "nova-3")] },
        ]);

    fn from_options(options: DeepgramOptions) -> Result<Self> {
        Self::new(options)
    }
}

rooh_core::register!(stt: Deepgram);

impl SttProvider for Deepgram {
    fn capabilities(&self) -> SttCapabilities {
        SttCapabilities {
            format: AudioFormat::mono(self.options.sample_rate),
            hints: true,
            partials: true,
            turns: self.options.turns || self.options.is_flux(),
            word_times: true,
            ..SttCapabilities::default()
        }
    }

    fn transcribe(&self, request: SttRequest, audio: Inlet<SttInput>) -> Events<SttEvent> {
        let (client, options) = (Arc::clone(&self.client), self.options.clone());
        Events::new(move |out| session::run(client, options, request, audio, out))
    }
}
