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
        1.880s state processing
        1.880s user_turn "when are you open" (complete, 600 ms)
        1.880s reply_text "We are open every day from nine to five."
        1.880s reply_text "On Sundays we open at ten."
        1.880s reply_text "Please call before you come."
        1.880s state speaking
        1.900s reply_started 1
        1.900s turn_timing 600 = endpointing 600
        4.060s speech_started
        4.200s state interrupting
        4.200s interrupted at 2320 ms, heard "We are open every day from nine to five. On Sundays we", unheard "open at ten. Please call before you come."
        4.200s state listening
        4.980s speech_stopped
        5.030s user_final "and on mondays please"
        5.380s state processing
        5.380s user_turn "and on mondays please" (complete, 600 ms)
        5.380s reply_text "From nine."
        5.380s state speaking
        5.400s reply_started 2
        5.400s turn_timing 600 = endpointing 600
        5.800s reply_finished "From nine."
        5.800s state listening
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
            1.880s state processing
            1.880s user_turn "when are you open" (complete, 600 ms)
            1.880s reply_text "We are open every day from nine to five."
            1.880s reply_text "On Sundays we open at ten."
            1.880s reply_text "Please call before you come."
            1.880s state speaking
            1.900s reply_started 1
            1.900s turn_timing 600 = endpointing 600
            4.060s speech_started
            4.200s state interrupting
            4.200s interrupted at 2320 ms, heard "We are open every day from nine to five. On Sundays", unheard "we open at ten. Please call before you come."
            4.200s state listening
            4.980s speech_stopped
            5.030s user_final "and on mondays please"
            5.380s state processing
            5.380s user_turn "and on mondays please" (complete, 600 ms)
            5.380s reply_text "From nine."
            5.380s state speaking
            5.400s reply_started 2
            5.400s turn_timing 600 = endpointing 600
            5.800s reply_finished "From nine."
            5.800s state listening
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
            1.880s state processing
            1.880s user_turn "when are you open" (complete, 600 ms)
            1.880s reply_text "We are open every day from nine to five."
            1.880s state speaking
            1.900s reply_started 1
            1.900s turn_timing 600 = endpointing 600
            3.060s speech_started
            3.380s speech_stopped
            3.430s user_final "yeah"
            3.700s reply_finished "We are open every day from nine to five."
            3.700s state listening
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
            1.880s state processing
            1.880s user_turn "when are you open" (complete, 600 ms)
            1.880s reply_text "We are open every day from nine to five."
            1.880s state speaking
            1.900s reply_started 1
            1.900s turn_timing 600 = endpointing 600
            3.060s speech_started
            3.200s state interrupting
            3.200s interrupted at 1320 ms, heard "We are open every day from", unheard "nine to five."
            3.200s state listening
            3.380s speech_stopped
            3.430s user_final "stop"
            3.480s state processing
            3.480s user_turn "stop" (complete, 300 ms)
            3.480s reply_text "Okay."
            3.480s state speaking
            3.500s reply_started 2
            3.500s turn_timing 300 = endpointing 300
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
            1.880s state processing
            1.880s user_turn "when are you open" (complete, 600 ms)
            1.880s reply_text "We are open every day from nine to five."
            1.880s state speaking
            1.900s reply_started 1
            1.900s turn_timing 600 = endpointing 600
            3.060s speech_started
            3.700s reply_finished "We are open every day from nine to five."
            3.700s state listening
            3.980s speech_stopped
            4.030s user_final "and on mondays please"
            4.380s state processing
            4.380s user_turn "and on mondays please" (complete, 600 ms)
            4.380s reply_text "From nine."
            4.380s state speaking
            4.400s reply_started 2
            4.400s turn_timing 600 = endpointing 600
            4.800s reply_finished "From nine."
            4.800s state listening
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
            1.880s state processing
            1.880s user_turn "when are you open" (complete, 600 ms)
            1.880s reply_text "We are open every day from nine to five."
            1.880s state speaking
            3.060s speech_started
            3.200s state interrupting
            3.450s interrupted at 1320 ms, heard "We are open every day from", unheard "nine to five."
            3.450s state listening
            3.980s speech_stopped
            4.030s user_final "and on mondays please"
            4.380s state processing
            4.380s user_turn "and on mondays please" (complete, 600 ms)
            4.380s reply_text "From nine."
            4.380s state speaking
            6.780s reply_started 2
            6.780s turn_timing 3000 = endpointing 600 + playout 2400
            6.780s reply_finished "From nine."
            6.780s state listening
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
            1.880s state processing
            1.880s user_turn "when are you open" (complete, 600 ms)
            1.880s reply_text "We are open every day from nine to five."
            1.880s state speaking
            1.960s reply_started 1
            1.960s turn_timing 680 = endpointing 600 + playout 80
            3.060s speech_started
            3.200s state interrupting
            3.200s interrupted at 1240 ms, heard "We are open every day from", unheard "nine to five."
            3.200s state listening
            3.980s speech_stopped
            4.030s user_final "and on mondays please"
            4.380s state processing
            4.380s user_turn "and on mondays please" (complete, 600 ms)
            4.380s reply_text "From nine."
            4.380s state speaking
            4.460s reply_started 2
            4.460s turn_timing 680 = endpointing 600 + playout 80
            4.860s reply_finished "From nine."
            4.860s state listening
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
