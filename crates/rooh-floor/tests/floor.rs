//! Conversations as scripts of times and inputs, and what must hold for any order of inputs.

use std::fmt::Write;
use std::time::Duration;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use rooh_floor::{Action, EndReason, Floor, FloorConfig, Input, Interruption, Verdict};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Plays inputs at their milliseconds, with ticks whenever the floor asks for one.
fn play(config: FloorConfig, script: &[(u64, Input)]) -> Vec<(Duration, Action)> {
    let mut floor = Floor::new(config);
    let mut actions = Vec::new();
    let end = script.last().map_or(0, |(at, _)| *at) + 10_000;
    let ticks = [(end, Input::Tick)];
    for (at, input) in script.iter().chain(&ticks) {
        while let Some(timeout) = floor.next_timeout().filter(|timeout| *timeout < ms(*at)) {
            let ticked: Vec<_> = floor.handle(timeout, Input::Tick).into_iter().collect();
            assert!(
                !ticked.is_empty() || floor.next_timeout() != Some(timeout),
                "a tick at {timeout:?} changes nothing"
            );
            actions.extend(ticked.into_iter().map(|action| (timeout, action)));
        }
        actions.extend(floor.handle(ms(*at), *input).into_iter().map(|action| (ms(*at), action)));
    }
    actions
}

fn check(script: &[(u64, Input)], expected: Expect) {
    check_with(FloorConfig::default(), script, expected);
}

fn check_with(config: FloorConfig, script: &[(u64, Input)], expected: Expect) {
    let mut text = String::new();
    for (at, action) in play(config, script) {
        writeln!(text, "{} {action:?}", at.as_millis()).expect("a string takes any text");
    }
    expected.assert_eq(&text);
}

const AUDIBLE: Input = Input::AgentAudible { interruptible: true };

fn speaks(since: u64) -> Input {
    Input::UserSpeechStarted { since: ms(since) }
}

fn voice(until: u64) -> Input {
    Input::UserVoice { until: ms(until) }
}

fn stops(since: u64) -> Input {
    Input::UserSpeechStopped { since: ms(since) }
}

