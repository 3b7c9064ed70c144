//! Pauses, weighed: what shortens and lengthens them, what is prepared in them, and what is taken
//! back.

use std::time::Duration;

use async_trait::async_trait;
use expect_test::expect;
use rooh_core::event::{Event, EventKind};
use rooh_core::floor::{BargeIn, Endpointing, Patience};
use rooh_core::llm::Message;
use rooh_core::turn::{TurnDetector, TurnView};
use rooh_core::{Error, ErrorKind, Result};
use rooh_testkit::scenario::Played;
use rooh_testkit::{Reply, ScriptedLlm, ToneStt, ToneTts, scenario};
use serde_json::json;
use tokio::time::sleep;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The decisions about pauses, one a line.
fn judgements(played: &Played) -> String {
    let line = |event: &Event| match &event.kind {
        EventKind::PauseJudged { pause, judgement, .. } => Some(format!(
            "{} {} of {} ms: {}, audio {:?}, semantic {:?}\n",
            event.at,
            pause.as_millis(),
            judgement.wait.as_millis(),
            judgement.evidence.words.as_str(),
            judgement.evidence.audio,
            judgement.evidence.semantic,
        )),
        EventKind::UserTurn { text, reason, silence } => {
            Some(format!("{} {text:?} {} after {} ms\n", event.at, reason.as_str(), silence.as_millis()))
        }
        EventKind::Failed { error, .. } => Some(format!("{} {error}\n", event.at)),
        _ => None,
    };
    played.events.iter().filter_map(line).collect()
}

/// A judge of the sound who always says the same, after a while.
#[derive(Debug)]
struct Says(f32, Duration);

#[async_trait]
impl TurnDetector for Says {
    async fn completeness(&self, view: TurnView) -> Result<f32> {
        assert!(!view.audio.is_empty(), "a judge of the sound gets to hear it");
        sleep(self.1).await;
        Ok(self.0)
    }
}

