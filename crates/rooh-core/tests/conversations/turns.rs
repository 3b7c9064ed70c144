//! When a turn is over, and what it holds.

use std::time::Duration;

use expect_test::expect;
use rooh_core::expect::Expected;
use rooh_testkit::{Reply, ScriptedLlm, ToneStt, scenario};

#[test]
fn a_question_is_answered() {
    scenario("a question is answered").user(0.5, "what time is it").agent("It is nine.").check(expect![[
        r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        1.480s speech_stopped
        1.530s user_final "what time is it"
        2.080s state processing
        2.080s user_turn "what time is it" (complete, 800 ms)
        2.080s reply_text "It is nine."
        2.080s state speaking
        2.100s reply_started 1
        2.100s turn_timing 800 = endpointing 800
        2.700s reply_finished "It is nine."
        2.700s state listening
        7.300s state closed
        7.300s session_ended user_left
    "#
    ]]);
}

#[test]
fn a_thinking_pause_is_not_an_ending() {
    scenario("a thinking pause is not an ending")
        .user(0.5, "i used to work at")
        .user(2.3, "a bakery")
        .agent("Tell me more.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.680s speech_stopped
            1.730s user_final "i used to work at"
            2.360s speech_started
            2.880s speech_stopped
            2.930s user_final "a bakery"
            3.655s state processing
            3.655s user_turn "i used to work at a bakery" (silence, 975 ms)
            3.655s reply_text "Tell me more."
            3.655s state speaking
            3.700s reply_started 1
            3.700s turn_timing 980 = endpointing 975 + playout 5
            4.300s reply_finished "Tell me more."
            4.300s state listening
            8.700s state closed
            8.700s session_ended user_left
        "#]]);
}

#[test]
fn a_yes_of_200_ms_is_a_turn() {
    scenario("yes").user(1.0, "yes").agent("Good.").check(expect![[r#"
        0.000s session_started
        0.000s state listening
        1.060s speech_started
        1.380s speech_stopped
        1.430s user_final "yes"
        1.444s state processing
        1.444s user_turn "yes" (complete, 264 ms)
        1.444s reply_text "Good."
        1.444s state speaking
        1.500s reply_started 1
        1.500s turn_timing 280 = endpointing 264 + playout 16
        1.700s reply_finished "Good."
        1.700s state listening
        7.200s state closed
        7.200s session_ended user_left
    "#]]);
}

#[test]
fn something_said_300_ms_after_the_agent_stops_is_heard() {
    scenario("quick answer")
        .user(0.5, "hello")
        .agent("Are you there?")
        // The reply ends at 2.3 s.
        .user(2.6, "yes")
        .agent("Good.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            0.880s speech_stopped
            0.930s user_final "hello"
            1.680s state processing
            1.680s user_turn "hello" (silence, 1000 ms)
            1.680s reply_text "Are you there?"
            1.680s state speaking
            1.700s reply_started 1
            1.700s turn_timing 1000 = endpointing 1000
            2.300s reply_finished "Are you there?"
            2.300s state listening
            2.660s speech_started
            2.980s speech_stopped
            3.030s user_final "yes"
            3.044s state processing
            3.044s user_turn "yes" (complete, 264 ms)
            3.044s reply_text "Good."
            3.044s state speaking
            3.100s reply_started 2
            3.100s turn_timing 280 = endpointing 264 + playout 16
            3.300s reply_finished "Good."
            3.300s state listening
            8.800s state closed
            8.800s session_ended user_left
        "#]]);
}

#[test]
fn all_final_segments_of_a_turn_are_joined() {
    scenario("segments")
        .with(|agent| agent.stt(ToneStt::new().endpoint(Duration::from_millis(250))))
        .user(0.5, "book a table for two")
        .user(2.0, "on friday")
        .agent("Done.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.680s speech_stopped
            1.730s user_final "book a table for two"
            2.060s speech_started
            2.580s speech_stopped
            2.630s user_final "on friday"
            3.355s state processing
            3.355s user_turn "book a table for two on friday" (silence, 975 ms)
            3.355s reply_text "Done."
            3.355s state speaking
            3.400s reply_started 1
            3.400s turn_timing 980 = endpointing 975 + playout 5
            3.600s reply_finished "Done."
            3.600s state listening
            8.400s state closed
            8.400s session_ended user_left
        "#]]);
}

#[test]
fn a_final_that_comes_after_the_end_of_speech_still_counts() {
    scenario("late final")
        .with(|agent| {
            agent.stt(ToneStt::new().without_partials().finalize_delay(Duration::from_millis(1400)))
        })
        .user(0.5, "book a table")
        .agent("Done.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.280s speech_stopped
            2.080s state processing
            2.730s user_final "book a table"
            2.730s user_turn "book a table" (silence, 1000 ms)
            2.730s reply_text "Done."
            2.730s state speaking
            2.800s reply_started 1
            2.800s turn_timing 1660 = endpointing 1000 + stt 650 + playout 10
            3.000s reply_finished "Done."
            3.000s state listening
            7.100s state closed
            7.100s session_ended user_left
        "#]]);
}

#[test]
fn going_on_before_the_answer_is_heard_makes_one_turn_of_both() {
    scenario("take back")
        .llm(ScriptedLlm::new(["Tell me more."]).first_token(Duration::from_millis(900)))
        .user(0.5, "i used to work at")
        // The turn is taken for finished at 2.5 s; the answer would be heard at 3.4 s.
        .user(2.6, "a bakery in town")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.680s speech_stopped
            1.730s user_final "i used to work at"
            2.660s speech_started
            3.580s speech_stopped
            3.630s user_final "a bakery in town"
            4.355s state processing
            4.355s user_turn "i used to work at a bakery in town" (silence, 975 ms)
            5.255s reply_text "Tell me more."
            5.255s state speaking
            5.300s reply_started 1
            5.300s turn_timing 1880 = endpointing 975 + llm 900 + playout 5
            5.900s reply_finished "Tell me more."
            5.900s state listening
            9.400s state closed
            9.400s session_ended user_left
        "#]]);
}

#[test]
fn a_cough_while_the_agent_thinks_does_not_take_the_answer_away() {
    scenario("cough")
        .llm(ScriptedLlm::new(["It is nine."]).first_token(Duration::from_millis(900)))
        .user(0.5, "what time is it")
        .noise(2.5, 0.12)
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            1.530s user_final "what time is it"
            2.080s state processing
            2.080s user_turn "what time is it" (complete, 800 ms)
            2.560s speech_started
            2.820s speech_stopped
            2.980s reply_text "It is nine."
            2.980s state speaking
            3.000s reply_started 1
            3.000s turn_timing 1700 = endpointing 800 + llm 900
            3.600s reply_finished "It is nine."
            3.600s state listening
            3.620s state processing
            3.620s state listening
            8.620s state closed
            8.620s session_ended user_left
        "#]]);
}

#[test]
fn a_noise_without_words_is_no_turn() {
    scenario("noise").noise(0.5, 0.8).check(expect![[r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        1.500s speech_stopped
        2.300s state processing
        2.300s state listening
        7.300s state closed
        7.300s session_ended user_left
    "#]]);
}

#[test]
fn an_unfinished_number_waits_and_a_finished_one_does_not() {
    scenario("number")
        .with(|agent| agent.greeting("Your number?"))
        .user(0.1, "hello")
        .agent(Reply::text("Your number?").expects(Expected::Digits { min: 7, max: 7 }))
        .user(3.0, "five five five")
        .user(5.2, "one two one two")
        .agent("Thanks.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.000s reply_text "Your number?"
            0.000s state speaking
            0.100s reply_started 1
            0.160s speech_started
            0.300s state interrupting
            0.300s interrupted at 300 ms, heard "Your", unheard "number?"
            0.300s state listening
            0.480s speech_stopped
            0.530s user_final "hello"
            1.280s state processing
            1.280s user_turn "hello" (silence, 1000 ms)
            1.280s reply_text "Your number?"
            1.280s state speaking
            1.300s reply_started 2
            1.300s turn_timing 1000 = endpointing 1000
            1.700s reply_finished "Your number?"
            1.700s state listening
            3.060s speech_started
            3.780s speech_stopped
            4.180s user_final "five five five"
            5.260s speech_started
            6.180s speech_stopped
            6.370s state processing
            6.370s user_final "one two one two"
            6.370s user_turn "five five five one two one two" (complete, 390 ms)
            6.370s reply_text "Thanks."
            6.370s state speaking
            6.400s reply_started 3
            6.400s turn_timing 400 = endpointing 390 + playout 10
            6.600s reply_finished "Thanks."
            6.600s state listening
            12.000s state closed
            12.000s session_ended user_left
        "#]]);
}

#[test]
fn a_turn_that_judges_itself_still_keeps_the_patience_that_was_set() {
    scenario("recognizer judges")
        .with(|agent| agent.stt(ToneStt::new().turns().endpoint(Duration::from_millis(200))))
        .user(0.5, "what time is it")
        .agent("It is nine.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            1.480s user_final "what time is it"
            1.480s state processing
            1.480s user_turn "what time is it" (recognizer, 200 ms)
            1.480s reply_text "It is nine."
            1.480s state speaking
            1.500s reply_started 1
            1.500s turn_timing 200 = endpointing 200
            2.100s reply_finished "It is nine."
            2.100s state listening
            7.300s state closed
            7.300s session_ended user_left
        "#]]);
}

#[test]
fn silence_duration_is_kept_to_the_frame() {
    for silence in [200, 700, 3000] {
        let played = scenario("silence")
            .with(move |agent| agent.silence_duration(Duration::from_millis(silence)))
            .user(0.5, "hello there")
            .agent("Hi.")
            .play();
        let waited = played.find(|event| match &event.kind {
            rooh_core::event::EventKind::UserTurn { silence, .. } => Some(silence.as_millis() as u64),
            _ => None,
        });
        assert!((silence..silence + 25).contains(&waited), "{silence} ms became {waited} ms");
    }
}
