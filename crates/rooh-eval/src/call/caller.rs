//! The caller's side of a call: speaks when the agent has asked, or over it, and hears when it is silent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::Result;
use rooh_core::event::EventKind;
use rooh_core::stream::{Emitter, Events, Inlet};
use rooh_core::transport::{Playout, Transport, TransportCapabilities, TransportEvent};
use tokio::time::{Instant, sleep_until};

use crate::hearing::Begun;
use crate::sound::RATE;

/// How long the frames of the caller are.
const FRAME: Duration = Duration::from_millis(20);
const SAMPLES: usize = RATE / 50;

/// How long a caller stays who has said everything and hears nothing.
const QUIET: Duration = Duration::from_secs(2);

/// The longest call: longer than any item and any reply to it.
const LONGEST: Duration = Duration::from_secs(120);

/// When the caller begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cue {
    /// When the agent has said its first sentence to the end.
    Answer,
    /// So long after the agent began to speak.
    Over(Duration),
}

/// When the caller heard the agent: the utterance, and from when to when.
pub(super) type Heard = Arc<Mutex<Vec<(u64, Instant, Instant)>>>;

pub(super) fn lock(heard: &Heard) -> MutexGuard<'_, Vec<(u64, Instant, Instant)>> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Plays an item into a session.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) audio: AudioFrame,
    pub(super) cue: Cue,
    pub(super) begun: Begun,
    pub(super) heard: Heard,
}

impl Transport for Caller {
    fn capabilities(&self) -> TransportCapabilities {
        TransportCapabilities {
            acknowledges: true,
            cancels_echo: true,
            holds: true,
            ..TransportCapabilities::default()
        }
    }

    fn run(self: Box<Self>, playout: Inlet<Playout>) -> Events<TransportEvent> {
        Events::new(move |out| self.call(playout, out))
    }
}

/// A frame that is on its way to the ear, or is being heard.
struct Frame {
    generation: u64,
    start: Instant,
    end: Instant,
}

struct Line {
    caller: Caller,
    started: Instant,
    /// How many frames were sent, and at which of them the item began.
    sent: usize,
    begins: Option<usize>,
    queue: VecDeque<Frame>,
    /// The utterance that is held, and from when on nothing is heard.
    held: Option<(u64, Instant)>,
    /// How much of the present utterance was heard.
    played: (u64, Duration),
    /// When something was last heard.
    busy: Instant,
}

impl Caller {
    async fn call(self, mut playout: Inlet<Playout>, mut out: Emitter<TransportEvent>) -> Result<()> {
        out.emit(TransportEvent::Ready).await;
        let started = Instant::now();
        let mut line = Line {
            caller: self,
            started,
            sent: 0,
            begins: None,
            queue: VecDeque::new(),
            held: None,
            played: (0, Duration::ZERO),
            busy: started,
        };
        loop {
            let now = Instant::now();
            line.listen(now);
            if now >= line.next_frame_at() {
                let report = line.sent.is_multiple_of(5).then(|| line.report());
                if let Some(report) = report.flatten() {
                    out.emit(report).await;
                }
                let frame = line.next_frame();
                out.emit(TransportEvent::Audio(frame)).await;
                continue;
            }
            if line.is_over(now) {
                return Ok(());
            }
            tokio::select! {
                biased;
                item = playout.next() => {
                    let Some(item) = item else { return Ok(()) };
                    if let Some(answer) = line.take(item, Instant::now()) {
                        out.emit(answer).await;
                    }
                }
                () = sleep_until(line.next_frame_at()) => {}
            }
        }
    }
}

impl Line {
    fn take(&mut self, item: Playout, now: Instant) -> Option<TransportEvent> {
        match item {
            Playout::Audio { generation, frame } => {
                if let Some((held, _)) = self.held.filter(|(held, _)| generation > *held) {
                    self.release(held, now);
                }
                let earliest = self.until(now);
                let start = self.queue.back().map_or(earliest, |last| last.end.max(earliest));
                self.queue.push_back(Frame { generation, start, end: start + frame.duration() });
            }
            Playout::Clear { generation } => {
                self.listen(now);
                let until = self.until(now);
                if let Some(frame) = self.queue.pop_front().filter(|frame| frame.start < until) {
                    self.hear(&Frame { end: until, ..frame });
                }
                self.queue.clear();
                self.held = None;
                let played = if self.played.0 == generation { self.played.1 } else { Duration::ZERO };
                return Some(TransportEvent::Played { generation, played });
            }
            Playout::Event(event) => self.cue(&event.kind, now),
            Playout::Hold { generation, position } => {
                self.listen(now);
                self.hold(generation, position, now);
            }
            Playout::Release { generation } => {
                self.listen(now);
                self.release(generation, now);
            }
            _ => {}
        }
        None
    }

