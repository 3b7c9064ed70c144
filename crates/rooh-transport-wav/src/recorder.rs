//! Takes a session down as a stereo WAV file, the caller left and the agent right.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use rooh_audio::wav::{Channels, Writer};
use rooh_audio::{AudioFormat, AudioFrame, Resampler, SessionTime, Timeline};
use rooh_core::stage::Recorder;
use rooh_core::{Error, ErrorKind, Result};

/// How far one side may be ahead before the other one is taken to be silent.
///
/// A session reports both sides when they are heard, so that they are a frame apart at most; a side
/// that says nothing is not reported at all.
const APART: Duration = Duration::from_secs(2);

/// How often the header of the file is brought up to date.
const REFRESH: Duration = Duration::from_secs(1);

/// Writes a session into a stereo WAV file while it goes on: the caller left, the agent right.
///
/// Both sides lie where they were heard, to the sample. Frames of another rate are converted.
/// If the process dies, all but the last second can be played. Dropping the recorder ends the file.
/// An error stops the recording and not the session; [`Recording`] tells.
pub struct StereoRecorder<W: Write + Seek> {
    format: AudioFormat,
    /// The caller, then the agent.
    sides: [Side; 2],
    /// Gone once something went wrong, or the file was ended.
    writer: Option<Writer<W>>,
    /// How many samples of each side were written, and how many the header tells of.
    written: u64,
    refreshed: u64,
    recording: Recording,
}

/// How a recording is going; look at it after the session is over.
#[derive(Clone)]
pub struct Recording {
    inner: Arc<Mutex<Result<Duration>>>,
}

impl StereoRecorder<BufWriter<File>> {
    /// Records into a file of 16 kHz, in the place of one that is there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the file cannot be made.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = File::create(path).map_err(|error| {
            Error::new(ErrorKind::Config, "the recording cannot be written")
                .with("file", path.display())
                .caused_by(error)
        })?;
        Self::new(BufWriter::with_capacity(32 * 1024, file), AudioFormat::WIDEBAND)
    }
}

impl<W: Write + Seek> StereoRecorder<W> {
    /// Records into `out`, which stands at its start, at the rate of `format`.
    ///
    /// `out` is written on the task of the session, some kilobytes a second: it should buffer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the header cannot be written.
    pub fn new(out: W, format: AudioFormat) -> Result<Self> {
        let writer = Writer::new(out, format, Channels::Stereo).map_err(|error| {
            Error::new(ErrorKind::Config, "the recording cannot be written").caused_by(error)
        })?;
        Ok(Self {
            format,
            sides: [Side::new(format), Side::new(format)],
            writer: Some(writer),
            written: 0,
            refreshed: 0,
            recording: Recording { inner: Arc::new(Mutex::new(Ok(Duration::ZERO))) },
        })
    }

    /// How the recording is going, for when the recorder has gone to the session.
    pub fn recording(&self) -> Recording {
        self.recording.clone()
    }

    fn record(&mut self, side: usize, frame: &AudioFrame) {
        if self.writer.is_none() {
            return;
        }
        for frame in self.sides[side].convert(frame).iter().flatten() {
            self.lay(side, frame);
        }
        self.write_down(self.format.samples_in(APART));
    }

    fn lay(&mut self, side: usize, frame: &AudioFrame) {
        let mut placed = self.sides[side].timeline.push(frame);
        // A long gap goes to the file in pieces.
        while placed.silence > 0 {
            let piece = placed.silence.min(u64::from(self.format.rate()));
            self.sides[side].ahead.extend(std::iter::repeat_n(0, piece as usize));
            placed.silence -= piece;
            self.write_down(self.format.samples_in(APART));
        }
        self.sides[side].ahead.extend(placed.audio.samples());
    }

