//! Conversations as scripts of times and inputs, and what must hold for any order of inputs.

use std::fmt::Write;
use std::time::Duration;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use rooh_floor::{
    Action, BargeIn, EndReason, Endpointing, Floor, FloorConfig, Input, Interruption, Overlap, Patience,
    RecognizerTurn, Words,
};

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
    check_with(config(), script, expected);
}

/// A second of patience, with everything on.
fn config() -> FloorConfig {
    FloorConfig {
        audio_checks: 3,
        eager: true,
        patience: Patience::from_silence(ms(1000)),
        words_delay: ms(500),
        ..FloorConfig::default()
    }
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

fn words(words: Words) -> Input {
    Input::UserWords { words, overlap: Overlap::Speech(2) }
}

fn over(overlap: Overlap) -> Input {
    Input::UserWords { words: Words::Neutral, overlap }
}

#[test]
fn a_pause_about_which_nothing_is_known_is_as_long_as_patience() {
    check(
        &[(100, speaks(100)), (1200, stops(1000))],
        expect![[r#"
            1200 AskAudio
            1500 AskAudio
            2000 EndTurn { reason: Silence, silent_since: 1s }
        "#]],
    );
}

#[test]
fn a_whole_answer_is_answered_soon_and_an_open_sentence_is_waited_for() {
    check(
        &[(100, speaks(100)), (1200, stops(1000)), (1210, words(Words::Answer))],
        expect![[r#"
            1200 AskAudio
            1210 PrepareReply
            1264 EndTurn { reason: Complete, silent_since: 1s }
        "#]],
    );
    check(
        &[(100, speaks(100)), (1200, stops(1000)), (1210, words(Words::Open))],
        expect![[r#"
            1200 AskAudio
            6000 EndTurn { reason: Silence, silent_since: 1s }
        "#]],
    );
    check(
        &[(100, speaks(100)), (1200, stops(1000)), (1210, words(Words::Partial))],
        expect![[r#"
            1200 AskAudio
            6000 EndTurn { reason: Silence, silent_since: 1s }
        "#]],
    );
}

#[test]
fn the_sound_is_judged_again_while_the_pause_lasts() {
    check(
        &[
            (100, speaks(100)),
            (1200, stops(1000)),
            (1210, words(Words::Neutral)),
            (1240, Input::Audio(0.1)),
            (1540, Input::Audio(0.2)),
            (2240, Input::Audio(0.9)),
        ],
        expect![[r#"
            1200 AskAudio
            1481 PrepareReply
            1500 AskAudio
            2123 EndTurn { reason: Silence, silent_since: 1s }
        "#]],
    );
}

#[test]
fn a_recognizer_that_judges_turns_is_believed_at_the_shortest_wait() {
    check(
        &[
            (100, speaks(100)),
            (1200, stops(1000)),
            (1210, words(Words::Neutral)),
            (1220, Input::Recognizer(RecognizerTurn::Likely)),
            (1300, Input::Recognizer(RecognizerTurn::Open)),
            (1500, Input::Recognizer(RecognizerTurn::Ended)),
        ],
        expect![[r#"
            1200 AskAudio
            1220 PrepareReply
            1300 DiscardPrepared
            1400 PrepareReply
            1500 EndTurn { reason: Recognizer, silent_since: 1s }
        "#]],
    );
}

#[test]
fn in_manual_mode_only_a_word_of_the_application_ends_a_turn() {
    check_with(
        FloorConfig { endpointing: Endpointing::Manual, ..config() },
        &[
            (100, speaks(100)),
            (1200, stops(1000)),
            (1210, words(Words::Answer)),
            (60_000, Input::UserCommitted),
        ],
        expect![[r#"
            60000 EndTurn { reason: Manual, silent_since: 60s }
        "#]],
    );
}

#[test]
fn a_thinking_pause_is_not_an_ending_and_what_was_prepared_for_it_is_thrown_away() {
    check(
        &[
            (0, speaks(0)),
            (1200, stops(1000)),
            (1250, words(Words::Neutral)),
            (1900, speaks(1900)),
            (2700, stops(2500)),
            (2710, words(Words::Closed)),
        ],
        expect![[r#"
            1200 AskAudio
            1400 PrepareReply
            1500 AskAudio
            1900 DiscardPrepared
            2700 AskAudio
            2812 PrepareReply
            3000 AskAudio
            3280 EndTurn { reason: Complete, silent_since: 2.5s }
        "#]],
    );
}

#[test]
fn a_budget_takes_longer_with_less_to_go_by() {
    let base = |change: fn(&mut FloorConfig)| {
        let mut config = FloorConfig { patience: Patience::budget(5.0), ..FloorConfig::default() };
        change(&mut config);
        Floor::new(config).config().patience.base
    };
    let nothing = base(|_| {});
    let words = base(|config| config.words_delay = ms(300));
    let both = base(|config| (config.words_delay, config.audio_checks) = (ms(300), 3));
    assert!(words < nothing && both < nothing, "{words:?} and {both:?}, {nothing:?} without");
    let deaf = base(|config| {
        (config.words_delay, config.audio_checks) = (ms(300), 3);
        config.endpointing = Endpointing::Manual;
    });
    assert_eq!(deaf, nothing);
    // A recognizer that breaks, and one that is there again.
    let patience = Patience::budget(5.0);
    let mut floor = Floor::new(FloorConfig { patience, words_delay: ms(300), ..FloorConfig::default() });
    let mut after = |delay| {
        assert!(floor.handle(ms(0), Input::WordsDelay(delay)).into_iter().next().is_none());
        floor.config().patience.base
    };
    assert_eq!([after(ms(0)), after(ms(400))], [nothing, words]);
    let preset = FloorConfig { patience: Patience::NORMAL, ..FloorConfig::default() };
    assert_eq!(Floor::new(preset).config().patience, Patience::NORMAL);
}

#[test]
fn somebody_who_pauses_long_is_given_longer() {
    let mut script = Vec::new();
    for n in 0..4 {
        script.push((n * 4000, speaks(n * 4000)));
        script.push((n * 4000 + 1200, stops(n * 4000 + 1000)));
        script.push((n * 4000 + 1210, words(Words::Open)));
    }
    script.push((17_000, speaks(17_000)));
    script.push((18_200, stops(18_000)));
    script.push((18_210, words(Words::Neutral)));
    check(
        &script,
        expect![[r#"
            1200 AskAudio
            18414 AskAudio
            18714 AskAudio
            18720 PrepareReply
            19414 AskAudio
            19800 EndTurn { reason: Silence, silent_since: 18s }
        "#]],
    );
}

#[test]
fn over_the_agent_a_backchannel_is_ducked_for_and_speech_cuts_off() {
    // "Mm-hm."
    check(
        &[
            (100, AUDIBLE),
            (1000, speaks(1000)),
            (1160, voice(1160)),
            (1350, voice(1350)),
            (1550, stops(1350)),
            (1700, over(Overlap::Backchannel)),
            (4000, Input::AgentFinished),
        ],
        expect![[r#"
            1000 DuckReply
            1160 PauseReply
            1700 ResumeReply
            4000 DropTurn
        "#]],
    );
    // "Actually, I would rather"
    check(
        &[
            (100, AUDIBLE),
            (1000, speaks(1000)),
            (1160, voice(1160)),
            (1350, voice(1350)),
            (1400, over(Overlap::Speech(1))),
            (2500, voice(2500)),
            (2700, stops(2500)),
        ],
        expect![[r#"
            1000 DuckReply
            1160 PauseReply
            1400 CancelReply
            2700 AskAudio
            2900 PrepareReply
            3000 AskAudio
            3500 EndTurn { reason: Silence, silent_since: 2.5s }
        "#]],
    );
    // Somebody whose words are not understood.
    check(
        &[
            (100, AUDIBLE),
            (1000, speaks(1000)),
            (1300, voice(1300)),
            (1800, voice(1800)),
            (2700, stops(2500)),
        ],
        expect![[r#"
            1000 DuckReply
            1300 PauseReply
            1800 CancelReply
            2700 AskAudio
            3000 AskAudio
            3500 EndTurn { reason: Silence, silent_since: 2.5s }
        "#]],
    );
    // "Stop."
    check(
        &[(100, AUDIBLE), (1000, speaks(1000)), (1200, voice(1200)), (1210, over(Overlap::Command))],
        expect![[r#"
            1000 DuckReply
            1200 PauseReply
            1210 CancelReply
        "#]],
    );
}

/// A recognizer whose words come while the user speaks.
fn streaming() -> FloorConfig {
    FloorConfig { partials: true, ..config() }
}

/// A voice from `from` on, window by window.
fn goes_on(from: u64, to: u64) -> impl Iterator<Item = (u64, Input)> {
    [(from + 64, speaks(from))].into_iter().chain((from + 96..to).step_by(32).map(|at| (at, voice(at))))
}

#[test]
fn a_voice_of_which_no_words_come_is_let_go_on_beside() {
    // A drawn "mm-hm", whose word is there 1.2 s after it began.
    let drawn = goes_on(1000, 2000).chain([(2190, over(Overlap::Backchannel)), (2200, stops(2000))]);
    check_with(
        streaming(),
        &[(100, AUDIBLE)].into_iter().chain(drawn).chain([(6000, Input::AgentFinished)]).collect::<Vec<_>>(),
        expect![[r#"
            1064 DuckReply
            1096 PauseReply
            2200 ResumeReply
            6000 DropTurn
        "#]],
    );
    // A television; somebody who speaks over it is heard by words.
    let noise = goes_on(1000, 9000).chain([(9010, over(Overlap::Speech(2)))]);
    check_with(
        streaming(),
        &[(100, AUDIBLE)].into_iter().chain(noise).collect::<Vec<_>>(),
        expect![[r#"
            1064 DuckReply
            1096 PauseReply
            2300 ResumeReply
            9010 CancelReply
            14510 EndTurn { reason: NoWords, silent_since: 8.51s }
        "#]],
    );
    // "Okay", and somebody else goes on.
    let mut beside: Vec<_> = [(100, AUDIBLE)].into_iter().chain(goes_on(1000, 9000)).collect();
    beside.push((1700, over(Overlap::Backchannel)));
    beside.sort_by_key(|(at, _)| *at);
    check_with(
        streaming(),
        &beside,
        expect![[r#"
            1064 DuckReply
            1096 PauseReply
            3000 ResumeReply
        "#]],
    );
    // The same where nobody recognizes what is said.
    check_with(
        FloorConfig { words_delay: ms(0), ..streaming() },
        &beside[..60],
        expect![[r#"
            1064 DuckReply
            1096 PauseReply
            1320 CancelReply
        "#]],
    );
}

#[test]
fn words_that_are_known_explain_the_voice_they_came_of_and_no_other() {
    check_with(
        streaming(),
        &[
            (100, AUDIBLE),
            (1064, speaks(1000)),
            (1300, voice(1300)),
            (1500, stops(1300)),
            (1510, over(Overlap::Backchannel)),
            // A cough, or "stop": the word of the first voice does not say.
            (3064, speaks(3000)),
            (3200, voice(3200)),
            (3400, stops(3200)),
        ],
        expect![[r#"
            1064 DuckReply
            1300 PauseReply
            1510 ResumeReply
            3064 DuckReply
            3200 PauseReply
            3700 ResumeReply
        "#]],
    );
}

#[test]
fn a_voice_that_is_lost_holds_no_reply_back() {
    for mode in [BargeIn::Adaptive, BargeIn::HardCut, BargeIn::SoftFade] {
        let speaking = Interruption { mode, ..Interruption::default() };
        for partials in [false, true] {
            let script = [(100, AUDIBLE), (1064, speaks(1000)), (1310, voice(1150))];
            let actions = play(FloorConfig { speaking, partials, ..config() }, &script);
            let held = actions.iter().filter(|(_, action)| *action != Action::ResumeReply).count();
            let resumed = actions.len() - held;
            assert!(resumed == held.min(1), "{mode:?}: {actions:?}");
        }
    }
}

#[test]
fn an_agent_that_hears_itself_goes_on() {
    check(
        &[
            (100, AUDIBLE),
            (1000, speaks(1000)),
            (1300, voice(1300)),
            (1400, over(Overlap::Echo)),
            (4000, voice(4000)),
            (4200, stops(4000)),
            (6000, Input::AgentFinished),
        ],
        expect![[r#"
            1000 DuckReply
            1300 PauseReply
            1400 ResumeReply
            6000 DropTurn
        "#]],
    );
}

fn with_mode(mode: BargeIn) -> FloorConfig {
    FloorConfig { speaking: Interruption { mode, ..Interruption::default() }, ..config() }
}

#[test]
fn a_hard_cut_needs_300_ms() {
    check_with(
        with_mode(BargeIn::HardCut),
        &[(100, AUDIBLE), (1000, speaks(1000)), (1280, voice(1280)), (1300, voice(1300))],
        expect![[r#"
            1000 PauseReply
            1300 CancelReply
        "#]],
    );
    check_with(
        with_mode(BargeIn::HardCut),
        &[(100, AUDIBLE), (1000, speaks(1000)), (1350, stops(1150)), (4000, Input::AgentFinished)],
        expect![[r#"
            1000 PauseReply
            1350 ResumeReply
            4000 DropTurn
        "#]],
    );
}

#[test]
fn a_soft_fade_comes_back_unless_the_user_speaks_for_two_seconds() {
    let script = [
        (100, AUDIBLE),
        (1000, speaks(1000)),
        (1300, voice(1300)),
        (2200, voice(2200)),
        (2900, voice(2900)),
        (3100, stops(2900)),
    ];
    check_with(
        with_mode(BargeIn::SoftFade),
        &script,
        expect![[r#"
            1300 FadeReply
            3100 ResumeReply
        "#]],
    );
    let script =
        [(100, AUDIBLE), (1000, speaks(1000)), (1300, voice(1300)), (2200, voice(2200)), (3000, voice(3000))];
    check_with(
        with_mode(BargeIn::SoftFade),
        &script,
        expect![[r#"
            1300 FadeReply
            3000 CancelReply
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
            (2410, over(Overlap::Backchannel)),
        ],
        expect![[r#"
            2000 DuckReply
            2400 ResumeReply
            2400 AskAudio
            2550 PrepareReply
            2700 AskAudio
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
            (1210, words(Words::Neutral)),
            (2200, speaks(2200)),
            (2500, voice(2500)),
            (3200, stops(3000)),
            (3210, words(Words::Neutral)),
        ],
        expect![[r#"
            1200 AskAudio
            1400 PrepareReply
            1500 AskAudio
            2000 EndTurn { reason: Silence, silent_since: 1s }
            2200 PauseReply
            2500 TakeBack
            3200 AskAudio
            3390 PrepareReply
            3500 AskAudio
            3975 EndTurn { reason: Silence, silent_since: 3s }
        "#]],
    );
}

#[test]
fn going_on_into_the_first_sound_of_the_answer_takes_it_back_and_later_it_interrupts() {
    let script = |resumes: u64| {
        [
            (0, speaks(0)),
            (1200, stops(1000)),
            (1210, words(Words::Closed)),
            (1900, AUDIBLE),
            (resumes, speaks(resumes)),
            (resumes + 400, voice(resumes + 400)),
            (resumes + 410, over(Overlap::Speech(2))),
        ]
    };
    check(
        &script(2300),
        expect![[r#"
            1200 AskAudio
            1320 PrepareReply
            1500 AskAudio
            1800 EndTurn { reason: Complete, silent_since: 1s }
            2300 DuckReply
            2700 PauseReply
            2710 TakeBack
        "#]],
    );
    check(
        &script(2500),
        expect![[r#"
            1200 AskAudio
            1320 PrepareReply
            1500 AskAudio
            1800 EndTurn { reason: Complete, silent_since: 1s }
            2500 DuckReply
            2900 PauseReply
            2910 CancelReply
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
            1000 DuckReply
            1100 ResumeReply
        "#]],
    );
}

#[test]
fn without_barge_in_the_reply_is_finished_and_what_was_said_is_answered() {
    let disabled = Interruption { mode: BargeIn::Disabled, ..Interruption::default() };
    check_with(
        FloorConfig { speaking: disabled, thinking: disabled, ..config() },
        &[
            (0, Input::AgentPreparing),
            (100, AUDIBLE),
            (1000, speaks(1000)),
            (2000, voice(2000)),
            (2200, stops(2000)),
            (2300, over(Overlap::Speech(4))),
            (5000, Input::AgentFinished),
        ],
        expect![[r#"
            5000 EndTurn { reason: Silence, silent_since: 2s }
        "#]],
    );
}

#[test]
fn what_is_said_over_an_announcement_is_answered_after_it() {
    check(
        &[
            (0, Input::AgentAudible { interruptible: false }),
            (1000, speaks(1000)),
            (2000, voice(2000)),
            (2200, stops(2000)),
            (2300, over(Overlap::Command)),
            (5000, Input::AgentFinished),
        ],
        expect![[r#"
            5000 EndTurn { reason: Silence, silent_since: 2s }
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
            9000 EndTurn { reason: Manual, silent_since: 9s }
        "#]],
    );
}

#[test]
fn words_without_voice_activity_are_a_turn() {
    check(
        &[(1000, words(Words::Neutral))],
        expect![[r#"
            1200 AskAudio
            1400 PrepareReply
            1500 AskAudio
            2000 EndTurn { reason: Silence, silent_since: 1s }
        "#]],
    );
}

#[test]
fn speech_without_end_is_cut_at_the_longest_turn() {
    check(
        &[(0, speaks(0)), (119_000, words(Words::Open))],
        expect![[r#"
        120000 EndTurn { reason: TooLong, silent_since: 120s }
    "#]],
    );
}

#[test]
fn a_budget_of_preparations_that_are_thrown_away_is_kept() {
    let mut floor = Floor::new(config());
    let mut prepared = 0;
    for turn in 0..100 {
        let start = turn * 3000;
        for (at, input) in [
            (start, speaks(start)),
            (start + 700, stops(start + 500)),
            (start + 710, words(Words::Neutral)),
            (start + 1400, Input::Tick),
        ] {
            for action in floor.handle(ms(at), input) {
                prepared += u32::from(action == Action::PrepareReply);
            }
        }
    }
    let (counted, wasted) = floor.preparations();
    assert_eq!(counted, prepared);
    assert!(wasted + 1 >= counted, "nobody answered, and only {wasted} of {counted} were wasted");
    assert!((3..10).contains(&prepared), "{prepared} answers were prepared for a user who always goes on");
}

fn input() -> impl Strategy<Value = Input> {
    let overlap = prop_oneof![
        Just(Overlap::Backchannel),
        Just(Overlap::Command),
        Just(Overlap::Echo),
        Just(Overlap::Nothing),
        (0..4_u16).prop_map(Overlap::Speech),
    ];
    let class = prop_oneof![
        Just(Words::Unknown),
        Just(Words::Hesitating),
        Just(Words::Open),
        Just(Words::Partial),
        Just(Words::Neutral),
        Just(Words::Closed),
        Just(Words::Answer),
    ];
    let turn =
        prop_oneof![Just(RecognizerTurn::Ended), Just(RecognizerTurn::Likely), Just(RecognizerTurn::Open)];
    let probability = prop_oneof![0.0..1.0_f32, Just(f32::NAN), Just(-1.0), Just(f32::INFINITY)];
    prop_oneof![
        any::<bool>().prop_map(|interruptible| Input::AgentAudible { interruptible }),
        Just(Input::AgentFinished),
        Just(Input::AgentPreparing),
        any::<bool>().prop_map(|pressed| Input::PushToTalk { pressed }),
        turn.prop_map(Input::Recognizer),
        Just(Input::Tick),
        Just(Input::UserCommitted),
        Just(Input::PreparationFailed),
        Just(Input::SpeakerChanged),
        (0..1500u64).prop_map(|delay| Input::WordsDelay(ms(delay))),
        any::<bool>().prop_map(Input::Partials),
        (0..300u64).prop_map(|since| Input::UserSpeechStarted { since: ms(since) }),
        (0..300u64).prop_map(|since| Input::UserSpeechStarted { since: ms(since) }),
        (0..300u64).prop_map(|until| Input::UserVoice { until: ms(until) }),
        (0..300u64).prop_map(|until| Input::UserVoice { until: ms(until) }),
        (0..500u64).prop_map(|since| Input::UserSpeechStopped { since: ms(since) }),
        (0..500u64).prop_map(|since| Input::UserSpeechStopped { since: ms(since) }),
        (class, overlap).prop_map(|(words, overlap)| Input::UserWords { words, overlap }),
        probability.clone().prop_map(Input::Audio),
        probability.prop_map(Input::Semantic),
    ]
}

#[test]
fn a_voice_of_which_no_more_words_come_ends_a_turn_only_where_words_come_in_time() {
    let script = [(0, speaks(0)), (2000, words(Words::Neutral)), (3000, voice(3000)), (7000, voice(7000))];
    let streaming = FloorConfig { words_delay: ms(400), partials: true, eager: false, ..config() };
    check_with(
        streaming,
        &script,
        expect![[r#"
            7400 EndTurn { reason: NoWords, silent_since: 1.6s }
        "#]],
    );
    // Nothing was understood at all: it may be that nobody listens.
    check_with(
        FloorConfig { longest_turn: ms(20_000), ..streaming },
        &[(0, speaks(0)), (19_000, voice(19_000))],
        expect![[r#"
            20000 EndTurn { reason: TooLong, silent_since: 20s }
        "#]],
    );
    check_with(FloorConfig { partials: false, longest_turn: ms(20_000), ..streaming }, &script, expect![""]);
}

fn any_config() -> impl Strategy<Value = FloorConfig> {
    let mode = || {
        prop_oneof![
            Just(BargeIn::Adaptive),
            Just(BargeIn::Disabled),
            Just(BargeIn::HardCut),
            Just(BargeIn::SoftFade)
        ]
    };
    let endpointing = prop_oneof![
        Just(Endpointing::Acoustic),
        Just(Endpointing::Auto),
        Just(Endpointing::Heuristic),
        Just(Endpointing::Manual),
        Just(Endpointing::Semantic)
    ];
    (mode(), mode(), endpointing, 0..4_u8, any::<[bool; 4]>(), 100..3000_u64).prop_map(
        |(
            speaking,
            thinking,
            endpointing,
            audio_checks,
            [eager, semantic, recognizer, partials],
            silence,
        )| {
            FloorConfig {
                patience: Patience::from_silence(ms(silence)),
                endpointing,
                audio_checks,
                semantic,
                words_delay: if recognizer { ms(500) } else { ms(0) },
                partials,
                eager,
                speaking: Interruption { mode: speaking, ..Interruption::default() },
                thinking: Interruption { mode: thinking, ..Interruption::default() },
                ..FloorConfig::default()
            }
        },
    )
}

/// Inputs at their milliseconds, with their moments put in the past of each.
fn script(steps: Vec<(u64, Input)>) -> Vec<(u64, Input)> {
    let mut at = 0;
    steps
        .into_iter()
        .map(|(wait, input)| {
            at += wait;
            let before = |ago: Duration| ms(at).saturating_sub(ago);
            let input = match input {
                Input::UserSpeechStarted { since } => Input::UserSpeechStarted { since: before(since) },
                Input::UserVoice { until } => Input::UserVoice { until: before(until) },
                Input::UserSpeechStopped { since } => Input::UserSpeechStopped { since: before(since) },
                other => other,
            };
            (at, input)
        })
        .collect()
}

proptest! {
    // About a million inputs.
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn any_order_of_inputs_keeps_the_promises(
        config in any_config(),
        steps in prop::collection::vec((0..900u64, input()), 1..100),
    ) {
        let mut script = script(steps);
        let end = script.last().map_or(0, |(at, _)| *at);
        // In the end the key is let go, the agent has finished and the user is silent.
        script.push((end + 1, Input::PushToTalk { pressed: false }));
        script.push((end + 2, Input::UserSpeechStopped { since: ms(end + 2) }));
        script.push((end + 3, Input::AgentFinished));
        if config.endpointing == Endpointing::Manual {
            script.push((end + 4, Input::UserCommitted));
            script.push((end + 5, Input::AgentFinished));
        }

        let mut floor = Floor::new(config);
        let mut check = Promises { config, quiet: false, prepared: false, speaks: false, held: false };
        for (at, input) in &script {
            while let Some(timeout) = floor.next_timeout().filter(|timeout| *timeout < ms(*at)) {
                let actions: Vec<_> = floor.handle(timeout, Input::Tick).into_iter().collect();
                let stuck = actions.is_empty() && floor.next_timeout() == Some(timeout);
                prop_assert!(!stuck, "a tick at {timeout:?} changes nothing");
                check.after(timeout, &actions)?;
            }
            check.before(input);
            let actions: Vec<_> = floor.handle(ms(*at), *input).into_iter().collect();
            check.after(ms(*at), &actions)?;
        }
        // Nobody is left without an answer: in the end no turn is open, and no reply held back.
        let mut ticks = 0;
        while let Some(timeout) = floor.next_timeout() {
            ticks += 1;
            prop_assert!(ticks < 100, "it never ends");
            let actions: Vec<_> = floor.handle(timeout, Input::Tick).into_iter().collect();
            check.after(timeout, &actions)?;
            if actions.iter().any(|action| matches!(action, Action::EndTurn { .. })) {
                let actions: Vec<_> = floor.handle(timeout, Input::AgentFinished).into_iter().collect();
                check.after(timeout, &actions)?;
            }
        }
        prop_assert!(!floor.user_has_turn());
        prop_assert!(!check.quiet && !check.prepared);
    }
}

/// The most pauses of a reply, and the longest of them: 0.8 s and the words behind it.
const MOST_PAUSES: usize = 3;
const LONGEST_PAUSE: u64 = 800 + 500;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn noise_neither_ends_a_reply_nor_tears_it(
        stretches in prop::collection::vec((200..3000u64, 64..6000u64), 1..30),
        backchannels in prop::collection::vec(0..60_000u64, 0..6),
    ) {
        let heard = backchannels.len() as u64;
        let mut script = vec![(0, AUDIBLE)];
        let mut at = 1000;
        for (silence, noise) in stretches {
            at += silence;
            script.extend(goes_on(at, at + noise));
            at += noise;
            script.push((at + 200, stops(at)));
            at += 200;
        }
        script.extend(backchannels.into_iter().map(|at| (at, over(Overlap::Backchannel))));
        script.sort_by_key(|(at, _)| *at);
        let mut held: Option<Duration> = None;
        let mut pauses = 0;
        for (now, action) in play(streaming(), &script) {
            match action {
                Action::DuckReply => held = Some(now),
                Action::PauseReply => {
                    pauses += 1;
                    held.get_or_insert(now);
                }
                Action::ResumeReply => {
                    let lasted = now - held.take().expect("what goes on was held back");
                    // A backchannel gives time for the next word, and silence for the last one.
                    let longest = ms(LONGEST_PAUSE * (heard + 1) + 200 + 500);
                    prop_assert!(lasted <= longest, "held back for {lasted:?}, until {now:?}");
                }
                other => prop_assert!(false, "{other:?} at {now:?}"),
            }
        }
        prop_assert!(held.is_none());
        prop_assert!(pauses <= MOST_PAUSES, "paused {pauses} times");
    }
}

/// What must hold whatever happens.
struct Promises {
    config: FloorConfig,
    /// The reply is ducked, faded or paused.
    quiet: bool,
    prepared: bool,
    speaks: bool,
    held: bool,
}

impl Promises {
    fn before(&mut self, input: &Input) {
        match input {
            Input::Partials(partials) => self.config.partials = *partials,
            Input::PushToTalk { pressed } => self.held = *pressed,
            Input::PreparationFailed => self.prepared = false,
            Input::UserSpeechStarted { .. } => self.speaks = true,
            Input::UserSpeechStopped { .. } => self.speaks = false,
            _ => {}
        }
    }

    fn after(&mut self, now: Duration, actions: &[Action]) -> Result<(), TestCaseError> {
        let patience = self.config.patience;
        for action in actions {
            match *action {
                Action::PauseReply | Action::FadeReply => self.quiet = true,
                Action::DuckReply => {
                    prop_assert!(!self.quiet, "ducked twice at {now:?}");
                    self.quiet = true;
                }
                Action::ResumeReply => {
                    prop_assert!(self.quiet, "resumed and was not held back at {now:?}");
                    self.quiet = false;
                }
                Action::CancelReply | Action::TakeBack => self.quiet = false,
                Action::PrepareReply => {
                    prop_assert!(self.config.eager && !self.prepared, "prepared twice at {now:?}");
                    self.prepared = true;
                }
                Action::DiscardPrepared => {
                    prop_assert!(self.prepared, "discarded at {now:?} what was not prepared");
                    self.prepared = false;
                }
                Action::EndTurn { reason, silent_since } => {
                    let silence = now.saturating_sub(silent_since);
                    self.prepared = false;
                    if matches!(reason, EndReason::Silence | EndReason::Complete | EndReason::Recognizer) {
                        prop_assert!(!self.speaks, "ended at {now:?} while the user speaks");
                        prop_assert!(!self.held, "ended at {now:?} while the key is held");
                        prop_assert!(silence >= patience.min, "ended after {silence:?}");
                        prop_assert!(self.config.endpointing != Endpointing::Manual);
                    }
                    if reason == EndReason::NoWords {
                        prop_assert!(self.config.partials && !self.held);
                        prop_assert!(silence >= patience.max, "ended after {silence:?} without words");
                    }
                    if reason == EndReason::Silence {
                        // This speaker's pauses may shorten it to 0.7.
                        let shortest = patience.base.min(patience.max) * 69 / 100;
                        prop_assert!(silence >= shortest, "ended after {silence:?}");
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
