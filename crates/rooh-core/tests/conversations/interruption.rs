//! The user speaks over the agent.

use std::time::Duration;

use expect_test::expect;
use rooh_core::event::EventKind;
use rooh_core::llm::Message;
use rooh_testkit::scenario::Ear;
use rooh_testkit::{ScriptedLlm, ToneTts, scenario};

const LONG: &str =
    "We are open every day from nine to five. On Sundays we open at ten. Please call before you come.";

#[test]
fn speech_that_lasts_cuts_the_agent_off_and_the_history_holds_what_was_heard() {
    let scenario = scenario("barge-in")
        .user(0.5, "when are you open")
        .agent(LONG)
        .user(4.0, "and on mondays please")
        .agent("From nine.");
    let played = scenario.play();
    expect![[r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        1.480s speech_stopped
        1.530s user_final "when are you open"
        2.080s state processing
        2.080s user_turn "when are you open" (complete, 800 ms)
        2.080s reply_text "We are open every day from nine to five."
        2.080s reply_text "On Sundays we open at ten."
        2.080s reply_text "Please call before you come."
        2.080s state speaking
        2.100s reply_started 1
        2.100s turn_timing 800 = endpointing 800
        4.060s speech_started
        4.200s state interrupting
        4.200s interrupted at 2120 ms, heard "We are open every day from nine to five. On", unheard "Sundays we open at ten. Please call before you come."
        4.200s state listening
        4.980s speech_stopped
        5.030s user_final "and on mondays please"
        5.580s state processing
        5.580s user_turn "and on mondays please" (complete, 800 ms)
        5.580s reply_text "From nine."
        5.580s state speaking
        5.600s reply_started 2
        5.600s turn_timing 800 = endpointing 800
        6.000s reply_finished "From nine."
        6.000s state listening
        10.800s state closed
        10.800s session_ended user_left
    "#]].assert_eq(&played.log());
    // What the words of the audio say and what the history says are the same.
    let heard = played.find(|event| match &event.kind {
        EventKind::Interrupted { heard, .. } => Some(heard.clone()),
        _ => None,
    });
    let spoken = played.words_heard();
    let plain = |text: &str| text.to_lowercase().replace(['.', ','], "");
    assert!(plain(&spoken).starts_with(&plain(&heard)), "{spoken:?} and {heard:?}");
    let asked = played.requests.last().expect("the model was asked twice");
    assert!(matches!(
        &asked.messages[1],
        Message::Assistant { text, interrupted: true, .. } if *text == heard
    ));
}

#[test]
fn a_voice_with_word_times_is_believed_to_the_word() {
    scenario("word times")
        .with(|agent| agent.tts(ToneTts::new().word_times()))
        .user(0.5, "when are you open")
        .agent(LONG)
        .user(4.0, "and on mondays please")
        .agent("From nine.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            1.530s user_final "when are you open"
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s reply_text "We are open every day from nine to five."
            2.080s reply_text "On Sundays we open at ten."
            2.080s reply_text "Please call before you come."
            2.080s state speaking
            2.100s reply_started 1
            2.100s turn_timing 800 = endpointing 800
            4.060s speech_started
            4.200s state interrupting
            4.200s interrupted at 2120 ms, heard "We are open every day from nine to five. On", unheard "Sundays we open at ten. Please call before you come."
            4.200s state listening
            4.980s speech_stopped
            5.030s user_final "and on mondays please"
            5.580s state processing
            5.580s user_turn "and on mondays please" (complete, 800 ms)
            5.580s reply_text "From nine."
            5.580s state speaking
            5.600s reply_started 2
            5.600s turn_timing 800 = endpointing 800
            6.000s reply_finished "From nine."
            6.000s state listening
            10.800s state closed
            10.800s session_ended user_left
        "#]]);
}

#[test]
fn a_backchannel_does_not_cut_the_agent_off() {
    scenario("backchannel")
        .user(0.5, "when are you open")
        .agent("We are open every day from nine to five.")
        .user(3.0, "yeah")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            1.530s user_final "when are you open"
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s reply_text "We are open every day from nine to five."
            2.080s state speaking
            2.100s reply_started 1
            2.100s turn_timing 800 = endpointing 800
            3.060s speech_started
            3.380s speech_stopped
            3.430s user_final "yeah"
            4.000s reply_finished "We are open every day from nine to five."
            4.000s state listening
            9.200s state closed
            9.200s session_ended user_left
        "#]]);
}

#[test]
fn a_short_stop_does() {
    scenario("stop")
        .user(0.5, "when are you open")
        .agent("We are open every day from nine to five.")
        .user(3.0, "stop")
        .agent("Okay.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            1.530s user_final "when are you open"
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s reply_text "We are open every day from nine to five."
            2.080s state speaking
            2.100s reply_started 1
            2.100s turn_timing 800 = endpointing 800
            3.060s speech_started
            3.200s state interrupting
            3.200s interrupted at 1120 ms, heard "We are open every day", unheard "from nine to five."
            3.200s state listening
            3.380s speech_stopped
            3.430s user_final "stop"
            3.444s state processing
            3.444s user_turn "stop" (complete, 264 ms)
            3.444s reply_text "Okay."
            3.444s state speaking
            3.500s reply_started 2
            3.500s turn_timing 280 = endpointing 264 + playout 16
            3.700s reply_finished "Okay."
            3.700s state listening
            9.200s state closed
            9.200s session_ended user_left
        "#]]);
}

#[test]
fn without_barge_in_the_reply_is_finished_and_what_was_said_is_answered() {
    scenario("no barge-in")
        .with(|agent| agent.barge_in(false))
        .user(0.5, "when are you open")
        .agent("We are open every day from nine to five.")
        .user(3.0, "and on mondays please")
        .agent("From nine.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            1.530s user_final "when are you open"
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s reply_text "We are open every day from nine to five."
            2.080s state speaking
            2.100s reply_started 1
            2.100s turn_timing 800 = endpointing 800
            3.060s speech_started
            3.900s reply_finished "We are open every day from nine to five."
            3.900s state listening
            3.980s speech_stopped
            4.030s user_final "and on mondays please"
            4.580s state processing
            4.580s user_turn "and on mondays please" (complete, 800 ms)
            4.580s reply_text "From nine."
            4.580s state speaking
            4.600s reply_started 2
            4.600s turn_timing 800 = endpointing 800
            5.000s reply_finished "From nine."
            5.000s state listening
            9.800s state closed
            9.800s session_ended user_left
        "#]]);
}

#[test]
fn a_listener_who_never_acknowledges_is_interrupted_and_answered_all_the_same() {
    scenario("no acknowledgements")
        .ear(Ear { forgets: true, ..Ear::default() })
        .user(0.5, "when are you open")
        .agent("We are open every day from nine to five.")
        .user(3.0, "and on mondays please")
        .agent("From nine.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            1.530s user_final "when are you open"
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s reply_text "We are open every day from nine to five."
            2.080s state speaking
            3.060s speech_started
            3.200s state interrupting
            3.450s interrupted at 1120 ms, heard "We are open every day", unheard "from nine to five."
            3.450s state listening
            3.980s speech_stopped
            4.030s user_final "and on mondays please"
            4.580s state processing
            4.580s user_turn "and on mondays please" (complete, 800 ms)
            4.580s reply_text "From nine."
            4.580s state speaking
            6.980s reply_started 2
            6.980s turn_timing 3200 = endpointing 800 + playout 2400
            6.980s reply_finished "From nine."
            6.980s state listening
            9.800s state closed
            9.800s session_ended user_left
        "#]]);
}

#[test]
fn a_line_that_cannot_acknowledge_is_timed() {
    scenario("timed")
        .ear(Ear { acknowledges: false, latency: Duration::from_millis(80), ..Ear::default() })
        .user(0.5, "when are you open")
        .agent("We are open every day from nine to five.")
        .user(3.0, "and on mondays please")
        .agent("From nine.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            1.530s user_final "when are you open"
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s reply_text "We are open every day from nine to five."
            2.080s state speaking
            2.160s reply_started 1
            2.160s turn_timing 880 = endpointing 800 + playout 80
            3.060s speech_started
            3.200s state interrupting
            3.200s interrupted at 1040 ms, heard "We are open every day", unheard "from nine to five."
            3.200s state listening
            3.980s speech_stopped
            4.030s user_final "and on mondays please"
            4.580s state processing
            4.580s user_turn "and on mondays please" (complete, 800 ms)
            4.580s reply_text "From nine."
            4.580s state speaking
            4.660s reply_started 2
            4.660s turn_timing 880 = endpointing 800 + playout 80
            5.060s reply_finished "From nine."
            5.060s state listening
            9.800s state closed
            9.800s session_ended user_left
        "#]]);
}

#[test]
fn nothing_of_a_cancelled_reply_is_heard_after_the_next_one_began() {
    let played = scenario("stale tokens")
        .llm(ScriptedLlm::new([LONG, "From nine."]).each_token(Duration::from_millis(120)))
        .user(0.5, "when are you open")
        .user(4.0, "and on mondays please")
        .play();
    let generations: Vec<u64> = played.heard.iter().map(|(generation, _)| *generation).collect();
    assert!(generations.is_sorted(), "{generations:?}");
    // The word in which the first reply was cut off may hide the first word of the second.
    assert!(played.words_heard().ends_with("nine."), "{}", played.words_heard());
}