    /// Writes what both sides have, and of the one that is ahead all but `apart` samples.
    fn write_down(&mut self, apart: usize) {
        let [caller, agent] = &mut self.sides;
        let (least, most) =
            (caller.ahead.len().min(agent.ahead.len()), caller.ahead.len().max(agent.ahead.len()));
        let ready = least.max(most.saturating_sub(apart));
        if ready == 0 {
            return;
        }
        let end = self.written + ready as u64;
        for side in [&mut *caller, &mut *agent] {
            let missing = ready.saturating_sub(side.ahead.len());
            side.ahead.extend(std::iter::repeat_n(0, missing));
            side.timeline.advance_to(moment(self.format, end));
        }
        let both: Vec<i16> =
            caller.ahead.drain(..ready).zip(agent.ahead.drain(..ready)).flat_map(<[i16; 2]>::from).collect();
        self.written = end;
        let result = self.write(&both);
        self.note(result);
    }

    fn write(&mut self, both: &[i16]) -> io::Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.write(both)?;
        if self.written - self.refreshed >= self.format.samples_in(REFRESH) as u64 {
            writer.flush()?;
            self.refreshed = self.written;
        }
        Ok(())
    }

    fn note(&mut self, result: io::Result<()>) {
        match result {
            Ok(()) if self.writer.is_some() => {
                *self.recording.lock() = Ok(moment(self.format, self.written).since_start());
            }
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(%error, "the recording of a session stopped");
                let error = Error::new(ErrorKind::Unexpected, "the recording stopped").caused_by(error);
                *self.recording.lock() = Err(error);
                self.writer = None;
            }
        }
    }
}

impl<W: Write + Seek + Send + 'static> Recorder for StereoRecorder<W> {
    fn caller(&mut self, frame: &AudioFrame) {
        self.record(0, frame);
    }

    fn agent(&mut self, frame: &AudioFrame) {
        self.record(1, frame);
    }
}

impl<W: Write + Seek> Drop for StereoRecorder<W> {
    fn drop(&mut self) {
        for side in 0..self.sides.len() {
            let rest = self.sides[side].resampler.flush();
            if !rest.is_empty() && self.writer.is_some() {
                self.lay(side, &rest);
            }
        }
        self.write_down(0);
        let result = self.writer.as_mut().map_or(Ok(()), Writer::flush);
        self.note(result);
    }
}

impl<W: Write + Seek> fmt::Debug for StereoRecorder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StereoRecorder").field("format", &self.format).finish_non_exhaustive()
    }
}

/// What of one side was not written yet.
struct Side {
    resampler: Resampler,
    timeline: Timeline,
    /// Where the last frame ended; a frame elsewhere does not follow it.
    end: Option<SessionTime>,
    ahead: VecDeque<i16>,
}

impl Side {
    fn new(format: AudioFormat) -> Self {
        Self {
            resampler: Resampler::new(format, format),
            timeline: Timeline::new(format),
            end: None,
            ahead: VecDeque::new(),
        }
    }

    /// The frame in the format of the file; before it, what was still held of the ones before.
    fn convert(&mut self, frame: &AudioFrame) -> [Option<AudioFrame>; 2] {
        let sample = frame.format().duration_of(1);
        let follows = self.end.is_some_and(|end| frame.at().since(end).max(end.since(frame.at())) <= sample);
        let rest = (!follows || frame.format() != self.resampler.from()).then(|| self.resampler.flush());
        self.end = Some(frame.end());
        [rest.filter(|rest| !rest.is_empty()), Some(self.resampler.process(frame))]
    }
}

fn moment(format: AudioFormat, samples: u64) -> SessionTime {
    SessionTime::new(format.duration_of(usize::try_from(samples).unwrap_or(usize::MAX)))
}

impl Recording {
    /// How much of the session is in the file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unexpected`] with its cause, if the file could not be written to its end.
    pub fn result(&self) -> Result<Duration> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Result<Duration>> {
        self.inner.lock().expect("no panic happens under this lock")
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("result", &self.result()).finish()
    }
}
