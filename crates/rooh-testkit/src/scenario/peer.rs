//! The user's side of a scenario: a line that carries what was scripted, and an ear.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFrame, SessionTime};
use rooh_core::stream::{Emitter, Events, Inlet};
use rooh_core::transport::{Playout, Transport, TransportCapabilities, TransportEvent};
use tokio::time::{Instant, sleep_until};

use super::{Action, Heard};

/// How the user listens.
#[derive(Clone, Copy, Debug)]
pub struct Ear {
    /// Whether it says how much was heard.
    pub acknowledges: bool,
    /// Whether it stops acknowledging, as a browser does that was put to sleep.
    pub forgets: bool,
    /// Whether it can be held in the middle of an utterance.
    pub holds: bool,
    /// How long sound takes to it.
    pub latency: Duration,
}

impl Default for Ear {
    fn default() -> Self {
        Self { acknowledges: true, forgets: false, holds: false, latency: Duration::ZERO }
    }
}

/// How often the ear says how much was heard.
const ACKNOWLEDGE: Duration = Duration::from_millis(100);
const FRAME: Duration = Duration::from_millis(20);

/// The user's side of a scenario.
pub(crate) struct Peer {
    caller: AudioFrame,
    actions: VecDeque<(Duration, Action)>,
    until: Duration,
    ear: Ear,
    heard: Heard,
}

impl Peer {
    pub(crate) fn new(
        caller: AudioFrame,
        mut actions: Vec<(Duration, Action)>,
        until: Duration,
        ear: Ear,
    ) -> (Self, Heard) {
        actions.sort_by_key(|(at, _)| *at);
        let heard = Heard::default();
        (Self { caller, actions: actions.into(), until, ear, heard: Arc::clone(&heard) }, heard)
    }
}

impl Transport for Peer {
    fn capabilities(&self) -> TransportCapabilities {
        TransportCapabilities {
            acknowledges: self.ear.acknowledges,
            holds: self.ear.holds,
            latency: self.ear.latency,
            input: self.caller.format(),
            ..TransportCapabilities::default()
        }
    }

    fn run(self: Box<Self>, playout: Inlet<Playout>) -> Events<TransportEvent> {
        Events::new(move |out| self.converse(playout, out))
    }
}

/// Sound on its way into the ear.
struct Playing {
    generation: u64,
    frame: AudioFrame,
}

impl Peer {
    async fn converse(
        mut self: Box<Self>,
        mut playout: Inlet<Playout>,
        mut out: Emitter<TransportEvent>,
    ) -> rooh_core::Result<()> {
        out.emit(TransportEvent::Ready).await;
        let start = Instant::now();
        let mut ear = EarState {
            queue: VecDeque::new(),
            free: SessionTime::ZERO,
            current: 0,
            played: Duration::ZERO,
            hold: None,
        };
        let mut sent = Duration::ZERO;
        let mut acknowledge_at = ACKNOWLEDGE;
        loop {
            let now = SessionTime::new(start.elapsed());
            if now.since_start() >= self.until {
                return Ok(());
            }
            while self.actions.front().is_some_and(|(at, _)| *at <= now.since_start()) {
                let Some((_, action)) = self.actions.pop_front() else { break };
                out.emit(match action {
                    Action::Command(command) => TransportEvent::Command(command),
                    Action::Dtmf(digit) => TransportEvent::Dtmf(digit),
                })
                .await;
            }
            // A frame can be sent once it has been spoken.
            while sent + FRAME <= now.since_start() {
                out.emit(TransportEvent::Audio(self.spoken(sent))).await;
                sent += FRAME;
            }
            ear.listen(now, &self.heard);
            if acknowledge_at <= now.since_start() {
                acknowledge_at += ACKNOWLEDGE;
                if self.ear.acknowledges && !self.ear.forgets && ear.current > 0 {
                    out.emit(TransportEvent::Played { generation: ear.current, played: ear.played }).await;
                }
            }
            let action = self.actions.front().map_or(Duration::MAX, |(at, _)| *at);
            let next = (sent + FRAME).min(acknowledge_at).min(action).min(self.until);
            let item = tokio::select! {
                biased;
                item = playout.next() => item,
                () = sleep_until(start + next) => continue,
            };
            let now = SessionTime::new(start.elapsed());
            match item {
                None => return Ok(()),
                Some(Playout::Audio { generation, frame }) => {
                    ear.play(generation, frame, now + self.ear.latency);
                }
                Some(Playout::Clear { generation }) => {
                    ear.clear(now, &self.heard);
                    if self.ear.acknowledges && !self.ear.forgets {
                        let played = if ear.current == generation { ear.played } else { Duration::ZERO };
                        out.emit(TransportEvent::Played { generation, played }).await;
                    }
                }
                Some(Playout::Hold { generation, position }) => {
                    ear.listen(now, &self.heard);
                    ear.hold(generation, position, now + self.ear.latency);
                }
                Some(Playout::Release { generation }) => {
                    ear.listen(now, &self.heard);
                    ear.release(generation, now + self.ear.latency);
                }
                Some(_) => {}
            }
        }
    }