#[test]
fn a_pause_ends_the_turn_once_it_is_as_long_as_patience() {
    check(
        &[(100, speaks(100)), (1200, stops(1000))],
        expect![[r#"
            1200 AskTurnDetector
            2000 EndTurn { reason: Silence, silent_since: 1s }
        "#]],
    );
}

#[test]
fn a_finished_turn_is_answered_in_half_the_time_and_an_unfinished_one_waits() {
    check(
        &[(100, speaks(100)), (1200, stops(1000)), (1210, Input::Verdict(Verdict::Finished))],
        expect![[r#"
            1200 AskTurnDetector
            1500 EndTurn { reason: Complete, silent_since: 1s }
        "#]],
    );
    check(
        &[(100, speaks(100)), (1200, stops(1000)), (1210, Input::Verdict(Verdict::Unfinished))],
        expect![[r#"
            1200 AskTurnDetector
            3500 EndTurn { reason: Silence, silent_since: 1s }
        "#]],
    );
}

#[test]
fn a_thinking_pause_is_not_an_ending() {
    check(
        &[(0, speaks(0)), (1200, stops(1000)), (1900, speaks(1900)), (2700, stops(2500))],
        expect![[r#"
            1200 AskTurnDetector
            2700 AskTurnDetector
            3500 EndTurn { reason: Silence, silent_since: 2.5s }
        "#]],
    );
}

#[test]
fn speech_that_lasts_cuts_the_agent_off_and_a_backchannel_does_not() {
    check(
        &[
            (0, Input::AgentPreparing),
            (100, AUDIBLE),
            (1000, speaks(1000)),
            (1280, voice(1280)),
            (1300, voice(1300)),
            (2200, stops(2000)),
        ],
        expect![[r#"
            1000 PauseReply
            1300 CancelReply
            2200 AskTurnDetector
            3000 EndTurn { reason: Silence, silent_since: 2s }
        "#]],
    );
    check(
        &[
            (0, Input::AgentPreparing),
            (100, AUDIBLE),
            (1000, speaks(1000)),
            (1250, stops(1150)),
            (4000, Input::AgentFinished),
        ],
        expect![[r#"
            1000 PauseReply
            1250 ResumeReply
            1250 AskTurnDetector
            4000 DropTurn
        "#]],
    );
}

#[test]
fn a_short_word_that_is_no_backchannel_cuts_the_agent_off() {
    check(
        &[
            (0, Input::AgentPreparing),
            (100, AUDIBLE),
            (1000, speaks(1000)),
            (1250, stops(1150)),
            (1500, Input::UserWords(1)),
        ],
        expect![[r#"
            1000 PauseReply
            1250 ResumeReply
            1250 AskTurnDetector
            1500 CancelReply
            2150 EndTurn { reason: Silence, silent_since: 1.15s }
        "#]],
    );
}

#[test]
fn an_answer_just_before_the_agent_ends_is_an_answer() {
    check(
        &[
            (0, Input::AgentPreparing),
            (100, AUDIBLE),
            (2000, speaks(2000)),
            (2250, stops(2150)),
            (2400, Input::AgentFinished),
        ],
        expect![[r#"
            2000 PauseReply
            2250 ResumeReply
            2250 AskTurnDetector
            3150 EndTurn { reason: Silence, silent_since: 2.15s }
        "#]],
    );
}

#[test]
fn going_on_before_the_answer_is_heard_takes_the_turn_back() {
    check(
        &[
            (0, speaks(0)),
            (1200, stops(1000)),
            (2200, speaks(2200)),
            (2500, voice(2500)),
            (3200, stops(3000)),
        ],
        expect![[r#"
            1200 AskTurnDetector
            2000 EndTurn { reason: Silence, silent_since: 1s }
            2200 PauseReply
            2500 TakeBack
            3200 AskTurnDetector
            4000 EndTurn { reason: Silence, silent_since: 3s }
        "#]],
    );
}

#[test]
fn a_reply_that_ends_while_it_is_paused_takes_its_pause_along() {
    check(
        &[
            (0, AUDIBLE),
            (1000, speaks(1000)),
            (1100, Input::AgentFinished),
            (1200, AUDIBLE),
            (1300, stops(1250)),
            (1400, speaks(1400)),
        ],
        expect![[r#"
            1000 PauseReply
            1100 ResumeReply
            1300 AskTurnDetector
        "#]],
    );
}

#[test]
fn without_barge_in_the_reply_is_finished_and_what_was_said_is_answered() {
    let config = FloorConfig { interruption: Interruption::Off, ..FloorConfig::default() };
    check_with(
        config,
        &[
            (0, Input::AgentPreparing),
            (100, AUDIBLE),
            (1000, speaks(1000)),
            (2000, stops(1800)),
            (5000, Input::AgentFinished),
        ],
        expect![[r#"
            2000 AskTurnDetector
            5000 EndTurn { reason: Silence, silent_since: 1.8s }
        "#]],
    );
}

#[test]
fn what_is_said_over_an_announcement_is_answered_after_it() {
    check(
        &[
            (0, Input::AgentPreparing),
            (100, Input::AgentAudible { interruptible: false }),
            (1000, speaks(1000)),
            (2000, stops(1800)),
            (5000, Input::AgentFinished),
        ],
        expect![[r#"
            2000 AskTurnDetector
            5000 EndTurn { reason: Silence, silent_since: 1.8s }
        "#]],
    );
}

#[test]
fn push_to_talk_outlasts_any_pause() {
    check(
        &[
            (0, Input::PushToTalk { pressed: true }),
            (100, speaks(100)),
            (1200, stops(1000)),
            (9000, Input::PushToTalk { pressed: false }),
        ],
        expect![[r#"
            1200 AskTurnDetector
            9000 EndTurn { reason: Manual, silent_since: 9s }
        "#]],
    );
}

#[test]
fn words_without_voice_activity_are_a_turn() {
    check(
        &[(1000, Input::UserWords(2))],
        expect![[r#"
            1000 AskTurnDetector
            2000 EndTurn { reason: Silence, silent_since: 1s }
        "#]],
    );
}

#[test]
fn speech_without_end_is_cut_at_the_longest_turn() {
    check(
        &[(0, speaks(0)), (119_000, Input::UserWords(300))],
        expect![[r#"
            120000 EndTurn { reason: TooLong, silent_since: 120s }
        "#]],
    );
}

fn input() -> impl Strategy<Value = Input> {
    prop_oneof![
        Just(Input::AgentAudible { interruptible: true }),
        Just(Input::AgentAudible { interruptible: false }),
        Just(Input::AgentFinished),
        Just(Input::AgentPreparing),
        Just(Input::PushToTalk { pressed: true }),
        Just(Input::PushToTalk { pressed: false }),
        Just(Input::RecognizerEnded),
        Just(Input::Tick),
        Just(Input::UserCommitted),
        (0..300u64).prop_map(|since| Input::UserSpeechStarted { since: ms(since) }),
        (0..300u64).prop_map(|until| Input::UserVoice { until: ms(until) }),
        (0..500u64).prop_map(|since| Input::UserSpeechStopped { since: ms(since) }),
        (0..4usize).prop_map(Input::UserWords),
        Just(Input::Verdict(Verdict::Finished)),
        Just(Input::Verdict(Verdict::Unfinished)),
        Just(Input::Verdict(Verdict::Unknown)),
    ]
}

proptest! {
    #[test]
    fn any_order_of_inputs_keeps_the_promises(
        barge_in: bool,
        steps in prop::collection::vec((0..900u64, input()), 1..60),
    ) {
        let interruption = if barge_in { FloorConfig::default().interruption } else { Interruption::Off };
        let config = FloorConfig { interruption, ..FloorConfig::default() };
        let mut at = 0;
        let mut script: Vec<(u64, Input)> = steps
            .into_iter()
            .map(|(wait, input)| {
                at += wait;
                let input = match input {
                    Input::UserSpeechStarted { since } => speaks(at.saturating_sub(since.as_millis() as u64)),
                    Input::UserVoice { until } => voice(at.saturating_sub(until.as_millis() as u64)),
                    Input::UserSpeechStopped { since } => Input::UserSpeechStopped { since: ms(at.saturating_sub(since.as_millis() as u64)) },
                    other => other,
                };
                (at, input)
            })
            .collect();
        // In the end the key is let go, the agent has finished and the user is silent.
        script.push((at + 1, Input::PushToTalk { pressed: false }));
        script.push((at + 2, Input::UserSpeechStopped { since: ms(at + 2) }));
        script.push((at + 3, Input::AgentFinished));

        let mut paused = false;
        for (moment, action) in play(config, &script) {
            match action {
                Action::PauseReply => {
                    prop_assert!(!paused, "paused twice at {moment:?}");
                    prop_assert!(barge_in, "paused without barge-in at {moment:?}");
                    paused = true;
                }
                Action::ResumeReply => {
                    prop_assert!(paused, "resumed without a pause at {moment:?}");
                    paused = false;
                }
                Action::EndTurn { reason, silent_since } => {
                    let silence = moment.saturating_sub(silent_since);
                    if matches!(reason, EndReason::Silence) {
                        prop_assert!(silence >= config.patience.max, "ended after {silence:?}");
                    }
                    if matches!(reason, EndReason::Complete | EndReason::Recognizer) {
                        prop_assert!(silence >= config.patience.min, "ended after {silence:?}");
                    }
                    paused = false;
                }
                Action::CancelReply | Action::TakeBack => paused = false,
                _ => {}
            }
        }
        // Nobody is left without an answer: ten seconds later no turn is open.
        let mut floor = Floor::new(config);
        for (moment, input) in &script {
            let _ = floor.handle(ms(*moment), *input);
        }
        while let Some(timeout) = floor.next_timeout() {
            for action in floor.handle(timeout, Input::Tick) {
                if matches!(action, Action::EndTurn { .. }) {
                    let _ = floor.handle(timeout, Input::AgentFinished);
                }
            }
        }
        prop_assert!(!floor.user_has_turn());
    }
}
