//! Calls made up by chance: what a replay of them must come to.

use rooh_core::floor::{BargeIn, Overlap as Said, Patience, RecognizerTurn, Words};

use super::*;

/// A small generator, so that a call is told by its seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        // The constants are those of Knuth's MMIX; its high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn ms(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_micros(from * 1000 + self.below((to - from) * 1000))
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len() as u64) as usize]
    }

    fn config(&mut self) -> FloorConfig {
        use Endpointing::{Acoustic, Auto, Heuristic, Manual, Semantic};
        let modes = [BargeIn::Adaptive, BargeIn::Disabled, BargeIn::HardCut, BargeIn::SoftFade];
        let mut config = FloorConfig {
            patience: self.one_of(&[Patience::QUICK, Patience::NORMAL, Patience::INTERVIEW]),
            endpointing: self.one_of(&[Auto, Auto, Auto, Acoustic, Heuristic, Semantic, Manual]),
            audio_checks: self.below(4) as u8,
            semantic: self.below(2) == 0,
            words_delay: self.one_of(&[Duration::ZERO, Duration::from_millis(500)]),
            partials: self.below(2) == 0,
            eager: self.below(2) == 0,
            learns_pauses: self.below(2) == 0,
            longest_turn: self.ms(3_000, 60_000),
            ..FloorConfig::default()
        };
        config.speaking.mode = self.one_of(&modes);
        config.thinking.mode = self.one_of(&modes);
        config
    }

    /// What may happen at any time.
    fn input(&mut self, now: Duration) -> Input {
        use Words::{Answer, Closed, Hesitating, Neutral, Open, Partial, Unknown};
        let words = self.one_of(&[Unknown, Hesitating, Open, Partial, Neutral, Closed, Answer]);
        let overlap = self.one_of(&[
            Said::Backchannel,
            Said::Command,
            Said::Echo,
            Said::Nothing,
            Said::Nothing,
            Said::Speech(2),
        ]);
        let probability = self.below(1001) as f32 / 1000.0;
        match self.below(24) {
            0..=5 => Input::UserWords { words, overlap },
            6..=9 => Input::Audio(probability),
            10 | 11 => Input::Semantic(probability),
            12 => Input::UserCommitted,
            13 => Input::PushToTalk { pressed: true },
            14..=16 => Input::PushToTalk { pressed: false },
            17 => Input::PreparationFailed,
            18 => Input::WordsDelay(self.ms(250, 1500)),
            19 => Input::Recognizer(RecognizerTurn::Likely),
            20 => Input::Recognizer(self.one_of(&[RecognizerTurn::Ended, RecognizerTurn::Open])),
            21 => Input::AgentPreparing,
            _ => Input::UserVoice { until: now },
        }
    }

    /// A call of a user who talks and pauses, with an agent that answers.
    fn call(&mut self) -> Recording {
        let config = self.config();
        let mut scene = Scene::new(config);
        let mut recording = Recording { config, steps: Vec::new(), end: Duration::ZERO };
        let mut now = Duration::ZERO;
        let mut speaks = false;
        for _ in 0..self.below(60) {
            let next = now + self.ms(1, 900);
            while let Some(timeout) = scene.floor.next_timeout().filter(|timeout| *timeout < next) {
                let timeout = timeout.max(scene.now);
                tell(&mut recording, &mut scene, timeout, Input::Tick);
                if scene.floor.next_timeout().is_some_and(|again| again <= timeout) {
                    break;
                }
            }
            now = next;
            let input = match (self.below(10), scene.agent) {
                (0..=3, _) if speaks => Input::UserSpeechStopped { since: now - self.ms(0, 1).min(now) },
                (0..=3, _) => Input::UserSpeechStarted { since: now - self.ms(0, 60).min(now) },
                (4..=6, Agent::Preparing) => Input::AgentAudible { interruptible: self.below(5) > 0 },
                (4 | 5, Agent::Audible { .. }) => Input::AgentFinished,
                _ => self.input(now),
            };
            match input {
                Input::UserSpeechStarted { .. } => speaks = true,
                Input::UserSpeechStopped { .. } => speaks = false,
                _ => {}
            }
            tell(&mut recording, &mut scene, now, input);
        }
        recording.end = now + self.ms(1, 8_000);
        recording
    }
}

fn tell(recording: &mut Recording, scene: &mut Scene, at: Duration, input: Input) {
    let decided = scene.take(at, input);
    let line = recording.steps.len() + 1;
    recording.steps.push(Step { line, at, input, decided, words: None, is_turn: true });
}

/// Runs `check` on many calls, and says the seed of the one on which it fails.
fn on_many_calls(check: impl Fn(&Recording, &mut Dice)) {
    for seed in 0..2_000 {
        let mut dice = Dice(seed);
        let recording = dice.call();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(&recording, &mut dice)));
        assert!(result.is_ok(), "seed {seed}: {recording:#?}");
    }
}

#[test]
fn the_same_settings_make_the_same_decisions_and_change_nothing() {
    on_many_calls(|recording, _| {
        assert!(verify(recording).is_none());
        let (pauses, overlaps) = compare(recording, recording.config);
        assert!(pauses.iter().all(|pause| pause.recorded == pause.tried));
        assert!(overlaps.iter().all(|overlap| overlap.recorded == overlap.tried));
    });
}

#[test]
fn each_pause_that_is_judged_by_itself_comes_out_as_it_did() {
    on_many_calls(|recording, _| {
        // Behind the last input a pause is lived on to the end of the call.
        let last = recording.steps.last().map_or(Duration::ZERO, |step| step.at);
        let counts = |(silent, (after, reason)): &(Duration, (Duration, EndReason))| {
            *silent + *after < last
                && !matches!(reason, EndReason::Manual | EndReason::NoWords | EndReason::TooLong)
        };
        let ends = recording.steps.iter().flat_map(|step| {
            step.decided.iter().filter_map(|action| match *action {
                Action::EndTurn { reason, silent_since } => {
                    Some((silent_since, (step.at.saturating_sub(silent_since), reason)))
                }
                _ => None,
            })
        });
        let ends: Vec<_> = ends.filter(counts).collect();
        let (pauses, _) = compare(recording, recording.config);
        let again = pauses.iter().filter_map(|pause| Some((pause.silent, pause.recorded.ended?)));
        let again: Vec<_> = again.filter(counts).collect();
        assert_eq!(again, ends);
    });
}

#[test]
fn whatever_is_tried_is_decided() {
    on_many_calls(|recording, dice| {
        let (pauses, overlaps) = compare(recording, dice.config());
        let starts =
            recording.steps.iter().filter(|step| matches!(step.input, Input::UserSpeechStarted { .. }));
        assert!(overlaps.len() <= starts.count());
        assert!(pauses.iter().all(|pause| pause.silent <= recording.end));
    });
}
