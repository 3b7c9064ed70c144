//! The recognizer as a provider: audio in pieces, partials as they come, one final when asked.

use rooh_audio::{AudioFormat, SessionTime};
use rooh_core::expect::Hints;
use rooh_core::options::Options;
use rooh_core::provider::{FromOptions, Info, Progress};
use rooh_core::stream::{Emitter, Events, Inlet, blocking};
use rooh_core::stt::{SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest, Transcript};
use rooh_core::{Error, ErrorKind, Result};

use crate::PocketsphinxOptions;
use crate::model::Model;
use crate::pool::{self, Lease};
use crate::utterance::{Ear, Heard, PIECE, wrong_format};

rooh_core::register!(stt: Pocketsphinx);

/// Speech recognition by PocketSphinx on this machine.
#[derive(Clone, Debug)]
pub struct Pocketsphinx {
    options: PocketsphinxOptions,
}

impl Pocketsphinx {
    /// A recognizer with these options; nothing is looked for before it is used.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if a number is out of its range.
    pub fn new(options: PocketsphinxOptions) -> Result<Self> {
        if options.ready > 16 {
            return Err(Error::new(ErrorKind::Config, "must be from 0 to 16").at_path("ready"));
        }
        Ok(Self { options })
    }

    fn ready(&self) -> usize {
        usize::from(self.options.ready)
    }
}

impl Default for Pocketsphinx {
    /// The US English model of the system.
    fn default() -> Self {
        Self { options: PocketsphinxOptions::default() }
    }
}

impl FromOptions for Pocketsphinx {
    type Options = PocketsphinxOptions;

    const INFO: Info = Info::local("pocketsphinx", "PocketSphinx")
        .description(
            "Recognition on this machine without a download; good enough to try Rooh on clear speech \
             and where the question says what may be answered.",
        )
        .model_option("model_dir");

    fn from_options(options: PocketsphinxOptions) -> Result<Self> {
        Self::new(options)
    }
}

impl SttProvider for Pocketsphinx {
    fn capabilities(&self) -> SttCapabilities {
        SttCapabilities {
            format: AudioFormat::WIDEBAND,
            hints: true,
            partials: true,
            word_times: true,
            ..SttCapabilities::default()
        }
    }

    fn transcribe(&self, request: SttRequest, mut audio: Inlet<SttInput>) -> Events<SttEvent> {
        let options = self.options.clone();
        let ready = self.ready();
        Events::new(move |out| async move {
            check_language(&options, request.language.as_deref())?;
            check_session_options(&request.options)?;
            let hints = request.hints;
            let ear = blocking(move || Ear::new(&Model::find(&options)?, ready, hints)).await??;
            let mut listener = Listener { ear: Some(ear), out, piece: Vec::with_capacity(PIECE), at: None };
            while let Some(input) = audio.next().await {
                match input {
                    SttInput::Audio(frame) if frame.format() != AudioFormat::WIDEBAND => {
                        return Err(wrong_format(frame.format()));
                    }
                    SttInput::Audio(frame) => listener.hear(frame.samples(), frame.at()).await?,
                    SttInput::Finalize => {
                        let transcript = listener.finish().await?;
                        listener.out.emit(SttEvent::Final(transcript)).await;
                    }
                    SttInput::Hints(hints) => listener.expect(hints),
                    SttInput::Options(options) => check_session_options(&options)?,
                    _ => {}
                }
            }
            let last = listener.finish().await?;
            if !last.text.is_empty() {
                listener.out.emit(SttEvent::Final(last)).await;
            }
            Ok(())
        })
    }

    fn load(&self) -> Events<Progress> {
        let options = self.options.clone();
        let ready = self.ready();
        Events::new(move |mut out| async move {
            out.emit(Progress::new("PocketSphinx model", None)).await;
            // The lease goes to the pool at once, and waits there for the first session.
            blocking(move || Lease::take(&Model::find(&options)?, ready).map(drop)).await??;
            out.emit(Progress::new("PocketSphinx model", Some(1.0))).await;
            Ok(())
        })
    }

    fn unload(&self) {
        if let Ok(model) = Model::find(&self.options) {
            pool::drain(&model);
        }
    }
}

/// One stream: it cuts audio into pieces and has the ear hear them.
struct Listener {
    /// Away while it hears.
    ear: Option<Ear>,
    out: Emitter<SttEvent>,
    /// What is not yet a whole piece, and when it began.
    piece: Vec<i16>,
    at: Option<SessionTime>,
}

impl Listener {
    async fn hear(&mut self, mut samples: &[i16], mut at: SessionTime) -> Result<()> {
        while !samples.is_empty() {
            self.at.get_or_insert(at);
            let (now, later) = samples.split_at(samples.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            at += AudioFormat::WIDEBAND.duration_of(now.len());
            samples = later;
            if self.piece.len() == PIECE {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Has the ear hear what there is.
    async fn flush(&mut self) -> Result<()> {
        let Some(at) = self.at.take() else { return Ok(()) };
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        let event = match self.with_ear(move |ear| ear.hear(&piece, at)).await? {
            Heard::Final(transcript) => SttEvent::Final(transcript),
            Heard::Partial(transcript) => SttEvent::Partial(transcript),
            Heard::Nothing => return Ok(()),
        };
        self.out.emit(event).await;
        Ok(())
    }

    async fn finish(&mut self) -> Result<Transcript> {
        self.flush().await?;
        self.with_ear(Ear::finish).await
    }

    fn expect(&mut self, hints: Hints) {
        if let Some(ear) = &mut self.ear {
            ear.expect(hints);
        }
    }

    /// Runs `work` where it holds nobody up.
    ///
    /// # Cancellation
    ///
    /// The ear is dropped where it works, once that piece of work is done.
    async fn with_ear<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Ear) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let gone = || Error::new(ErrorKind::Unexpected, "the recognizer was lost");
        let mut ear = self.ear.take().ok_or_else(gone)?;
        let (ear, result) = blocking(move || {
            let result = work(&mut ear);
            (ear, result)
        })
        .await?;
        self.ear = Some(ear);
        result
    }
}

/// The model of the system hears English; which language another one hears only its owner knows.
fn check_language(options: &PocketsphinxOptions, language: Option<&str>) -> Result<()> {
    let english =
        |language: &str| language.split('-').next().is_some_and(|tag| tag.eq_ignore_ascii_case("en"));
    match language {
        Some(language) if options.model_dir.is_none() && !english(language) => Err(Error::new(
            ErrorKind::Unsupported,
            "the installed model of PocketSphinx hears English only: name another in model_dir",
        )
        .with("language", language)),
        _ => Ok(()),
    }
}

/// Nothing can be changed for one session alone, and what cannot be done is not passed over.
fn check_session_options(options: &Options) -> Result<()> {
    match options.iter().next() {
        Some((name, _)) => {
            Err(Error::new(ErrorKind::Config, "PocketSphinx has no options of a single session")
                .at_path(name))
        }
        None => Ok(()),
    }
}
