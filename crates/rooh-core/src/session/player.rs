//! Plays the agent's audio to the transport: paced, at most a lead ahead of the ear, and cut off at once.

use std::collections::VecDeque;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, Resampler, SessionTime, energy, energy_db};

use crate::stage::AudioFilter;
use crate::transport::TransportCapabilities;

/// Audio goes out in frames of this length, as telephony and browsers expect.
const FRAME: Duration = Duration::from_millis(20);

/// How long before it is due a frame may go out, where the lead is long enough.
const EARLY: Duration = Duration::from_millis(20);

/// The volume while somebody speaks over the agent: -12 dB, still there and no longer in the way.
const DUCKED: f32 = 0.25;
/// How many frames a fade takes: 200 ms.
const FADE: usize = 10;
/// How many frames ahead a gap between words is looked for: 150 ms.
const BOUNDARY: usize = 7;
/// What is quieter than this, in decibels of full scale, lies between words.
const GAP: f32 = -45.0;

/// How much synthesized audio may wait; a voice that is further ahead is held back.
///
/// Enough that a stall of the voice is not heard, little enough that 1,000 sessions which all
/// speak at 16 kHz hold 128 MB at the most.
const WAITING: Duration = Duration::from_secs(4);

/// The audio of one utterance at a time, on its way to the ear.
pub(super) struct Player {
    format: AudioFormat,
    lead: Duration,
    latency: Duration,
    acknowledges: bool,
    filters: Vec<Box<dyn AudioFilter>>,
    resampler: Option<Resampler>,
    /// Samples that do not fill a frame yet.
    rest: Vec<i16>,
    waiting: VecDeque<AudioFrame>,
    /// Sent, but not heard yet; stamped with when it is.
    in_flight: VecDeque<AudioFrame>,
    /// When all that was sent has been heard.
    ear: SessionTime,
    paused: bool,
    /// How many more frames go out before it pauses.
    pauses_after: Option<usize>,
    volume: Volume,
    generation: u64,
    /// How much audio of this utterance was taken, sent and acknowledged.
    taken: Duration,
    sent: Duration,
    acknowledged: Option<(Duration, SessionTime)>,
    started: Option<SessionTime>,
}

impl Player {
    pub(super) fn new(
        transport: TransportCapabilities,
        lead: Duration,
        filters: Vec<Box<dyn AudioFilter>>,
    ) -> Self {
        Self {
            format: transport.output,
            lead,
            latency: transport.latency,
            acknowledges: transport.acknowledges,
            filters,
            resampler: None,
            rest: Vec::new(),
            waiting: VecDeque::new(),
            in_flight: VecDeque::new(),
            ear: SessionTime::ZERO,
            paused: false,
            pauses_after: None,
            volume: Volume::FULL,
            generation: 0,
            taken: Duration::ZERO,
            sent: Duration::ZERO,
            acknowledged: None,
            started: None,
        }
    }

    /// Begins another utterance.
    pub(super) fn begin(&mut self, generation: u64) {
        self.generation = generation;
        self.resampler = None;
        self.rest.clear();
        self.waiting.clear();
        self.resume();
        self.volume = Volume::FULL;
        self.taken = Duration::ZERO;
        self.sent = Duration::ZERO;
        self.acknowledged = None;
        self.started = None;
    }

    /// Whether more audio may be taken.
    pub(super) fn has_room(&self) -> bool {
        self.taken.saturating_sub(self.sent) < WAITING
    }

    /// Takes audio of the voice, in whatever format and length it comes.
    pub(super) fn take(&mut self, frame: &AudioFrame) {
        let wrong = |resampler: &Resampler| resampler.from() != frame.format();
        if self.resampler.as_ref().is_none_or(wrong) {
            self.resampler = Some(Resampler::new(frame.format(), self.format));
        }
        let mut frame = self.resampler.as_mut().expect("it was just made").process(frame);
        for filter in &mut self.filters {
            match filter.process(frame) {
                Some(next) => frame = next,
                None => return,
            }
        }
        self.add(frame.samples());
    }

    /// The voice has nothing more: what is left goes out, filled up with silence.
    pub(super) fn finish(&mut self) {
        if let Some(resampler) = &mut self.resampler {
            let tail = resampler.flush();
            self.add(tail.samples());
        }
        if !self.rest.is_empty() {
            let frame = std::mem::take(&mut self.rest);
            self.queue(frame);
        }
    }

    fn add(&mut self, samples: &[i16]) {
        self.rest.extend_from_slice(samples);
        let length = self.format.samples_in(FRAME);
        let whole = self.rest.len() / length * length;
        if whole == 0 {
            return;
        }
        let rest = self.rest.split_off(whole);
        let whole = std::mem::replace(&mut self.rest, rest);
        let run = AudioFrame::new(whole, self.format, SessionTime::ZERO);
        self.taken += run.duration();
        // The frames share the memory of the run.
        for start in (0..run.samples().len()).step_by(length) {
            self.waiting.push_back(run.slice_samples(start..start + length));
        }
    }