    /// Hears nothing more once so much of the utterance was heard.
    fn hold(&mut self, generation: u64, position: Duration, now: Instant) {
        let mut heard = if self.played.0 == generation { self.played.1 } else { Duration::ZERO };
        let mut from = self.queue.back().map_or(now, |last| last.end.max(now));
        for frame in self.queue.iter().filter(|frame| frame.generation == generation) {
            let length = frame.end - frame.start;
            if heard + length > position {
                from = now.max(frame.start + position.saturating_sub(heard));
                break;
            }
            heard += length;
        }
        if let Some(place) = self.queue.iter().position(|frame| frame.start < from && from < frame.end) {
            let before = Frame { end: from, ..self.queue[place] };
            self.queue[place].start = from;
            self.queue.insert(place, before);
        }
        self.held = Some((generation, from));
    }

    fn release(&mut self, generation: u64, now: Instant) {
        let Some((_, from)) = self.held.take_if(|(held, _)| *held == generation) else { return };
        let late = now.saturating_duration_since(from);
        for frame in self.queue.iter_mut().filter(|frame| frame.start >= from) {
            frame.start += late;
            frame.end += late;
        }
    }

    /// Up to when what waits has been heard by now.
    fn until(&self, now: Instant) -> Instant {
        self.held.map_or(now, |(_, from)| now.min(from))
    }

    fn cue(&mut self, event: &EventKind, now: Instant) {
        let after = match (self.caller.cue, event) {
            (Cue::Answer, EventKind::ReplyFinished { .. }) => Duration::ZERO,
            (Cue::Over(after), EventKind::ReplyStarted { .. }) => after,
            _ => return,
        };
        let frame = (now + after).duration_since(self.started).as_nanos().div_ceil(FRAME.as_nanos());
        self.begins.get_or_insert((frame as usize).max(self.sent));
    }

    /// Hears all that has come to its end by now.
    fn listen(&mut self, now: Instant) {
        let until = self.until(now);
        while let Some(frame) = self.queue.pop_front_if(|frame| frame.end <= until) {
            self.hear(&frame);
        }
    }

    fn hear(&mut self, frame: &Frame) {
        if self.played.0 != frame.generation {
            self.played = (frame.generation, Duration::ZERO);
        }
        self.played.1 += frame.end.saturating_duration_since(frame.start);
        self.busy = frame.end;
        let mut heard = lock(&self.caller.heard);
        match heard.last_mut() {
            Some((generation, _, end)) if *generation == frame.generation && *end == frame.start => {
                *end = frame.end;
            }
            _ => heard.push((frame.generation, frame.start, frame.end)),
        }
    }

    fn report(&self) -> Option<TransportEvent> {
        let (generation, played) = self.played;
        (generation > 0).then_some(TransportEvent::Played { generation, played })
    }

    /// A frame is there once its last sample was spoken.
    fn next_frame_at(&self) -> Instant {
        self.started + FRAME * (self.sent as u32 + 1)
    }

    fn next_frame(&mut self) -> AudioFrame {
        let start =
            self.begins.filter(|begins| self.sent >= *begins).map(|begins| (self.sent - begins) * SAMPLES);
        if start == Some(0) {
            // The frame was spoken before it is there.
            let began = self.started + FRAME * self.sent as u32;
            let _ = self.caller.begun.set(began);
        }
        let at = SessionTime::new(FRAME * self.sent as u32);
        self.sent += 1;
        let said = start.map(|start| self.caller.audio.slice_samples(start..start + SAMPLES));
        let mut samples = said.map(|said| said.samples().to_vec()).unwrap_or_default();
        samples.resize(SAMPLES, 0);
        AudioFrame::new(samples, AudioFormat::WIDEBAND, at)
    }

    fn is_over(&self, now: Instant) -> bool {
        let said = self.begins.is_some_and(|begins| {
            (self.sent - begins.min(self.sent)) * SAMPLES >= self.caller.audio.samples().len()
        });
        let quiet = self.queue.is_empty() && now.duration_since(self.busy) >= QUIET;
        said && quiet || now.duration_since(self.started) >= LONGEST
    }
}
