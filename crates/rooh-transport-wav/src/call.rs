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
    /// What is said before the recording and after it.
    silence: AudioFrame,
    /// How many frames were said.
    frames: usize,
    /// Which of them is the first of the recording; `None` while the caller waits for the greeting.
    begins: Option<usize>,
    /// Whether an utterance of the agent has come to its end, or was cut off.
    greeted: bool,
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
    pub(crate) fn new(speech: AudioFrame, after_greeting: bool, hang_up: HangUp, heard: Heard) -> Self {
        let format = speech.format();
        // A frame of absurdly low rates is one sample.
        let samples = format.samples_in(FRAME).max(1);
        Self {
            format,
            speech,
            silence: AudioFrame::new(vec![0; samples], format, SessionTime::ZERO),
            frames: 0,
            begins: (!after_greeting).then_some(0),
            greeted: false,
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
                self.greeted = true;
                self.ear.clear(generation, now);
            }
            Playout::Hold { generation, position } => self.ear.hold(generation, position, now),
            Playout::Release { generation } => self.ear.release(generation, now),
            Playout::Finished { generation } => {
                self.incoming = self.incoming.filter(|incoming| *incoming != generation);
                self.greeted = true;
            }
            Playout::Event(event) => match event.kind {
                // An agent without a voice greets with words alone.
                EventKind::ReplyFinished { .. } => self.greeted = true,
                EventKind::StateChanged(state) => {
                    self.agent_is_busy = matches!(
                        state,
                        SessionState::Interrupting | SessionState::Processing | SessionState::Speaking
                    );
                }
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    /// Hears what is to be heard until `now`.
    pub(crate) fn listen(&mut self, now: Duration) {
        self.notice(now);
        self.ear.listen(now);
        self.await_greeting(now);
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
        let Some(begins) = self.begins else { return false };
        let after_speech =
            now.saturating_sub(self.format.duration_of(self.place(begins)) + self.speech.duration());
        self.has_said_all() && (self.is_quiet(now) || after_speech >= self.hang_up.at_most)
    }

    /// Whether the agent was silent for so long that nothing more is expected of it.
    fn is_quiet(&self, now: Duration) -> bool {
        now.saturating_sub(self.last_busy) >= self.hang_up.silence
    }

    /// Begins to speak once the greeting was heard, or was waited for as long as for any answer.
    fn await_greeting(&mut self, now: Duration) {
        let heard = self.greeted && !self.ear.is_hearing();
        if self.begins.is_none() && (heard || self.is_quiet(now) || now >= self.hang_up.at_most) {
            // What began in silence goes on so until the next frame.
            let begun = self.format.duration_of(self.place(self.frames)) < now;
            self.begins = Some(self.frames + usize::from(begun));
        }
    }

    /// What was going on when this was last called went on until now: every change is a moment.
    fn notice(&mut self, now: Duration) {
        let speaks = self.begins.is_some() && !self.has_said_all();
        if speaks || self.agent_is_busy || self.incoming.is_some() || self.ear.is_hearing() {
            self.last_busy = now;
        }
    }

    fn has_said_all(&self) -> bool {
        self.said().is_some_and(|said| said >= self.speech.samples().len())
    }

    /// How much of the recording was said, in samples, with the silence after it; `None` before it.
    fn said(&self) -> Option<usize> {
        self.frames.checked_sub(self.begins?).map(|frames| self.place(frames))
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
        let at = SessionTime::new(self.format.duration_of(self.place(self.frames)));
        let length = self.silence.samples().len();
        let frame = self.said().map(|said| self.speech.slice_samples(said..said + length));
        self.frames += 1;
        match frame {
            Some(frame) if frame.samples().len() == length => frame.moved_to(at),
            Some(frame) if !frame.is_empty() => {
                let mut samples = frame.samples().to_vec();
                samples.resize(length, 0);
                AudioFrame::new(samples, self.format, at)
            }
            _ => self.silence.moved_to(at),
        }
    }
}
