//! The whole interview, with a candidate of tones whose every word is understood.

use std::time::Duration;

use expect_test::expect;
use interview::Interviewer;
use rooh_core::floor::Patience;
use rooh_testkit::scenario;

#[test]
fn the_interviewer_lets_people_think_and_goes_on_when_the_answer_is_complete() {
    let interviewer = Interviewer::new(["What did you do?", "What was hard about it?"]);
    let played = scenario("an interview")
        .with(move |agent| {
            agent
                .patience(Patience::INTERVIEW)
                .greeting(interviewer.opening())
                .no_input(Duration::from_secs(15), ["There is no hurry."])
                .hook(interviewer)
        })
        // Two seconds and a half of thinking, and nobody says a word.
        .user(2.0, "i used to work at")
        .user(5.5, "a bakery in the old town and")
        // Thinking for longer than it may take.
        .user(19.0, "i baked the bread there")
        .user(29.0, "to get up at three every morning")
        .until(45.0)
        .play();
    expect![[r#"
        0.000s session_started
        0.000s state listening
        0.000s reply_text "What did you do?"
        0.000s state speaking
        0.100s reply_started 1
        0.800s reply_finished "What did you do?"
        0.800s state listening
        2.060s speech_started
        3.180s speech_stopped
        3.280s user_final "i used to work at"
        5.560s speech_started
        7.080s speech_stopped
        7.180s user_final "a bakery in the old town and"
        10.880s state processing
        10.880s user_turn "i used to work at a bakery in the old town and" (silence, 4000 ms)
        10.880s user_turn_held "i used to work at a bakery in the old town and"
        10.880s reply_text "Take your time."
        10.880s state speaking
        10.900s reply_started 2
        10.900s turn_timing 4000 = endpointing 4000
        11.500s reply_finished "Take your time."
        11.500s state listening
        19.060s speech_started
        20.180s speech_stopped
        20.280s user_final "i baked the bread there"
        23.980s state processing
        23.980s user_turn "i used to work at a bakery in the old town and i baked the bread there" (silence, 4000 ms)
        23.980s reply_text "Thank you."
        23.980s reply_text "What was hard about it?"
        23.980s state speaking
        24.000s reply_started 3
        24.000s turn_timing 4000 = endpointing 4000
        25.400s reply_finished "Thank you. What was hard about it?"
        25.400s state listening
        29.060s speech_started
        30.580s speech_stopped
        30.680s user_final "to get up at three every morning"
        34.380s state processing
        34.380s user_turn "to get up at three every morning" (silence, 4000 ms)
        34.380s reply_text "Thank you, that was the last question."
        34.380s reply_text "Goodbye."
        34.380s state speaking
        34.400s reply_started 4
        34.400s turn_timing 4000 = endpointing 4000
        36.000s reply_finished "Thank you, that was the last question. Goodbye."
        36.000s state listening
        36.000s state closed
        36.000s session_ended agent_ended
    "#]].assert_eq(&played.log());
}
