//! Changing the rate of a stream of frames, with exact totals and little delay.

mod table;

use std::sync::Arc;
use std::time::Duration;

use crate::{AudioFormat, AudioFrame, SessionTime};

use table::Table;

/// How many samples of a long input are filtered at once; bounds what the filter holds.
const BLOCK: usize = 4_096;

/// Changes the rate of one stream of frames.
///
/// A polyphase filter of fixed ratio: it costs a few microseconds for 20 ms of audio and holds
/// audio back for [`delay`](Self::delay), one or two milliseconds at common rates.
/// All resamplers of one ratio share one table of coefficients.
///
/// # Timeline
///
/// What sounds at a moment of the input sounds at the same moment of the output:
/// [`AudioFrame::at`] of what comes out accounts for the delay.
/// Hence the first frame comes out shorter by the delay, and [`flush`](Self::flush) gives the
/// missing end. From the first frame to the flush, `n` samples become
/// `n * to / from` samples, rounded up, in whatever pieces they came.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use rooh_audio::{AudioFormat, AudioFrame, Resampler, SessionTime};
///
/// let mut resampler = Resampler::new(AudioFormat::mono(24_000), AudioFormat::WIDEBAND);
/// let spoken = AudioFrame::silence(Duration::from_secs(1), AudioFormat::mono(24_000), SessionTime::ZERO);
/// let most = resampler.process(&spoken);
/// let rest = resampler.flush();
/// assert_eq!(most.samples().len() + rest.samples().len(), 16_000);
/// assert_eq!(rest.at(), most.end());
/// ```
#[derive(Clone, Debug)]
pub struct Resampler {
    from: AudioFormat,
    to: AudioFormat,
    filter: Option<Filter>,
    /// The moment after the last sample that came in.
    end: SessionTime,
}

impl Resampler {
    /// A resampler that has heard nothing yet.
    ///
    /// The first one of a ratio computes its table, which takes a millisecond or so.
    /// Beyond a ratio of 128 to 1 the filter is no longer sharp enough to keep out all aliases.
    pub fn new(from: AudioFormat, to: AudioFormat) -> Self {
        let filter = (from != to).then(|| Filter::new(table::shared(from.rate(), to.rate())));
        Self { from, to, filter, end: SessionTime::ZERO }
    }

    /// Changes the rate of the next frame.
    ///
    /// A resampler between equal rates gives the frame itself, which shares its memory.
    /// A frame in another format than [`from`](Self::from) starts the filter anew in that format.
    pub fn process(&mut self, frame: &AudioFrame) -> AudioFrame {
        if frame.format() != self.from {
            *self = Self::new(frame.format(), self.to);
        }
        self.end = frame.end();
        let Some(filter) = &mut self.filter else { return frame.clone() };
        let at = filter.moment_of_next(self.from, frame.at());
        let mut out = Vec::with_capacity(filter.outputs_of(frame.samples().len()));
        filter.run(frame.samples(), &mut out);
        AudioFrame::new(out, self.to, at)
    }

    /// Gives what the filter still holds, as if silence followed, and starts anew.
    pub fn flush(&mut self) -> AudioFrame {
        let Some(filter) = &mut self.filter else { return AudioFrame::new(Vec::new(), self.to, self.end) };
        let at = filter.moment_of_next(self.from, self.end);
        let mut out = Vec::new();
        filter.run(&vec![0; filter.table.delay()], &mut out);
        filter.reset();
        AudioFrame::new(out, self.to, at)
    }

    /// Forgets what the filter holds: what comes next has nothing to do with what came before.
    pub fn reset(&mut self) {
        if let Some(filter) = &mut self.filter {
            filter.reset();
        }
    }

    /// The format of what comes in.
    pub fn from(&self) -> AudioFormat {
        self.from
    }

    /// The format of what comes out.
    pub fn to(&self) -> AudioFormat {
        self.to
    }

    /// How long audio stays in the filter before it comes out.
    pub fn delay(&self) -> Duration {
        match &self.filter {
            Some(filter) => self.from.duration_of(filter.table.delay()),
            None => Duration::ZERO,
        }
    }
}

/// Changes the rate of a whole recording; what sounds at a moment of it stays at that moment.
///
/// Gives `samples.len() * to / from` samples, rounded up.
pub fn resample_all(samples: &[i16], from: AudioFormat, to: AudioFormat) -> Vec<i16> {
    if from == to {
        return samples.to_vec();
    }
    let mut filter = Filter::new(table::shared(from.rate(), to.rate()));
    let silence = vec![0; filter.table.delay()];
    let mut out = Vec::with_capacity(filter.outputs_of(samples.len() + silence.len()));
    filter.run(samples, &mut out);
    filter.run(&silence, &mut out);
    out
}

/// The state of one stream: the last samples, and where between them the next output lies.
#[derive(Clone)]
struct Filter {
    table: Arc<Table>,
    /// The last `taps - 1` samples, and room for one block behind them.
    window: Vec<f32>,
    /// How many samples have to come in before the newest one that the next output needs.
    next: usize,
    /// By how many steps of the table the next output lies behind its middle sample.
    phase: usize,
}

impl Filter {
    fn new(table: Arc<Table>) -> Self {
        let window = vec![0.0; table.taps() - 1];
        // The middle of the filter lies on the first sample: that is what takes out the delay.
        Self { next: table.delay(), window, phase: 0, table }
    }

    fn reset(&mut self) {
        self.window.fill(0.0);
        self.next = self.table.delay();
        self.phase = 0;
    }

    /// How many samples come out if `samples` more go in.
    fn outputs_of(&self, samples: usize) -> usize {
        let (up, down) = (self.table.up() as u128, self.table.down() as u128);
        let steps = (samples as u128 * up).saturating_sub(self.next as u128 * up + self.phase as u128);
        steps.div_ceil(down) as usize
    }

    /// To which moment the next output belongs if a frame at `at` is next.
    fn moment_of_next(&self, from: AudioFormat, at: SessionTime) -> SessionTime {
        let ahead = self.next as u128 * self.table.up() as u128 + self.phase as u128;
        let behind = self.table.delay() as u128 * self.table.up() as u128;
        let second = u128::from(from.rate()) * self.table.up() as u128;
        let nanos = |steps: u128| Duration::from_nanos((steps * 1_000_000_000 / second) as u64);
        if ahead >= behind { at + nanos(ahead - behind) } else { at - nanos(behind - ahead) }
    }

    fn run(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        for block in samples.chunks(BLOCK) {
            self.run_block(block, out);
        }
    }

    fn run_block(&mut self, block: &[i16], out: &mut Vec<i16>) {
        let (up, down, taps) = (self.table.up(), self.table.down(), self.table.taps());
        // A division for each output would cost as much as the filter does.
        let (whole, part) = (down / up, down % up);
        self.window.extend(block.iter().map(|&sample| f32::from(sample)));
        while self.next < block.len() {
            let sum = self.table.apply(&self.window[self.next..self.next + taps], self.phase);
            // The conversion saturates: what overshoots full scale stays there.
            out.push((sum + 0.5_f32.copysign(sum)) as i16);
            self.next += whole;
            self.phase += part;
            if self.phase >= up {
                self.phase -= up;
                self.next += 1;
            }
        }
        self.next -= block.len();
        self.window.drain(..block.len());
    }
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").field("table", &self.table).finish_non_exhaustive()
    }
}