    fn queue(&mut self, samples: Vec<i16>) {
        let frame = AudioFrame::new(samples, self.format, SessionTime::ZERO);
        self.taken += frame.duration();
        self.waiting.push_back(frame);
    }

    /// The next frame, if there is room for it within the lead.
    ///
    /// That is a little before it is due: with every frame of the user the session is awake
    /// anyway, and sending one then saves a wake-up.
    pub(super) fn next_frame(&mut self, now: SessionTime) -> Option<AudioFrame> {
        if self.paused || self.ear + FRAME > now + self.latency + self.lead {
            return None;
        }
        let frame = self.volume.apply(self.waiting.pop_front()?);
        self.pauses_after = self.pauses_after.map(|frames| frames.saturating_sub(1));
        if self.pauses_after == Some(0) || self.volume.is_silent() {
            self.hold();
        }
        let heard_at = self.ear.max(now + self.latency);
        let frame = frame.moved_to(heard_at);
        self.started.get_or_insert(heard_at);
        self.ear = frame.end();
        self.sent += frame.duration();
        self.in_flight.push_back(frame.clone());
        Some(frame)
    }

    /// When the next frame is due, if there is one.
    pub(super) fn next_send(&self) -> Option<SessionTime> {
        let early = EARLY.min(self.lead / 10);
        (!self.paused && !self.waiting.is_empty())
            .then(|| self.ear + FRAME + early - self.latency - self.lead)
    }

    /// Hands over what has been heard by `now`, in order.
    pub(super) fn heard_by(&mut self, now: SessionTime, mut each: impl FnMut(&AudioFrame)) {
        while self.in_flight.front().is_some_and(|frame| frame.end() <= now) {
            if let Some(frame) = self.in_flight.pop_front() {
                each(&frame);
            }
        }
    }

    /// Sends nothing more.
    pub(super) fn hold(&mut self) {
        self.paused = true;
        self.pauses_after = None;
    }

    /// Becomes quieter at once.
    pub(super) fn duck(&mut self) {
        self.volume.to = DUCKED;
    }

    /// Sends nothing more after the next gap between words, if one is near, and at once if not.
    pub(super) fn pause(&mut self) {
        let quiet = |frame: &AudioFrame| energy_db(energy(frame.samples()), frame.samples().len()) < GAP;
        match self.waiting.iter().take(BOUNDARY).position(quiet) {
            Some(frames) if frames > 0 && !self.sent.is_zero() => self.pauses_after = Some(frames),
            _ => self.hold(),
        }
    }

    /// Becomes silent bit by bit, and then sends nothing more.
    pub(super) fn fade(&mut self) {
        self.volume.to = 0.0;
        self.volume.step = 1.0 / FADE as f32;
    }

    /// Goes on where it paused, at the full volume.
    pub(super) fn resume(&mut self) {
        self.paused = false;
        self.pauses_after = None;
        self.volume = Volume { now: self.volume.now.max(DUCKED), ..Volume::FULL };
    }

    /// Takes in how much the listener says to have heard.
    ///
    /// Figures that go back, run ahead of what was sent, or belong to another utterance are not
    /// believed.
    pub(super) fn acknowledge(&mut self, generation: u64, played: Duration, now: SessionTime) {
        if generation != self.generation {
            return;
        }
        let before = self.acknowledged.map_or(Duration::ZERO, |(played, _)| played);
        let played = played.clamp(before, self.sent.max(before));
        self.acknowledged = Some((played, now));
    }

    /// How much of this utterance has been heard by `now`.
    ///
    /// Where the listener says it, that counts, and the time since then; otherwise what was sent,
    /// less what is still on its way.
    pub(super) fn played(&self, now: SessionTime) -> Duration {
        let scheduled = self.sent.saturating_sub(self.ear.since(now));
        match self.acknowledged {
            Some((played, at)) => {
                scheduled.clamp(played, (played + now.since(at)).min(self.sent).max(played))
            }
            None if self.acknowledges => Duration::ZERO,
            None => scheduled,
        }
    }

    /// The same without trust in a listener who has not said anything yet.
    pub(super) fn played_at_most(&self, now: SessionTime) -> Duration {
        match self.acknowledged {
            Some(_) => self.played(now),
            None => self.sent.saturating_sub(self.ear.since(now)),
        }
    }

    /// The first sound of this utterance is heard at this moment, if any was sent.
    pub(super) fn started(&self) -> Option<SessionTime> {
        self.started
    }

