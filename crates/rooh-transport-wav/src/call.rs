//! One call as a machine that is told the time: what the caller says, hears, and when it hangs up.

use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::event::{EventKind, SessionState};
use rooh_core::transport::{Playout, TransportEvent};
use rooh_core::{Error, ErrorKind, Result};

use crate::ear::Ear;
use crate::{HangUp, Heard};

/// How long the frames of the caller are.
const FRAME: Duration = Duration::from_millis(20);

/// One call. Moments are counted from when the line was up.
pub(crate) struct Call {
    format: AudioFormat,
    speech: AudioFrame,
    /// What is said once the recording is over.
    silence: AudioFrame,
    /// How many frames were said.
    frames: usize,
    ear: Ear,
    hang_up: HangUp,
    /// The utterance whose audio comes in, until all of it has come.
    incoming: Option<u64>,
    /// Whether the session says that the agent is about to speak, or speaks.
    agent_is_busy: bool,
    /// When something was still going on.
    last_busy: Duration,
}

impl Call {
    pub(crate) fn new(speech: AudioFrame, hang_up: HangUp, heard: Heard) -> Self {
        let format = speech.format();
        // A frame of absurdly low rates is one sample.
        let samples = format.samples_in(FRAME).max(1);
        Self {
            format,
            speech,
            silence: AudioFrame::new(vec![0; samples], format, SessionTime::ZERO),
            frames: 0,
            ear: Ear::new(format, heard),
            hang_up,
            incoming: None,
            agent_is_busy: false,
            last_busy: Duration::ZERO,
        }
    }

    /// Takes what the session sends.
    pub(crate) fn take(&mut self, item: Playout, now: Duration) -> Result<()> {
        self.notice(now);
        match item {
            Playout::Audio { generation, frame } => {
                if frame.format() != self.format {
                    return Err(Error::new(
                        ErrorKind::Unexpected,
                        "audio came in another format than asked for",
                    )
                    .with("asked for", self.format)
                    .with("came", frame.format()));
                }
                self.incoming = Some(generation);
                self.ear.play(generation, frame, now);
            }
            Playout::Clear { generation } => {
                self.incoming = None;
                self.ear.clear(generation, now);
            }
            Playout::Finished { generation } if self.incoming == Some(generation) => self.incoming = None,
            Playout::Event(event) => {
                if let EventKind::StateChanged(state) = event.kind {
                    self.agent_is_busy = matches!(
                        state,
                        SessionState::Interrupting | SessionState::Processing | SessionState::Speaking
                    );
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Hears what is to be heard until `now`.
    pub(crate) fn listen(&mut self, now: Duration) {
        self.notice(now);
        self.ear.listen(now);
    }

    /// What happens at `now`, one thing at a time: first what was heard, then what is said.
    pub(crate) fn next_event(&mut self, now: Duration) -> Option<TransportEvent> {
        self.listen(now);
        if let Some((generation, played)) = self.ear.next_report() {
            return Some(TransportEvent::Played { generation, played });
        }
        (self.next_frame_at() <= now).then(|| TransportEvent::Audio(self.next_frame()))
    }

    /// When something will happen if nothing comes in.
    pub(crate) fn next_moment(&self) -> Duration {
        let frame = self.next_frame_at();
        self.ear.next_moment().map_or(frame, |report| report.min(frame))
    }

    /// Whether the caller hangs up.
    pub(crate) fn is_over(&self, now: Duration) -> bool {
        let after_speech = now.saturating_sub(self.speech.duration());
        self.has_said_all()
            && (now.saturating_sub(self.last_busy) >= self.hang_up.silence
                || after_speech >= self.hang_up.at_most)
    }

    /// What was going on when this was last called went on until now: every change is a moment.
    fn notice(&mut self, now: Duration) {
        if !self.has_said_all() || self.agent_is_busy || self.incoming.is_some() || self.ear.is_hearing() {
            self.last_busy = now;
        }
    }

    fn has_said_all(&self) -> bool {
        self.place(self.frames) >= self.speech.samples().len()
    }

    /// Where the frame begins, in samples.
    fn place(&self, frame: usize) -> usize {
        frame * self.silence.samples().len()
    }

    /// A frame is there once its last sample was spoken.
    ///
    /// Counted in samples: a frame of 20 ms is not a whole number of them at every rate.
    fn next_frame_at(&self) -> Duration {
        self.format.duration_of(self.place(self.frames + 1))
    }

    fn next_frame(&mut self) -> AudioFrame {
        let (start, end) = (self.place(self.frames), self.place(self.frames + 1));
        self.frames += 1;
        let at = SessionTime::new(self.format.duration_of(start));
        let frame = self.speech.slice_samples(start..end);
        let spoken = frame.samples().len();
        if spoken == 0 {
            self.silence.moved_to(at)
        } else if spoken < end - start {
            let mut samples = frame.samples().to_vec();
            samples.resize(end - start, 0);
            AudioFrame::new(samples, self.format, at)
        } else {
            frame.moved_to(at)
        }
    }
}
