//! Plays the agent's audio to the transport: paced, at most a lead ahead of the ear, held and cut off at once.

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
/// How far ahead a gap between words is looked for.
///
/// Half a syllable: whoever speaks over the agent hears it give way all the same, within 350 ms even
/// where a voice begins with an "s", which is noticed 200 ms late.
const BOUNDARY: Duration = Duration::from_millis(100);
/// How many gaps of what was sent are remembered: a second of silence, more than any listener is behind.
const GAPS: usize = 50;
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
    holds: bool,
    filters: Vec<Box<dyn AudioFilter>>,
    resampler: Option<Resampler>,
    /// Samples that do not fill a frame yet.
    rest: Vec<i16>,
    waiting: VecDeque<AudioFrame>,
    /// Sent, but not heard yet; stamped with when it is.
    in_flight: VecDeque<AudioFrame>,
    /// When all that was sent has been heard, if the listener is not held for longer.
    ear: SessionTime,
    paused: bool,
    /// How many more frames go out before it pauses.
    pauses_after: Option<usize>,
    /// From when on the listener hears nothing of what is in flight, until it is released.
    held: Option<SessionTime>,
    /// Where in this utterance the frames lie that were sent and are quiet.
    gaps: VecDeque<Duration>,
    /// Whether all audio of this utterance was taken.
    complete: bool,
    volume: Volume,
    generation: u64,
    /// How much audio of this utterance was taken, sent and acknowledged.
    taken: Duration,
    sent: Duration,
    acknowledged: Option<(Duration, SessionTime)>,
    started: Option<SessionTime>,
    /// How much of what was taken is no part of the utterance, but said before it.
    lead_in: Duration,
    /// When what was said before it last is heard to begin, and when all that was sent of it was.
    led_in: Option<(SessionTime, SessionTime)>,
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
            holds: transport.holds,
            filters,
            resampler: None,
            rest: Vec::new(),
            waiting: VecDeque::new(),
            in_flight: VecDeque::new(),
            ear: SessionTime::ZERO,
            paused: false,
            pauses_after: None,
            held: None,
            gaps: VecDeque::new(),
            complete: false,
            volume: Volume::FULL,
            generation: 0,
            taken: Duration::ZERO,
            sent: Duration::ZERO,
            acknowledged: None,
            started: None,
            lead_in: Duration::ZERO,
            led_in: None,
        }
    }

    /// Begins another utterance.
    pub(super) fn begin(&mut self, generation: u64) {
        self.generation = generation;
        self.resampler = None;
        self.rest.clear();
        self.waiting.clear();
        self.go_on();
        self.gaps.clear();
        self.complete = false;
        self.volume = Volume::FULL;
        self.taken = Duration::ZERO;
        self.sent = Duration::ZERO;
        self.acknowledged = None;
        self.started = None;
        self.lead_in = Duration::ZERO;
        self.led_in = None;
    }

    /// The utterance that it plays, or played last.
    pub(super) fn generation(&self) -> u64 {
        self.generation
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
        self.complete = true;
        if let Some(resampler) = &mut self.resampler {
            let tail = resampler.flush();
            self.add(tail.samples());
        }
        if !self.rest.is_empty() {
            let frame = std::mem::take(&mut self.rest);
            self.queue(frame);
        }
    }

    /// What is taken next goes before the utterance.
    pub(super) fn begin_lead_in(&mut self) {
        self.led_in = None;
    }

    /// Takes audio that goes before the utterance; the utterance begins after the last of it.
    pub(super) fn take_lead_in(&mut self, frame: &AudioFrame) {
        self.take(frame);
        self.lead_in = self.taken;
    }

    /// All that goes before the utterance was taken.
    pub(super) fn finish_lead_in(&mut self) {
        self.finish();
        self.complete = false;
        self.lead_in = self.taken;
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
        let frame = self.waiting.pop_front()?;
        let gap = self.holds && is_gap(&frame);
        let frame = self.volume.apply(frame);
        self.pauses_after = self.pauses_after.map(|frames| frames.saturating_sub(1));
        if self.pauses_after == Some(0) || self.volume.is_silent() {
            self.withhold();
        }
        if gap {
            if self.gaps.len() == GAPS {
                self.gaps.pop_front();
            }
            self.gaps.push_back(self.sent);
        }
        let heard_at = self.ear.max(now + self.latency);
        let frame = frame.moved_to(heard_at);
        if self.sent < self.lead_in {
            let begins = self.led_in.map_or(heard_at, |(begins, _)| begins);
            self.led_in = Some((begins, frame.end()));
        } else {
            self.started.get_or_insert(heard_at);
        }
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
        let now = self.at_ear(now);
        while self.in_flight.front().is_some_and(|frame| frame.end() <= now) {
            if let Some(frame) = self.in_flight.pop_front() {
                each(&frame);
            }
        }
    }

    /// Sends nothing more.
    pub(super) fn withhold(&mut self) {
        self.paused = true;
        self.pauses_after = None;
    }

    /// Becomes quieter at once.
    pub(super) fn duck(&mut self) {
        self.volume.to = DUCKED;
    }

    /// Is silent after the next gap between words, if one is near, and at once if not.
    ///
    /// Returns where in the utterance the listener is to be held, if it can be and something that
    /// was sent is to be heard after that; zero means at once.
    pub(super) fn pause(&mut self, now: SessionTime) -> Option<Duration> {
        if self.holds {
            self.withhold();
            return self.hold(now);
        }
        let near = (BOUNDARY.as_nanos() / FRAME.as_nanos()) as usize;
        match self.waiting.iter().take(near).position(is_gap) {
            Some(frames) if frames > 0 && !self.sent.is_zero() => self.pauses_after = Some(frames),
            _ => self.withhold(),
        }
        None
    }

    fn hold(&mut self, now: SessionTime) -> Option<Duration> {
        // Nothing overtakes what is on the line already.
        let reached = now + self.latency;
        let left = self.ear.since(reached);
        // The end is a gap as well.
        let ends = self.complete && self.waiting.is_empty() && left <= BOUNDARY;
        if self.held.is_some() || left.is_zero() || ends {
            return None;
        }
        let here = self.played_at_most(reached);
        let next = self.gaps.iter().copied().find(|gap| *gap + FRAME > here);
        let next = next.filter(|gap| *gap > here && *gap < here + BOUNDARY);
        let from = next.and_then(|gap| self.heard_at(gap)).map_or(reached, |at| at.max(reached));
        self.held = Some(self.split(from));
        Some(next.unwrap_or_default())
    }

    /// When this place of what is in flight is heard.
    fn heard_at(&self, position: Duration) -> Option<SessionTime> {
        let mut rest = self.sent.saturating_sub(position);
        self.in_flight.iter().rev().find_map(|frame| {
            let at = (rest <= frame.duration()).then(|| frame.end() - rest);
            rest = rest.saturating_sub(frame.duration());
            at
        })
    }

    /// Has a frame begin at this moment, to the sample; returns when it does.
    fn split(&mut self, at: SessionTime) -> SessionTime {
        let within = |frame: &AudioFrame| frame.at() < at && at < frame.end();
        let Some(place) = self.in_flight.iter().position(within) else { return at };
        let frame = &self.in_flight[place];
        let heard = frame.format().samples_in(at.since(frame.at()));
        if heard == 0 || heard >= frame.samples().len() {
            return if heard == 0 { frame.at() } else { frame.end() };
        }
        let (before, after) = (frame.slice_samples(0..heard), frame.slice_samples(heard..usize::MAX));
        let begins = after.at();
        self.in_flight[place] = after;
        self.in_flight.insert(place, before);
        begins
    }

    /// Becomes silent bit by bit, and then sends nothing more.
    pub(super) fn fade(&mut self) {
        self.volume.to = 0.0;
        self.volume.step = 1.0 / FADE as f32;
    }

    /// Goes on where it paused, at the full volume; returns whether the listener is to be released.
    pub(super) fn resume(&mut self, now: SessionTime) -> bool {
        let held = self.held;
        if let Some(from) = held {
            let late = (now + self.latency).since(from);
            for frame in self.in_flight.iter_mut().filter(|frame| frame.at() >= from) {
                *frame = frame.moved_to(frame.at() + late);
            }
            self.ear += late;
            let moved = |at| if at >= from { at + late } else { at };
            self.started = self.started.map(moved);
            self.led_in = self.led_in.map(|(begins, ends)| (moved(begins), moved(ends)));
            // While it was held, the listener heard nothing that it did not say.
            self.acknowledged = self.acknowledged.map(|(played, at)| (played, at.min(from) + late));
        }
        self.go_on();
        held.is_some()
    }

    fn go_on(&mut self) {
        self.held = None;
        self.paused = false;
        self.pauses_after = None;
        self.volume = Volume { now: self.volume.now.max(DUCKED), ..Volume::FULL };
    }

    /// Up to when what is in flight has been heard by `now`.
    pub(super) fn at_ear(&self, now: SessionTime) -> SessionTime {
        self.held.map_or(now, |from| now.min(from))
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
        let now = self.at_ear(now);
        let scheduled = self.scheduled(now);
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
            None => self.scheduled(self.at_ear(now)),
        }
    }

    /// How much has been heard by `now`, by the clock: between frames in flight there may be silence.
    fn scheduled(&self, now: SessionTime) -> Duration {
        let ahead = self.in_flight.iter().rev().take_while(|frame| frame.end() > now);
        self.sent.saturating_sub(ahead.map(|frame| frame.end().since(frame.at().max(now))).sum())
    }

    /// The first sound of this utterance is heard at this moment, if any was sent and is not held.
    pub(super) fn started(&self) -> Option<SessionTime> {
        self.started.filter(|at| self.held.is_none_or(|from| *at < from))
    }

    /// Whether the listener is held, or is about to be.
    pub(super) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Whether all audio that was taken has been sent.
    pub(super) fn is_drained(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether nothing is sent until it is clear who speaks.
    pub(super) fn is_paused(&self) -> bool {
        self.paused
    }

    /// How much of the audio is no part of the utterance, but said before it.
    pub(super) fn lead_in(&self) -> Duration {
        self.lead_in
    }

    /// When what was said before the utterance last is heard to begin, and when all that was sent
    /// of it was; nothing of what is held.
    pub(super) fn led_in(&self) -> (Option<SessionTime>, Option<SessionTime>) {
        let (begins, ends) = self.led_in.unzip();
        let is_heard = |at: &SessionTime| self.held.is_none_or(|from| *at < from);
        (begins.filter(is_heard), ends.filter(is_heard))
    }

    /// Whether any audio of this utterance has been sent.
    pub(super) fn has_sent(&self) -> bool {
        !self.sent.is_zero()
    }

    /// How much audio of this utterance has been sent.
    pub(super) fn sent(&self) -> Duration {
        self.sent
    }

    /// When all that was sent has been heard, by the clock, if a listener who is held is released now.
    pub(super) fn ear(&self, now: SessionTime) -> SessionTime {
        self.ear + self.held.map_or(Duration::ZERO, |from| (now + self.latency).since(from))
    }

    /// All audio of this utterance.
    pub(super) fn audio(&self) -> Duration {
        self.taken
    }

    /// Whether the listener has heard all that was sent, as far as is known by `now`.
    pub(super) fn is_heard(&self, now: SessionTime) -> bool {
        match (self.acknowledged, self.acknowledges) {
            // What is held is still to be heard, little as it may be.
            (Some((played, _)), true) if self.is_held() => played >= self.sent,
            (Some((played, _)), true) => played + FRAME > self.sent,
            (None, true) => false,
            _ => self.ear <= self.at_ear(now),
        }
    }

    /// Drops all that was not heard by `now`; hands over the part of the last frame that was.
    pub(super) fn clear(&mut self, now: SessionTime, mut each: impl FnMut(&AudioFrame)) {
        self.heard_by(now, &mut each);
        let heard = self.at_ear(now);
        if let Some(frame) = self.in_flight.front().filter(|frame| frame.at() < heard) {
            each(&frame.slice(Duration::ZERO..heard.since(frame.at())));
        }
        self.in_flight.clear();
        self.waiting.clear();
        self.rest.clear();
        self.resampler = None;
        self.ear = now;
        self.go_on();
        self.volume = Volume::FULL;
    }
}

