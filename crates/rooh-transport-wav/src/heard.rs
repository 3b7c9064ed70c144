//! What a caller heard, to look at while the call goes on and when it is over.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rooh_audio::wav::{self, Channels};
use rooh_audio::{AudioFormat, AudioFrame, SessionTime, Timeline};

/// What a caller heard, on a timeline that begins when the line was up.
///
/// Clones look at the same call. It grows while the session runs; what was sent but never heard,
/// because the agent was cut off or somebody hung up, is not in it.
#[derive(Clone)]
pub struct Heard {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    format: AudioFormat,
    /// In order, without overlaps; they share the memory of the frames that the session sent.
    pieces: Vec<AudioFrame>,
    /// How long the call has lasted.
    end: Duration,
}

impl Heard {
    pub(crate) fn new(format: AudioFormat) -> Self {
        Self { inner: Arc::new(Mutex::new(Inner { format, pieces: Vec::new(), end: Duration::ZERO })) }
    }

    /// How long the call has lasted so far.
    pub fn duration(&self) -> Duration {
        self.lock().end
    }

    /// All of the call as one frame, with silence where nothing was heard.
    pub fn frame(&self) -> AudioFrame {
        let inner = self.lock();
        let mut timeline = Timeline::new(inner.format);
        let mut samples = Vec::with_capacity(inner.format.samples_in(inner.end));
        // A call is in memory piece by piece, so its silence may be too.
        let silence = |samples: &mut Vec<i16>, count: u64| samples.resize(samples.len() + count as usize, 0);
        for piece in &inner.pieces {
            let placed = timeline.push(piece);
            silence(&mut samples, placed.silence);
            samples.extend_from_slice(placed.audio.samples());
        }
        silence(&mut samples, timeline.advance_to(SessionTime::new(inner.end)));
        AudioFrame::new(samples, inner.format, SessionTime::ZERO)
    }

    /// All of the call as a WAV file of one channel.
    pub fn to_wav(&self) -> Vec<u8> {
        let frame = self.frame();
        wav::write(frame.samples(), frame.format(), Channels::Mono)
    }

    pub(crate) fn start(&self, format: AudioFormat) {
        self.lock().format = format;
    }

    pub(crate) fn hears(&self, piece: AudioFrame) {
        self.lock().pieces.push(piece);
    }

    pub(crate) fn reaches(&self, end: Duration) {
        self.lock().end = end;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic happens under this lock")
    }
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Heard").field("duration", &self.duration()).finish_non_exhaustive()
    }
}