    /// Whether all audio that was taken has been sent.
    pub(super) fn is_drained(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether any audio of this utterance has been sent.
    pub(super) fn has_sent(&self) -> bool {
        !self.sent.is_zero()
    }

    /// How much audio of this utterance has been sent.
    pub(super) fn sent(&self) -> Duration {
        self.sent
    }

    /// When all that was sent has been heard, by the clock.
    pub(super) fn ear(&self) -> SessionTime {
        self.ear
    }

    /// All audio of this utterance.
    pub(super) fn audio(&self) -> Duration {
        self.taken
    }

    /// Whether the listener has heard all that was sent, as far as is known by `now`.
    pub(super) fn is_heard(&self, now: SessionTime) -> bool {
        match (self.acknowledged, self.acknowledges) {
            (Some((played, _)), true) => played + FRAME > self.sent,
            (None, true) => false,
            _ => self.ear <= now,
        }
    }

    /// Drops all that was not heard by `now`; hands over the part of the last frame that was.
    pub(super) fn clear(&mut self, now: SessionTime, mut each: impl FnMut(&AudioFrame)) {
        self.heard_by(now, &mut each);
        if let Some(frame) = self.in_flight.front().filter(|frame| frame.at() < now) {
            each(&frame.slice(Duration::ZERO..now.since(frame.at())));
        }
        self.in_flight.clear();
        self.waiting.clear();
        self.rest.clear();
        self.resampler = None;
        self.ear = now;
        self.resume();
        self.volume = Volume::FULL;
    }
}

/// How loud the agent is played: while it is open whether it is interrupted, it is quieter.
#[derive(Clone, Copy)]
struct Volume {
    now: f32,
    to: f32,
    /// By how much it may change within a frame.
    step: f32,
}

impl Volume {
    const FULL: Self = Self { now: 1.0, to: 1.0, step: 1.0 };

    fn is_silent(&self) -> bool {
        self.now == 0.0 && self.to == 0.0
    }

    /// Changes the volume within the frame, without a click.
    fn apply(&mut self, frame: AudioFrame) -> AudioFrame {
        let from = self.now;
        let to = from + (self.to - from).clamp(-self.step, self.step);
        self.now = to;
        if from == 1.0 && to == 1.0 {
            return frame;
        }
        let count = frame.samples().len() as f32;
        let scaled = frame.samples().iter().enumerate().map(|(at, sample)| {
            let volume = from + (to - from) * (at as f32 / count);
            (f32::from(*sample) * volume) as i16
        });
        AudioFrame::new(scaled.collect::<Vec<i16>>(), frame.format(), frame.at())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn at(millis: u64) -> SessionTime {
        SessionTime::from_millis(millis)
    }

    fn player(acknowledges: bool) -> Player {
        let transport = TransportCapabilities { acknowledges, ..Default::default() };
        let mut player = Player::new(transport, ms(200), Vec::new());
        player.begin(1);
        player
    }

    fn second() -> AudioFrame {
        AudioFrame::silence(ms(1000), AudioFormat::WIDEBAND, SessionTime::ZERO)
    }

    /// Sends whatever is due at each millisecond and returns when each frame went out.
    fn sent(player: &mut Player, until: u64) -> Vec<u64> {
        let mut times = Vec::new();
        for now in 0..until {
            while player.next_frame(at(now)).is_some() {
                times.push(now);
                assert!(player.ear.since(at(now)) <= ms(200), "too far ahead at {now} ms");
            }
        }
        times
    }

    #[test]
    fn audio_goes_out_in_real_time_and_never_more_than_the_lead_ahead() {
        let mut player = player(false);
        player.take(&second());
        let times = sent(&mut player, 2000);
        assert_eq!(times.len(), 50);
        assert_eq!(times[..10], [0; 10]);
        assert_eq!(times[10..13], [20, 40, 60]);
    }

    #[test]
    fn a_pause_holds_the_rest_back_and_loses_nothing() {
        let mut player = player(false);
        player.take(&second());
        assert_eq!(sent(&mut player, 1).len(), 10);
        player.pause();
        assert_eq!(sent(&mut player, 500).len(), 0);
        player.resume();
        assert_eq!(sent(&mut player, 3000).len(), 40);
    }

    #[test]
    fn a_listener_who_acknowledges_is_believed_within_reason() {
        let mut player = player(true);
        player.take(&second());
        sent(&mut player, 101);
        assert_eq!(player.played(at(100)), ms(0));
        player.acknowledge(1, ms(60), at(100));
        assert_eq!(player.played(at(100)), ms(60));
        assert_eq!(player.played(at(130)), ms(90));
        // Nobody hears what was not sent, takes back what was heard, or hears another utterance.
        player.acknowledge(1, ms(10_000), at(130));
        assert_eq!(player.played(at(130)), player.sent);
        player.acknowledge(1, ms(0), at(140));
        assert_eq!(player.played(at(140)), player.sent);
        player.acknowledge(7, ms(20), at(140));
        assert_eq!(player.played(at(140)), player.sent);
    }

    #[test]
    fn what_was_cleared_is_neither_sent_nor_recorded() {
        let mut player = player(false);
        player.take(&second());
        sent(&mut player, 51);
        let mut heard = Duration::ZERO;
        player.clear(at(50), |frame| heard += frame.duration());
        assert_eq!(heard, ms(50));
        assert_eq!(sent(&mut player, 1000).len(), 0);
    }
}
