//! An ear that plays in real time what arrives, and knows to the sample what it has heard.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};

use crate::Heard;

/// How often it is reported what was heard, while something is.
const REPORT: Duration = Duration::from_millis(40);

/// How much audio may wait; a session is at most a fifth of a second ahead of the ear.
const WAITING: Duration = Duration::from_secs(60);

/// Plays frames in order: each at the earliest moment that is neither before its arrival nor before
/// the end of the one before it.
pub(crate) struct Ear {
    format: AudioFormat,
    heard: Heard,
    waiting: VecDeque<(u64, AudioFrame)>,
    /// How many samples wait.
    waiting_samples: usize,
    /// At which sample of the call the first of those is heard.
    next: usize,
    playing: Option<Playing>,
    /// The utterance that is held, and at which sample of the call nothing more is heard.
    held: Option<(u64, usize)>,
    reports: VecDeque<(u64, Duration)>,
}

/// The utterance that is, or was last, heard.
#[derive(Clone, Copy)]
struct Playing {
    generation: u64,
    /// How many samples of it were heard, and how many of those were reported.
    heard: usize,
    reported: usize,
    /// At which sample of the call that was.
    reported_at: usize,
}

impl Ear {
    pub(crate) fn new(format: AudioFormat, heard: Heard) -> Self {
        Self {
            format,
            heard,
            waiting: VecDeque::new(),
            waiting_samples: 0,
            next: 0,
            playing: None,
            held: None,
            reports: VecDeque::new(),
        }
    }

    /// Takes a frame that arrives at `now`.
    pub(crate) fn play(&mut self, generation: u64, frame: AudioFrame, now: Duration) {
        self.listen(now);
        if frame.is_empty() {
            return;
        }
        if let Some((held, _)) = self.held.filter(|(held, _)| generation > *held) {
            self.release(held, now);
        }
        if self.format.duration_of(self.waiting_samples) >= WAITING {
            tracing::warn!(
                "a minute of audio waits to be heard: the session does not pace it; more is dropped"
            );
            return;
        }
        if self.waiting.is_empty() {
            self.next = self.next.max(self.format.samples_in(now));
        }
        self.waiting_samples += frame.samples().len();
        self.waiting.push_back((generation, frame));
    }

    /// Hears nothing more once so much of the utterance was heard; from `now` on if it was already.
    pub(crate) fn hold(&mut self, generation: u64, position: Duration, now: Duration) {
        self.listen(now);
        if self.waiting.is_empty() {
            self.next = self.next.max(self.format.samples_in(now));
        }
        let playing = self.playing.filter(|playing| playing.generation == generation);
        let heard = playing.map_or(0, |playing| playing.heard);
        let earlier = self.waiting.iter().take_while(|(of, _)| *of < generation);
        let earlier: usize = earlier.map(|(_, frame)| frame.samples().len()).sum();
        let left = self.format.samples_in(position).saturating_sub(heard);
        self.held = Some((generation, self.next + earlier + left));
        self.listen(now);
    }

    /// Goes on with the sample before which it stopped.
    pub(crate) fn release(&mut self, generation: u64, now: Duration) {
        self.listen(now);
        if self.held.take_if(|(held, _)| *held == generation).is_some() {
            self.next = self.next.max(self.format.samples_in(now));
        }
    }

    /// Drops what was not heard by `now`, and reports what was.
    pub(crate) fn clear(&mut self, generation: u64, now: Duration) {
        self.listen(now);
        self.waiting.clear();
        self.waiting_samples = 0;
        self.held = None;
        self.report();
        let playing = self.playing.filter(|playing| playing.generation == generation);
        let played = self.format.duration_of(playing.map_or(0, |playing| playing.heard));
        // The answer to a clear comes even if all that it says was said before.
        if self.reports.back() != Some(&(generation, played)) {
            self.reports.push_back((generation, played));
        }
    }

    /// Hears all that is to be heard until `now`.
    pub(crate) fn listen(&mut self, now: Duration) {
        let stops = self.held.map_or(usize::MAX, |(_, from)| from);
        let until = self.format.samples_in(now).min(stops);
        while self.next < until {
            let Some((generation, frame)) = self.waiting.pop_front() else { break };
            let samples = frame.samples().len().min(until - self.next);
            self.hear(generation, &frame.slice_samples(0..samples));
            if samples < frame.samples().len() {
                self.waiting.push_front((generation, frame.slice_samples(samples..usize::MAX)));
            }
        }
        let is_due = |playing: Playing| {
            let goes_on = self.waiting.front().is_some_and(|(next, _)| *next == playing.generation);
            !goes_on || until == stops || until >= playing.reported_at + self.report_samples()
        };
        if self.playing.is_some_and(is_due) {
            self.report();
        }
        self.heard.reaches(now);
    }

    /// What has to be reported next: an utterance, and how much of it was heard.
    pub(crate) fn next_report(&mut self) -> Option<(u64, Duration)> {
        self.reports.pop_front()
    }

    /// When the next report is due, if nothing more arrives: in time, or at the end of an utterance.
    pub(crate) fn next_moment(&self) -> Option<Duration> {
        let (generation, _) = self.waiting.front()?;
        let stops = self.held.map_or(usize::MAX, |(_, from)| from);
        if self.next >= stops {
            return None;
        }
        let same = self.waiting.iter().take_while(|(other, _)| other == generation);
        let end = self.next + same.map(|(_, frame)| frame.samples().len()).sum::<usize>();
        // An utterance that was not heard yet, or goes on after a gap, is reported from here on.
        let playing = self.playing.filter(|playing| playing.generation == *generation);
        let since = playing.map_or(self.next, |playing| playing.reported_at);
        let report = (since + self.report_samples()).max(self.next + 1);
        Some(self.format.duration_of(report.min(end).min(stops)))
    }

    /// Whether something waits to be heard.
    pub(crate) fn is_hearing(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn report_samples(&self) -> usize {
        self.format.samples_in(REPORT)
    }

    fn hear(&mut self, generation: u64, piece: &AudioFrame) {
        if self.playing.is_none_or(|playing| playing.generation != generation) {
            self.report();
            self.playing = Some(Playing { generation, heard: 0, reported: 0, reported_at: self.next });
        }
        let samples = piece.samples().len();
        let at = SessionTime::new(self.format.duration_of(self.next));
        self.heard.hears(piece.moved_to(at));
        self.waiting_samples -= samples;
        self.next += samples;
        if let Some(playing) = &mut self.playing {
            playing.heard += samples;
        }
    }

    /// Reports what was heard of the utterance, unless that was done.
    fn report(&mut self) {
        let Some(playing) = &mut self.playing else { return };
        if playing.reported < playing.heard {
            playing.reported = playing.heard;
            playing.reported_at = self.next;
            self.reports.push_back((playing.generation, self.format.duration_of(playing.heard)));
        }
    }
}