#[test]
fn a_sound_that_is_an_end_shortens_the_pause_and_one_that_is_none_lengthens_it() {
    let pause = |detector: Says| {
        scenario("sound").with(|agent| agent.turn_detector(detector)).user(0.5, "a table for two on").play()
    };
    expect![[r#"
        1.680s 200 of 5000 ms: open, audio None, semantic None
        6.480s "a table for two on" silence after 5000 ms
    "#]]
    .assert_eq(&judgements(&pause(Says(0.95, ms(40)))));
    expect![[r#"
        1.680s 200 of 5000 ms: open, audio None, semantic None
        6.480s "a table for two on" silence after 5000 ms
    "#]]
    .assert_eq(&judgements(&pause(Says(0.05, ms(40)))));
}

#[test]
fn a_judge_that_hangs_panics_or_answers_nonsense_is_done_without_and_told_once() {
    async fn hangs() -> Result<f32> {
        sleep(Duration::from_secs(3600)).await;
        Ok(1.0)
    }
    let two_turns = || scenario("judge").user(0.5, "what time is it").user(5.0, "and what day is it");
    let played = two_turns().with(|agent| agent.patience(ms(1500)).completeness(|_| hangs())).play();
    expect![[r#"
        1.480s 200 of 1200 ms: closed, audio None, semantic None
        2.480s "what time is it" complete after 1200 ms
        6.180s 200 of 1500 ms: neutral, audio None, semantic None
        7.180s the judge of a pause did not answer (after: 1000 ms)
        7.480s "and what day is it" silence after 1500 ms
    "#]]
    .assert_eq(&judgements(&played));
    let played = two_turns().with(|agent| agent.completeness(|_| async { panic!("on purpose") })).play();
    expect![[r#"
        1.480s 200 of 800 ms: closed, audio None, semantic None
        1.480s the judge of a pause panicked
        2.080s "what time is it" complete after 800 ms
        6.180s 200 of 1000 ms: neutral, audio None, semantic None
        6.980s "and what day is it" silence after 1000 ms
    "#]]
    .assert_eq(&judgements(&played));
    let played = two_turns().with(|agent| agent.completeness(|_| async { Ok(f32::NAN) })).play();
    expect![[r#"
        1.480s 200 of 800 ms: closed, audio None, semantic None
        1.480s the judge of a pause answered with no probability (answer: NaN)
        2.080s "what time is it" complete after 800 ms
        6.180s 200 of 1000 ms: neutral, audio None, semantic None
        6.980s "and what day is it" silence after 1000 ms
    "#]]
    .assert_eq(&judgements(&played));
    let failing = || async { Err(Error::new(ErrorKind::Auth, "no key")) };
    let played = two_turns().with(move |agent| agent.completeness(move |_| failing())).play();
    expect![[r#"
        1.480s 200 of 800 ms: closed, audio None, semantic None
        1.480s no key
        2.080s "what time is it" complete after 800 ms
        6.180s 200 of 1000 ms: neutral, audio None, semantic None
        6.980s "and what day is it" silence after 1000 ms
    "#]]
    .assert_eq(&judgements(&played));
}

#[test]
fn a_language_model_that_is_asked_sees_the_words_and_the_question() {
    let played = scenario("semantic")
        .with(|agent| {
            agent.endpointing(Endpointing::Semantic).greeting("Where to?").completeness(
                |view: TurnView| async move {
                    assert_eq!(view.agent, "Where to?");
                    assert!(view.audio.is_empty());
                    sleep(ms(120)).await;
                    Ok(if view.text.ends_with("paris") { 0.9 } else { 0.1 })
                },
            )
        })
        .user(2.0, "a flight from berlin")
        .user(4.2, "to paris")
        .play();
    expect![[r#"
        2.980s 200 of 1000 ms: neutral, audio None, semantic None
        3.100s 320 of 3000 ms: unknown, audio None, semantic Some(0.1)
        4.780s 200 of 1475 ms: neutral, audio None, semantic None
        4.900s 320 of 590 ms: unknown, audio None, semantic Some(0.9)
        5.170s "a flight from berlin to paris" complete after 590 ms
    "#]]
    .assert_eq(&judgements(&played));
}

#[test]
fn a_manual_turn_ends_when_somebody_says_so() {
    let played = scenario("manual")
        .with(|agent| agent.endpointing(Endpointing::Manual))
        .user(0.5, "what time is it")
        .command(9.0, rooh_core::session::Command::Commit)
        .play();
    expect![[r#"
        9.000s "what time is it" manual after 0 ms
    "#]]
    .assert_eq(&judgements(&played));
}

#[test]
fn an_answer_that_was_prepared_is_heard_as_soon_as_the_end_is_certain() {
    let llm = || ScriptedLlm::new(["It is nine."]).first_token(ms(300));
    let plain = scenario("not eager").llm(llm()).user(0.5, "what time is it").play();
    let eager =
        scenario("eager").llm(llm()).with(|agent| agent.eager(true)).user(0.5, "what time is it").play();
    expect![[r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        1.480s speech_stopped
        1.530s user_final "what time is it"
        1.600s reply_prepared
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
    "#]]
    .assert_eq(&eager.log());
    let gap = |played: &Played| {
        played.find(|event| match &event.kind {
            EventKind::TurnTimed(timing) => Some(timing.gap()),
            _ => None,
        })
    };
    assert!(gap(&eager) + ms(250) <= gap(&plain), "{:?} and {:?}", gap(&eager), gap(&plain));
    assert_eq!(eager.words_heard(), plain.words_heard());
    assert_eq!(eager.requests.len(), 1);
}

#[test]
fn what_was_prepared_for_half_a_turn_is_thrown_away_and_nobody_heard_of_it() {
    let played = scenario("discarded")
        .llm(ScriptedLlm::new(["It is nine."]).first_token(ms(100)))
        .with(|agent| agent.eager(true))
        .user(0.5, "what time is it")
        .user(1.7, "in tokyo")
        .play();
    expect![[r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        1.480s speech_stopped
        1.530s user_final "what time is it"
        1.600s reply_prepared
        1.760s speech_started
        1.760s reply_discarded
        2.280s speech_stopped
        2.330s user_final "in tokyo"
        2.392s reply_prepared
        2.860s state processing
        2.860s user_turn "what time is it in tokyo" (complete, 780 ms)
        2.860s reply_text "It is nine."
        2.860s state speaking
        2.900s reply_started 2
        2.900s turn_timing 780 = endpointing 780
        3.500s reply_finished "It is nine."
        3.500s state listening
        8.100s state closed
        8.100s session_ended user_left
    "#]]
    .assert_eq(&played.log());
    let last = played.requests.last().expect("it was asked");
    let users = last.messages.iter().filter(|message| matches!(message, Message::User(_))).count();
    assert_eq!(users, 1, "half a turn left a trace in {:?}", last.messages);
}

#[test]
fn a_tool_waits_until_the_end_is_certain() {
    let played = scenario("tool")
        .with(|agent| agent.eager(true))
        .user(0.5, "what time is it")
        .agent(Reply::text("One moment.").call("clock", json!({})))
        .agent("It is nine.")
        .play();
    expect![[r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        1.480s speech_stopped
        1.530s user_final "what time is it"
        1.600s reply_prepared
        2.080s state processing
        2.080s user_turn "what time is it" (complete, 800 ms)
        2.080s reply_text "One moment."
        2.080s tool_called clock {}
        2.080s tool_returned clock {"error":"no tool is named \"clock\"","tools":[]} failed
        2.080s state speaking
        2.080s reply_text "It is nine."
        2.100s reply_started 1
        2.100s turn_timing 800 = endpointing 800
        3.100s reply_finished "One moment. It is nine."
        3.100s state listening
        7.300s state closed
        7.300s session_ended user_left
    "#]]
    .assert_eq(&played.log());
}

#[test]
fn going_on_into_the_first_sound_of_the_answer_takes_it_back() {
    let played = scenario("taken back while heard")
        .user(0.5, "what time is it")
        .user(2.1, "in tokyo")
        .agent("In Berlin it is nine, and in London it is eight.")
        .play();
    expect![[r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        1.480s speech_stopped
        1.530s user_final "what time is it"
        2.080s state processing
        2.080s user_turn "what time is it" (complete, 800 ms)
        2.080s reply_text "In Berlin it is nine, and in London it is eight."
        2.080s state speaking
        2.100s reply_started 1
        2.100s turn_timing 800 = endpointing 800
        2.160s speech_started
        2.500s reply_taken_back
        2.500s state listening
        2.680s speech_stopped
        2.730s user_final "in tokyo"
        3.260s state processing
        3.260s user_turn "what time is it in tokyo" (complete, 780 ms)
        3.260s reply_text "In Berlin it is nine, and in London it is eight."
        3.260s state speaking
        3.300s reply_started 2
        3.300s turn_timing 780 = endpointing 780
        5.500s reply_finished "In Berlin it is nine, and in London it is eight."
        5.500s state listening
        8.500s state closed
        8.500s session_ended user_left
    "#]]
    .assert_eq(&played.log());
    let last = played.requests.last().expect("it was asked");
    expect![[r#"[User("what time is it in tokyo")]"#]].assert_eq(&format!("{:?}", last.messages));
}

#[test]
fn the_interviewer_waits_three_seconds_and_a_quick_agent_does_not() {
    let silence = |patience: Patience| {
        let played = scenario("patience")
            .with(move |agent| agent.patience(patience))
            .user(0.5, "a table for two")
            .play();
        played.find(|event| match event.kind {
            EventKind::UserTurn { silence, .. } => Some(silence),
            _ => None,
        })
    };
    assert!(silence(Patience::QUICK) < silence(Patience::NORMAL));
    assert!(silence(Patience::NORMAL) < silence(Patience::budget(2.0)));
    assert!(silence(Patience::INTERVIEW) >= ms(3000));
}

const LONG: &str = "We are open every day from nine to five. On Sundays we open at ten.";

#[test]
fn a_backchannel_is_ducked_for_and_the_reply_goes_on_where_it_was() {
    let played = scenario("backchannel")
        .with(|agent| agent.stt(ToneStt::new()))
        .user(0.5, "when are you open")
        .agent(LONG)
        .user(3.5, "yeah okay")
        .play();
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
        2.080s state speaking
        2.100s reply_started 1
        2.100s turn_timing 800 = endpointing 800
        3.560s speech_started
        4.080s speech_stopped
        4.130s user_final "yeah okay"
        5.300s reply_finished "We are open every day from nine to five. On Sundays we open at ten."
        5.300s state listening
        9.900s state closed
        9.900s session_ended user_left
    "#]]
    .assert_eq(&played.log());
    assert_eq!(played.words_heard(), LONG);
}

#[test]
fn a_soft_fade_comes_back_after_a_short_word_and_not_after_a_long_one() {
    let overlap = |words: &'static str| {
        scenario("soft fade")
            .with(|agent| agent.barge_in_mode(BargeIn::SoftFade).stt(ToneStt::new().without_partials()))
            .user(0.5, "when are you open")
            .agent(LONG)
            .user(3.5, words)
            .play()
    };
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
        2.080s state speaking
        2.100s reply_started 1
        2.100s turn_timing 800 = endpointing 800
        3.560s speech_started
        4.280s speech_stopped
        4.330s user_final "yeah yeah okay"
        5.200s reply_finished "We are open every day from nine to five. On Sundays we open at ten."
        5.200s state listening
        10.100s state closed
        10.100s session_ended user_left
    "#]]
    .assert_eq(&overlap("yeah yeah okay").log());
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
        2.080s state speaking
        2.100s reply_started 1
        2.100s turn_timing 800 = endpointing 800
        3.560s speech_started
        5.520s state interrupting
        5.520s interrupted at 2100 ms, heard "We are open every day from nine to five. On", unheard "Sundays we open at ten."
        5.520s state listening
        6.080s speech_stopped
        6.130s user_final "i would like to know about mondays and tuesdays in the summer"
        6.880s state processing
        6.880s user_turn "i would like to know about mondays and tuesdays in the summer" (silence, 1000 ms)
        6.880s reply_text "We are open every day from nine to five."
        6.880s reply_text "On Sundays we open at ten."
        6.880s state speaking
        6.900s reply_started 2
        6.900s turn_timing 1000 = endpointing 1000
        9.900s reply_finished "We are open every day from nine to five. On Sundays we open at ten."
        9.900s state listening
        11.900s state closed
        11.900s session_ended user_left
    "#]]
        .assert_eq(&overlap("i would like to know about mondays and tuesdays in the summer").log());
}

#[test]
fn an_agent_that_hears_itself_is_not_interrupted() {
    let played = scenario("echo")
        .with(|agent| agent.tts(ToneTts::new().word_times()))
        .user(0.5, "when are you open")
        .agent(LONG)
        .user(3.6, "every day from nine to five")
        .play();
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
        2.080s state speaking
        2.100s reply_started 1
        2.100s turn_timing 800 = endpointing 800
        3.660s speech_started
        4.980s speech_stopped
        5.030s user_final "every day from nine to five"
        5.400s reply_finished "We are open every day from nine to five. On Sundays we open at ten."
        5.400s state listening
        10.800s state closed
        10.800s session_ended user_left
    "#]]
    .assert_eq(&played.log());
}