    /// What the user said in the 20 ms from `from` on; silence once the script is over.
    fn spoken(&self, from: Duration) -> AudioFrame {
        let part = self.caller.slice(from..from + FRAME);
        let mut samples = part.samples().to_vec();
        samples.resize(self.caller.format().samples_in(FRAME), 0);
        AudioFrame::new(samples, self.caller.format(), SessionTime::new(from))
    }
}

struct EarState {
    queue: VecDeque<Playing>,
    free: SessionTime,
    current: u64,
    played: Duration,
    /// The utterance that is held, and from when on nothing of it is heard.
    hold: Option<(u64, SessionTime)>,
}

impl EarState {
    fn play(&mut self, generation: u64, frame: AudioFrame, earliest: SessionTime) {
        if let Some((held, _)) = self.hold.filter(|(held, _)| generation > *held) {
            self.release(held, earliest);
        }
        let earliest = self.until(earliest);
        let frame = frame.moved_to(self.free.max(earliest));
        self.free = frame.end();
        self.queue.push_back(Playing { generation, frame });
    }

    fn hold(&mut self, generation: u64, position: Duration, earliest: SessionTime) {
        let mut reached = if self.current == generation { self.played } else { Duration::ZERO };
        let mut from = earliest.max(self.free);
        for Playing { frame, .. } in self.queue.iter().filter(|playing| playing.generation == generation) {
            if reached + frame.duration() > position && frame.end() > earliest {
                from = earliest.max(frame.at() + position.saturating_sub(reached));
                break;
            }
            reached += frame.duration();
        }
        let within = |playing: &Playing| playing.frame.at() < from && from < playing.frame.end();
        if let Some(place) = self.queue.iter().position(within) {
            let Playing { generation, frame } = &self.queue[place];
            let heard = frame.format().samples_in(from.since(frame.at()));
            let before = Playing { generation: *generation, frame: frame.slice_samples(0..heard) };
            let after = Playing { generation: *generation, frame: frame.slice_samples(heard..usize::MAX) };
            from = after.frame.at();
            self.queue[place] = after;
            self.queue.insert(place, before);
        }
        self.hold = Some((generation, from));
    }

    fn release(&mut self, generation: u64, now: SessionTime) {
        let Some((_, from)) = self.hold.take_if(|(held, _)| *held == generation) else { return };
        let late = now.since(from);
        for Playing { frame, .. } in self.queue.iter_mut().filter(|playing| playing.frame.at() >= from) {
            *frame = frame.moved_to(frame.at() + late);
            self.free = frame.end();
        }
    }

    /// Up to when what waits has been heard by `now`.
    fn until(&self, now: SessionTime) -> SessionTime {
        self.hold.map_or(now, |(_, from)| now.min(from))
    }

    /// Hears all that was played to its end by `now`.
    fn listen(&mut self, now: SessionTime, heard: &Heard) {
        let now = self.until(now);
        while self.queue.front().is_some_and(|playing| playing.frame.end() <= now) {
            if let Some(playing) = self.queue.pop_front() {
                self.hear(playing, heard);
            }
        }
        // What is being heard counts as far as it was.
        if let Some(Playing { generation, .. }) = self.queue.front()
            && self.current != *generation
        {
            self.current = *generation;
            self.played = Duration::ZERO;
        }
    }

    fn hear(&mut self, Playing { generation, frame }: Playing, heard: &Heard) {
        if self.current != generation {
            self.current = generation;
            self.played = Duration::ZERO;
        }
        self.played += frame.duration();
        heard.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push((generation, frame));
    }

    fn clear(&mut self, now: SessionTime, heard: &Heard) {
        self.listen(now, heard);
        let until = self.until(now);
        if let Some(Playing { generation, frame }) = self.queue.pop_front()
            && frame.at() < until
        {
            let part = frame.slice(Duration::ZERO..until.since(frame.at()));
            self.hear(Playing { generation, frame: part }, heard);
        }
        self.queue.clear();
        self.hold = None;
        self.free = now;
    }
}
