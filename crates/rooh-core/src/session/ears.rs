//! The user's audio on its way in: muted or not, through the stages, to the detector and the recognizer.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, Resampler, SessionTime, energy, energy_db};
use rooh_floor::{Edge, GateConfig, Moment, SpeechGate};

use crate::stage::AudioFilter;
use crate::vad::Vad;

/// How often the level is told: ten times a second.
const LEVEL_EVERY: Duration = Duration::from_millis(100);

/// How much of the user's turn a judge of pauses gets to hear.
const REMEMBERED: Duration = Duration::from_secs(8);

/// A clock that is off by less than this is the jitter of arrival, not a gap in the audio.
const JITTER: Duration = Duration::from_millis(250);

/// What the ears noticed.
#[derive(Debug)]
pub(super) enum Noticed {
    /// The user began or stopped.
    Edge(Edge),
    /// The user, who speaks, was heard at least until then.
    Voice(Moment),
    /// How loud it was for a tenth of a second, and how likely it was speech.
    Level { db: f32, speech: f32 },
}

/// Everything between the transport and the recognizer.
pub(super) struct Ears {
    filters: Vec<Box<dyn AudioFilter>>,
    vad: Box<dyn Vad>,
    vad_resampler: Resampler,
    /// Samples that do not fill a window yet, and when they begin.
    window: Vec<i16>,
    gate: SpeechGate,
    stt_resampler: Option<Resampler>,
    /// Where the audio that was taken so far ends.
    end: SessionTime,
    pub(super) muted: bool,
    level: LevelMeter,
    /// The last seconds, for judges of pauses; `None` if nobody judges.
    memory: Option<VecDeque<AudioFrame>>,
}

#[derive(Default)]
struct LevelMeter {
    energy: u64,
    samples: usize,
    length: Duration,
    speech: f32,
}

impl Ears {
    pub(super) fn new(
        input: AudioFormat,
        vad: Box<dyn Vad>,
        threshold: f32,
        filters: Vec<Box<dyn AudioFilter>>,
        remember: bool,
    ) -> Self {
        Self {
            filters,
            vad_resampler: Resampler::new(input, vad.format()),
            window: Vec::with_capacity(vad.window() * 2),
            vad,
            gate: SpeechGate::new(GateConfig { threshold, ..GateConfig::default() }),
            stt_resampler: None,
            end: SessionTime::ZERO,
            muted: false,
            level: LevelMeter::default(),
            memory: remember.then(VecDeque::new),
        }
    }

    pub(super) fn set_threshold(&mut self, threshold: f32) {
        self.gate.set_threshold(threshold);
    }

    /// Gives a frame that just arrived its place on the timeline.
    ///
    /// Frames come in bursts, so their samples are counted; only a real gap moves the count.
    pub(super) fn stamp(&mut self, frame: &AudioFrame, now: SessionTime) -> AudioFrame {
        let arrived = now - frame.duration();
        let late = arrived.since(self.end) > JITTER;
        let early = self.end.since(arrived) > JITTER + frame.duration();
        let at = if late || early { arrived } else { self.end };
        let frame = frame.moved_to(at);
        self.end = frame.end();
        frame
    }

    /// What the listener hears just now, for stages that need it.
    pub(super) fn played(&mut self, frame: &AudioFrame) {
        for filter in &mut self.filters {
            filter.played(frame);
        }
    }

    /// Takes a stamped frame, and returns it as it is to be recognized.
    pub(super) fn take(&mut self, frame: AudioFrame, mut notice: impl FnMut(Noticed)) -> Option<AudioFrame> {
        let mut frame = if self.muted {
            AudioFrame::silence(frame.duration(), frame.format(), frame.at())
        } else {
            frame
        };
        for filter in &mut self.filters {
            frame = filter.process(frame)?;
        }
        self.detect(&frame, &mut notice);
        if let Some(memory) = &mut self.memory {
            memory.push_back(frame.clone());
            let start = frame.end() - REMEMBERED;
            while memory.front().is_some_and(|frame| frame.end() < start) {
                memory.pop_front();
            }
        }
        if let Some(level) = self.level.take(&frame) {
            notice(level);
        }
        Some(frame)
    }

    /// Whether the user is heard just now.
    pub(super) fn is_speaking(&self) -> bool {
        self.gate.is_speaking()
    }

    fn detect(&mut self, frame: &AudioFrame, notice: &mut impl FnMut(Noticed)) {
        let frame = self.vad_resampler.process(frame);
        let format = frame.format();
        let size = self.vad.window();
        // The window may have begun in an earlier frame.
        let mut start = frame.at() - format.duration_of(self.window.len());
        self.window.extend_from_slice(frame.samples());
        let mut used = 0;
        for window in self.window.chunks_exact(size) {
            let probability = self.vad.probability(window);
            self.level.speech = self.level.speech.max(probability);
            let end = start + format.duration_of(size);
            if let Some(edge) = self.gate.handle(start.since_start(), end.since_start(), probability) {
                notice(Noticed::Edge(edge));
            }
            start = end;
            used += size;
        }
        self.window.drain(..used);
        if let Some(until) = self.gate.voice_until().filter(|_| used > 0) {
            notice(Noticed::Voice(until));
        }
    }

    /// The frame in the recognizer's format.
    pub(super) fn for_stt(&mut self, frame: &AudioFrame, format: AudioFormat) -> AudioFrame {
        let fits = |resampler: &Resampler| resampler.from() == frame.format() && resampler.to() == format;
        if !self.stt_resampler.as_ref().is_some_and(fits) {
            self.stt_resampler = Some(Resampler::new(frame.format(), format));
        }
        self.stt_resampler.as_mut().expect("it was just made").process(frame)
    }

    /// The last seconds of what the user said.
    pub(super) fn remembered(&self) -> Vec<AudioFrame> {
        self.memory.iter().flatten().cloned().collect()
    }
}

impl LevelMeter {
    fn take(&mut self, frame: &AudioFrame) -> Option<Noticed> {
        self.energy += energy(frame.samples());
        self.samples += frame.samples().len();
        self.length += frame.duration();
        if self.length < LEVEL_EVERY {
            return None;
        }
        let meter = std::mem::take(self);
        Some(Noticed::Level { db: energy_db(meter.energy, meter.samples), speech: meter.speech })
    }
}
