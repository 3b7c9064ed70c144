//! The transport: a file that calls, listens, and hangs up.

use std::path::Path;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime, resample_all, wav};
use rooh_core::stream::{Emitter, Events, Inlet, blocking};
use rooh_core::transport::{Playout, Transport, TransportCapabilities, TransportEvent};
use rooh_core::{Error, ErrorKind, Result};
use tokio::time::{Instant, sleep_until};

use crate::Heard;
use crate::call::Call;

/// A caller who says what is in a recording, and hears what the session plays.
///
/// Says it in frames of 20 ms, in real time by tokio's clock: on a paused clock a call of a minute
/// takes as long as it takes to compute. After the recording it goes on with silence until it
/// [hangs up](HangUp), or the session does.
///
/// Hears like a person on a good line: at once, in order, each moment of audio once. The same
/// recording and the same session give the same events at the same moments.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
/// use rooh_transport_wav::WavCaller;
///
/// let hello = AudioFrame::silence(Duration::from_secs(2), AudioFormat::TELEPHONE, SessionTime::ZERO);
/// let caller = WavCaller::from_frame(hello);
/// let heard = caller.heard();
/// // ... agent.start(caller), the session runs and ends ...
/// assert_eq!(heard.duration(), Duration::ZERO);
/// ```
#[derive(Debug)]
pub struct WavCaller {
    recording: AudioFrame,
    after_greeting: bool,
    format: AudioFormat,
    hang_up: HangUp,
    heard: Heard,
}

/// When a caller who has said everything hangs up: whichever comes first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HangUp {
    /// The agent was silent for so long, with nothing on its way.
    ///
    /// Eight seconds unless said otherwise: longer than an agent thinks, and shorter than the
    /// patience of one that waits for an answer.
    /// The agent counts as silent when it prepares no answer, has sent all of what it was saying,
    /// and nothing of that is still to be heard.
    pub silence: Duration,
    /// So much time passed since the end of the recording, whatever the agent does.
    ///
    /// Five minutes unless said otherwise.
    pub at_most: Duration,
}

impl Default for HangUp {
    fn default() -> Self {
        Self { silence: Duration::from_secs(8), at_most: Duration::from_secs(5 * 60) }
    }
}

impl WavCaller {
    /// A caller who says what is in a WAV file; all of its channels at once, if it has several.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the bytes are not a WAV file, or one with compressed audio.
    pub fn new(file: &[u8]) -> Result<Self> {
        let wav = wav::read(file).map_err(|error| Error::new(ErrorKind::Config, error.to_string()))?;
        Ok(Self::from_frame(AudioFrame::new(wav.mono(), wav.format(), SessionTime::ZERO)))
    }

    /// A caller who says what is in the WAV file at `path`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if the file cannot be read, and as for [`new`](Self::new).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = std::fs::read(path).map_err(|error| {
            Error::new(ErrorKind::NotFound, "the recording of the caller cannot be read")
                .with("file", path.display())
                .caused_by(error)
        })?;
        Self::new(&file).map_err(|error| error.with("file", path.display()))
    }

    /// A caller who says this; from the start of the call, unless it waits for the greeting.
    pub fn from_frame(recording: AudioFrame) -> Self {
        let format = AudioFormat::WIDEBAND;
        Self {
            recording,
            after_greeting: false,
            format,
            hang_up: HangUp::default(),
            heard: Heard::new(format),
        }
    }

    /// Whether the caller is silent until the agent's first utterance was heard to its end, or was
    /// cut off; it is not, unless said otherwise.
    ///
    /// The recording then begins with the next frame, at most 20 ms later. An agent that says nothing
    /// is waited for as long as one that has nothing more to say, see [`HangUp::silence`], and one
    /// that does not stop for [`HangUp::at_most`]; then the caller speaks nevertheless.
    #[must_use]
    pub fn after_greeting(self, after_greeting: bool) -> Self {
        Self { after_greeting, ..self }
    }

    /// The format in which the caller speaks and hears; 16 kHz unless said otherwise.
    ///
    /// The recording is converted, whatever its rate.
    #[must_use]
    pub fn format(self, format: AudioFormat) -> Self {
        self.heard.start(format);
        Self { format, ..self }
    }

    /// When the caller hangs up.
    #[must_use]
    pub fn hang_up(self, hang_up: HangUp) -> Self {
        Self { hang_up, ..self }
    }

    /// What the caller hears; look at it while the call goes on, or when it is over.
    pub fn heard(&self) -> Heard {
        self.heard.clone()
    }

    async fn call(self, mut playout: Inlet<Playout>, mut out: Emitter<TransportEvent>) -> Result<()> {
        let Self { recording, after_greeting, format, hang_up, heard } = self;
        let speech = blocking(move || convert(recording, format)).await?;
        out.emit(TransportEvent::Ready).await;
        let start = Instant::now();
        let mut call = Call::new(speech, after_greeting, hang_up, heard);
        loop {
            while let Some(item) = playout.try_next() {
                call.take(item, start.elapsed())?;
            }
            if let Some(event) = call.next_event(start.elapsed()) {
                out.emit(event).await;
                continue;
            }
            if call.is_over(start.elapsed()) {
                return Ok(());
            }
            tokio::select! {
                biased;
                item = playout.next() => {
                    let now = start.elapsed();
                    match item {
                        Some(item) => call.take(item, now)?,
                        // Goodbye: what was not heard by now will not be.
                        None => {
                            call.listen(now);
                            return Ok(());
                        }
                    }
                }
                () = sleep_until(start + call.next_moment()) => {}
            }
        }
    }
}

impl Transport for WavCaller {
    fn capabilities(&self) -> TransportCapabilities {
        TransportCapabilities {
            acknowledges: true,
            // What the caller hears does not get into the recording.
            cancels_echo: true,
            holds: true,
            input: self.format,
            output: self.format,
            ..TransportCapabilities::default()
        }
    }

    fn run(self: Box<Self>, playout: Inlet<Playout>) -> Events<TransportEvent> {
        Events::new(move |out| self.call(playout, out))
    }
}

fn convert(recording: AudioFrame, format: AudioFormat) -> AudioFrame {
    if recording.format() == format {
        return recording;
    }
    let samples = resample_all(recording.samples(), recording.format(), format);
    AudioFrame::new(samples, format, SessionTime::ZERO)
}