/// Whether this lies between words.
fn is_gap(frame: &AudioFrame) -> bool {
    energy_db(energy(frame.samples()), frame.samples().len()) < GAP
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
        assert_eq!(player.pause(at(0)), None);
        assert_eq!(sent(&mut player, 500).len(), 0);
        assert!(!player.resume(at(500)));
        assert_eq!(sent(&mut player, 3000).len(), 40);
    }

    /// A player whose listener can be held, and what it has sent of a sound by `now`.
    fn holding(acknowledges: bool, sound: &AudioFrame, now: u64) -> Player {
        let transport = TransportCapabilities { acknowledges, holds: true, ..Default::default() };
        let mut player = Player::new(transport, ms(200), Vec::new());
        player.begin(1);
        player.take(sound);
        sent(&mut player, now + 1);
        player
    }

    /// A second that is loud but for the 20 ms from `gap` on.
    fn loud(gap: Option<u64>) -> AudioFrame {
        let gap = gap.map_or(0..0, |gap| gap as usize * 16..(gap as usize + 20) * 16);
        let samples = (0..16_000).map(|n| if gap.contains(&n) { 0 } else { 1000 + (n % 1000) as i16 });
        AudioFrame::new(samples.collect::<Vec<i16>>(), AudioFormat::WIDEBAND, SessionTime::ZERO)
    }

    fn heard(player: &mut Player, now: u64) -> Vec<AudioFrame> {
        let mut heard = Vec::new();
        player.heard_by(at(now), |frame| heard.push(frame.clone()));
        heard
    }

    #[test]
    fn a_listener_is_held_at_the_next_gap_and_at_once_if_none_is_near() {
        for (gap, position, from) in [
            (None, 0, 105),
            (Some(40), 0, 105),
            (Some(100), 0, 105),
            (Some(160), 160, 160),
            (Some(200), 200, 200),
            (Some(220), 0, 105),
        ] {
            let mut player = holding(false, &loud(gap), 105);
            assert_eq!(player.pause(at(105)), Some(ms(position)), "{gap:?}");
            assert_eq!(sent(&mut player, 400).len(), 0);
            let end = heard(&mut player, 400).last().map(AudioFrame::end);
            assert_eq!(end, Some(at(from)), "{gap:?}");
            assert_eq!(player.played(at(400)), ms(from));
            assert_eq!(player.played_at_most(at(400)), ms(from));
        }
    }

    #[test]
    fn what_is_held_is_heard_later_and_whole() {
        for (gap, from) in [(None, 105), (Some(160), 160)] {
            for released in [150, 400] {
                let sound = loud(gap);
                let mut player = holding(false, &sound, 105);
                assert!(player.pause(at(105)).is_some());
                let mut all = heard(&mut player, released);
                assert!(player.resume(at(released)));
                let late = released.saturating_sub(from);
                assert_eq!(player.ear(at(released)), at(300 + late));
                for now in released..2000 {
                    while player.next_frame(at(now)).is_some() {
                        assert!(player.ear.since(at(now)) <= ms(200), "too far ahead at {now} ms");
                    }
                    all.extend(heard(&mut player, now));
                }
                let before: Vec<&AudioFrame> = all.iter().take_while(|frame| frame.at() < at(from)).collect();
                assert_eq!(before.last().map(|frame| frame.end()), Some(at(from)));
                assert_eq!(all[before.len()].at(), at(from + late));
                for pair in all[before.len()..].windows(2) {
                    assert_eq!(pair[0].end(), pair[1].at());
                }
                let samples: Vec<i16> = all.iter().flat_map(|frame| frame.samples().to_vec()).collect();
                assert!(samples == sound.samples(), "{gap:?}, released at {released} ms");
                assert_eq!(player.played(at(1999)), ms(1000));
            }
        }
    }

    #[test]
    fn a_listener_who_is_held_has_heard_what_it_says_and_no_more() {
        let mut player = holding(true, &loud(None), 105);
        player.acknowledge(1, ms(50), at(100));
        assert_eq!(player.pause(at(105)), Some(ms(0)));
        assert_eq!(player.played(at(300)), ms(55));
        player.acknowledge(1, ms(60), at(150));
        assert_eq!(player.played(at(300)), ms(60));
        assert!(player.resume(at(300)));
        assert_eq!(player.played(at(300)), ms(60));
        assert_eq!(player.played(at(320)), ms(80));
    }

    #[test]
    fn a_listener_who_is_behind_is_held_where_its_own_gap_is() {
        // By the clock it is at 105 ms; it says 40.
        let mut player = holding(true, &loud(Some(100)), 105);
        player.acknowledge(1, ms(40), at(105));
        assert_eq!(player.pause(at(105)), Some(ms(100)));
        let mut player = holding(true, &loud(Some(200)), 105);
        player.acknowledge(1, ms(40), at(105));
        assert_eq!(player.pause(at(105)), Some(ms(0)));
    }

    #[test]
    fn the_end_of_an_utterance_is_a_gap_as_well() {
        let end = loud(None).slice(ms(0)..ms(200));
        let mut player = holding(false, &end, 105);
        player.finish();
        assert_eq!(player.pause(at(105)), None);
        assert!(player.is_heard(at(200)));
        let mut player = holding(false, &end, 60);
        player.finish();
        assert_eq!(player.pause(at(60)), Some(ms(0)));
        assert!(!player.is_heard(at(1000)));
    }

    #[test]
    fn what_was_held_and_then_cleared_was_not_heard() {
        let mut player = holding(false, &loud(Some(160)), 105);
        assert_eq!(player.pause(at(105)), Some(ms(160)));
        let mut heard = Duration::ZERO;
        player.clear(at(300), |frame| heard += frame.duration());
        assert_eq!(heard, ms(160));
        assert!(!player.is_held());
        // Before the gap was reached.
        let mut player = holding(false, &loud(Some(160)), 105);
        player.pause(at(105));
        let mut heard = Duration::ZERO;
        player.clear(at(115), |frame| heard += frame.duration());
        assert_eq!(heard, ms(115));
    }

    #[test]
    fn a_first_sound_that_is_held_has_not_been_heard() {
        let transport =
            TransportCapabilities { holds: true, latency: ms(80), ..TransportCapabilities::default() };
        let mut player = Player::new(transport, ms(200), Vec::new());
        player.begin(1);
        player.take(&second());
        assert!(player.next_frame(at(0)).is_some());
        assert_eq!(player.started(), Some(at(80)));
        assert_eq!(player.pause(at(0)), Some(ms(0)));
        assert_eq!((player.started(), player.played(at(500))), (None, ms(0)));
        player.resume(at(420));
        assert_eq!(player.started(), Some(at(500)));
    }

    #[test]
    fn silence_on_the_line_is_not_counted_as_heard() {
        let transport = TransportCapabilities { latency: ms(80), ..TransportCapabilities::default() };
        let mut player = Player::new(transport, ms(200), Vec::new());
        player.begin(1);
        player.take(&second());
        while player.next_frame(at(0)).is_some() {}
        player.pause(at(0));
        player.resume(at(500));
        assert!(player.next_frame(at(500)).is_some());
        // What was sent before was heard by 280 ms, the next frame is from 580 ms on.
        assert_eq!([540, 580, 590].map(|now| player.played(at(now))), [ms(200), ms(200), ms(210)]);
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
