//! Conversations with a model that is ears, mind and voice in one.

use std::time::Duration;

use async_trait::async_trait;
use expect_test::{Expect, expect};
use rooh_core::event::{EventKind, SessionEnd};
use rooh_core::floor::{Endpointing, Patience};
use rooh_core::hook::{Hook, ToolAction, TurnAction};
use rooh_core::llm::{Message, ToolCall};
use rooh_core::realtime::UserWords;
use rooh_core::registry::Registry;
use rooh_core::session::{Command, PushToTalk, SessionContext};
use rooh_core::tool::{Tool, ToolSpec};
use rooh_core::{Agent, Error, ErrorKind};
use rooh_testkit::scenario::Scenario;
use rooh_testkit::{Reply, ScriptedLlm, ScriptedRealtime, ToneStt, ToneTts, scenario};
use serde_json::{Value, json};

const LONG: &str =
    "We are open every day from nine to five. On Sundays we open at ten. Please call before you come.";

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn broken() -> Error {
    Error::new(ErrorKind::Network, "the connection broke")
}

/// Plays a scenario with a model, and compares what happened and what the model was told.
fn check(model: &ScriptedRealtime, scenario: Scenario, log: Expect, told: Expect) {
    log.assert_eq(&scenario.realtime(model.clone()).play().log());
    told.assert_eq(&model.told().join("\n"));
}

#[test]
fn a_question_is_answered() {
    let model = ScriptedRealtime::new(["It is nine."]);
    check(
        &model,
        scenario("s2s").user(0.5, "what time is it"),
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.080s state processing
            2.080s user_turn "what time is it" (complete, 800 ms)
            2.080s user_final "what time is it"
            2.080s reply_text "It is nine."
            2.080s state speaking
            2.100s reply_started 1
            2.100s turn_timing 800 = endpointing 800
            2.700s reply_finished "It is nine."
            2.700s state listening
            7.300s state closed
            7.300s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn"#]],
    );
}

#[test]
fn a_thinking_pause_is_not_answered() {
    let model = ScriptedRealtime::new(["Tell me more."]);
    let scenario = scenario("patience").user(0.5, "i used to work at").user(2.3, "a bakery");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.680s speech_stopped
            2.360s speech_started
            2.880s speech_stopped
            3.655s state processing
            3.655s user_turn "i used to work at a bakery" (silence, 975 ms)
            3.655s user_final "i used to work at a bakery"
            3.655s reply_text "Tell me more."
            3.655s state speaking
            3.700s reply_started 1
            3.700s turn_timing 980 = endpointing 975 + playout 5
            4.300s reply_finished "Tell me more."
            4.300s state listening
            8.700s state closed
            8.700s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn"#]],
    );
}

#[test]
fn patience_is_kept_with_a_model_that_judges_turns_itself() {
    // It would answer after 300 ms; what it began in the pause is never heard.
    let model = ScriptedRealtime::new(["Where was that?", "Tell me more."]).judging_turns(ms(300));
    let scenario = scenario("its own judgement").user(0.5, "i used to work at").user(2.0, "a bakery");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.680s speech_stopped
            1.800s user_final "i used to work at"
            2.060s speech_started
            2.580s speech_stopped
            2.700s user_final "a bakery"
            2.965s state processing
            2.965s user_turn "i used to work at a bakery" (complete, 585 ms)
            2.965s reply_text "Tell me more."
            2.965s state speaking
            3.000s reply_started 1
            3.000s turn_timing 600 = endpointing 585 + playout 15
            3.600s reply_finished "Tell me more."
            3.600s state listening
            8.400s state closed
            8.400s session_ended user_left
        "#]],
        expect!["interrupt 1 at 0 ms"],
    );
}

#[test]
fn the_shortest_wait_holds_a_reply_back_that_is_there() {
    let model = ScriptedRealtime::new(["It is nine."]).judging_turns(ms(100));
    let scenario =
        scenario("interview").with(|agent| agent.patience(Patience::INTERVIEW)).user(0.5, "what time is it");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.400s user_final "what time is it"
            1.480s speech_stopped
            2.720s state processing
            2.720s user_turn "what time is it" (complete, 1440 ms)
            2.720s reply_text "It is nine."
            2.720s state speaking
            2.800s reply_started 1
            2.800s turn_timing 1440 = endpointing 1440
            3.400s reply_finished "It is nine."
            3.400s state listening
            7.300s state closed
            7.300s session_ended user_left
        "#]],
        expect![[""]],
    );
}

#[test]
fn a_set_silence_is_kept() {
    let model = ScriptedRealtime::new(["It is nine."]);
    let scenario = scenario("silence")
        .with(|agent| agent.silence_duration(ms(2000)).endpointing(Endpointing::Acoustic))
        .user(0.5, "what time is it");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            3.280s state processing
            3.280s user_turn "what time is it" (silence, 2000 ms)
            3.280s user_final "what time is it"
            3.280s reply_text "It is nine."
            3.280s state speaking
            3.300s reply_started 1
            3.300s turn_timing 2000 = endpointing 2000
            3.900s reply_finished "It is nine."
            3.900s state listening
            7.300s state closed
            7.300s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn"#]],
    );
}

#[test]
fn speech_that_lasts_cuts_the_model_off_and_it_is_told_what_was_heard() {
    let model = ScriptedRealtime::new([LONG, "From nine."]);
    let scenario = scenario("barge-in").user(0.5, "when are you open").user(4.0, "and on mondays please");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s user_final "when are you open"
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
            5.580s state processing
            5.580s user_turn "and on mondays please" (complete, 800 ms)
            5.580s user_final "and on mondays please"
            5.580s reply_text "From nine."
            5.580s state speaking
            5.600s reply_started 2
            5.600s turn_timing 800 = endpointing 800
            6.000s reply_finished "From nine."
            6.000s state listening
            10.800s state closed
            10.800s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn
            start_turn
            interrupt 1 at 2120 ms
            end_turn"#]],
    );
}

#[test]
fn a_backchannel_does_not_cut_the_model_off_and_is_no_turn() {
    let model = ScriptedRealtime::new(["We are open every day from nine to five.", "From nine."]);
    let scenario = scenario("backchannel")
        .user(0.5, "when are you open")
        .user(2.6, "yeah")
        .user(6.0, "and on mondays please");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s user_final "when are you open"
            2.080s reply_text "We are open every day from nine to five."
            2.080s state speaking
            2.100s reply_started 1
            2.100s turn_timing 800 = endpointing 800
            2.660s speech_started
            2.980s speech_stopped
            4.000s reply_finished "We are open every day from nine to five."
            4.000s state listening
            6.060s speech_started
            6.980s speech_stopped
            7.580s state processing
            7.580s user_turn "and on mondays please" (complete, 800 ms)
            7.580s user_final "and on mondays please"
            7.580s reply_text "From nine."
            7.580s state speaking
            7.600s reply_started 2
            7.600s turn_timing 800 = endpointing 800
            8.000s reply_finished "From nine."
            8.000s state listening
            12.800s state closed
            12.800s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn
            start_turn
            drop_turn
            start_turn
            end_turn"#]],
    );
}

#[test]
fn a_backchannel_is_not_answered_by_a_model_that_judges_turns_itself() {
    let model = ScriptedRealtime::new(["We are open every day from nine to five.", "What?", "From nine."])
        .judging_turns(ms(300));
    let scenario = scenario("backchannel")
        .user(0.5, "when are you open")
        .user(2.6, "yeah")
        .user(7.0, "and on mondays please");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            1.600s user_final "when are you open"
            1.760s state processing
            1.760s user_turn "when are you open" (complete, 480 ms)
            1.760s reply_text "We are open every day from nine to five."
            1.760s state speaking
            1.800s reply_started 1
            1.800s turn_timing 480 = endpointing 480
            2.660s speech_started
            2.980s speech_stopped
            3.100s user_final "yeah"
            3.600s reply_finished "We are open every day from nine to five."
            3.600s state listening
            7.060s speech_started
            7.980s speech_stopped
            8.100s user_final "and on mondays please"
            8.260s state processing
            8.260s user_turn "and on mondays please" (complete, 480 ms)
            8.260s reply_text "From nine."
            8.260s state speaking
            8.300s reply_started 2
            8.300s turn_timing 480 = endpointing 480
            8.700s reply_finished "From nine."
            8.700s state listening
            13.800s state closed
            13.800s session_ended user_left
        "#]],
        expect!["interrupt 2 at 0 ms"],
    );
}

#[test]
fn without_barge_in_the_reply_is_finished() {
    let model = ScriptedRealtime::new(["We are open every day from nine to five.", "From nine."]);
    let scenario = scenario("no barge-in")
        .with(|agent| agent.barge_in(false))
        .user(0.5, "when are you open")
        .user(2.6, "and on mondays please");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s user_final "when are you open"
            2.080s reply_text "We are open every day from nine to five."
            2.080s state speaking
            2.100s reply_started 1
            2.100s turn_timing 800 = endpointing 800
            2.660s speech_started
            3.580s speech_stopped
            3.900s reply_finished "We are open every day from nine to five."
            3.900s state listening
            4.180s state processing
            4.180s user_turn "and on mondays please" (complete, 800 ms)
            4.180s user_final "and on mondays please"
            4.180s reply_text "From nine."
            4.180s state speaking
            4.200s reply_started 2
            4.200s turn_timing 800 = endpointing 800
            4.600s reply_finished "From nine."
            4.600s state listening
            9.400s state closed
            9.400s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn
            start_turn
            end_turn"#]],
    );
}

#[test]
fn who_goes_on_before_the_answer_is_heard_takes_the_turn_back() {
    let model = ScriptedRealtime::new(["Which day?", "From nine."]).thinks(ms(1500));
    let scenario = scenario("taken back").user(0.5, "when are you open").user(2.5, "on mondays");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s user_final "when are you open"
            2.560s speech_started
            2.700s reply_taken_back
            2.700s state listening
            3.080s speech_stopped
            3.660s state processing
            3.660s user_turn "when are you open on mondays" (complete, 780 ms)
            3.660s user_final "on mondays"
            5.160s reply_text "From nine."
            5.160s state speaking
            5.200s reply_started 2
            5.200s turn_timing 2280 = endpointing 780 + llm 1500
            5.600s reply_finished "From nine."
            5.600s state listening
            8.900s state closed
            8.900s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn
            start_turn
            interrupt 1 at 0 ms
            end_turn"#]],
    );
}

#[test]
fn a_turn_that_the_model_takes_for_one_and_the_floor_for_two_has_each_word_once() {
    // The floor is done after 200 ms, the model after a second.
    let model = ScriptedRealtime::new(["From nine."]).judging_turns(ms(1000));
    let scenario = scenario("one turn of the model")
        .with(|agent| agent.patience(Patience::new(ms(200), ms(200), ms(400))))
        .user(0.5, "when are you open")
        .user(1.8, "on mondays");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            1.480s state processing
            1.480s user_turn "when are you open" (complete, 200 ms)
            1.860s speech_started
            2.000s reply_taken_back
            2.000s state listening
            2.380s speech_stopped
            2.380s state processing
            2.380s user_turn "when are you open on mondays" (complete, 200 ms)
            3.200s user_final "when are you open on mondays"
            3.200s reply_text "From nine."
            3.200s state speaking
            3.300s reply_started 2
            3.300s turn_timing 1020 = endpointing 200 + llm 820
            3.600s reply_finished "From nine."
            3.600s state listening
            8.200s state closed
            8.200s session_ended user_left
        "#]],
        expect![[""]],
    );
}

#[derive(Debug)]
struct Lookup;

#[async_trait]
impl Tool for Lookup {
    fn spec(&self) -> ToolSpec {
        ToolSpec::new("look_up", "Looks something up.")
    }

    async fn call(&self, arguments: Value, _: &SessionContext) -> rooh_core::Result<Value> {
        tokio::time::sleep(ms(400)).await;
        Ok(json!({ "found": arguments["what"] }))
    }
}

#[test]
fn a_tool_is_called_and_its_result_is_spoken_of() {
    let call = Reply::text("One moment.").call("look_up", json!({ "what": "bread" }));
    let model = ScriptedRealtime::new([call, Reply::text("There is bread.")]);
    let scenario =
        scenario("tool").with(|agent| agent.tool(Lookup)).user(0.5, "do you have bread").user(6.0, "thanks");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.280s state processing
            2.280s user_turn "do you have bread" (silence, 1000 ms)
            2.280s user_final "do you have bread"
            2.280s reply_text "One moment."
            2.280s tool_called look_up {"what":"bread"}
            2.280s state speaking
            2.300s reply_started 1
            2.300s turn_timing 1000 = endpointing 1000
            2.680s tool_returned look_up {"found":"bread"}
            2.680s reply_text "There is bread."
            3.300s reply_finished "One moment. There is bread."
            3.300s state listening
            6.060s speech_started
            6.380s speech_stopped
            6.444s state processing
            6.444s user_turn "thanks" (complete, 264 ms)
            6.444s user_final "thanks"
            6.444s reply_text "There is bread."
            6.444s state speaking
            6.500s reply_started 2
            6.500s turn_timing 280 = endpointing 264 + playout 16
            7.100s reply_finished "There is bread."
            7.100s state listening
            12.200s state closed
            12.200s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn
            tool_result call-1-0 {"found":"bread"}
            start_turn
            end_turn"#]],
    );
}

struct Denies;

#[async_trait]
impl Hook for Denies {
    async fn on_tool_call(&self, _: &ToolCall, _: &SessionContext) -> rooh_core::Result<ToolAction> {
        Ok(ToolAction::Deny("not today".to_owned()))
    }
}

#[test]
fn a_hook_denies_a_tool_call() {
    let call = Reply::text("").call("look_up", json!({}));
    let model = ScriptedRealtime::new([call, Reply::text("Not today.")]);
    let scenario =
        scenario("denied").with(|agent| agent.tool(Lookup).hook(Denies)).user(0.5, "do you have bread");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.280s state processing
            2.280s user_turn "do you have bread" (silence, 1000 ms)
            2.280s user_final "do you have bread"
            2.280s tool_called look_up {}
            2.280s tool_returned look_up {"denied":"not today"} failed
            2.280s reply_text "Not today."
            2.280s state speaking
            2.300s reply_started 1
            2.300s turn_timing 1000 = endpointing 1000
            2.700s reply_finished "Not today."
            2.700s state listening
            7.300s state closed
            7.300s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn
            tool_result call-1-0 {"denied":"not today"}"#]],
    );
}

#[test]
fn a_hook_may_hold_the_turn() {
    let model = ScriptedRealtime::new(["A bakery."]);
    let scenario = scenario("held")
        .with(|agent| {
            agent.on_user_turn(|turn, _| async move {
                Ok(if turn.held == 0 { TurnAction::Hold { filler: None } } else { TurnAction::Reply })
            })
        })
        .user(0.5, "when are you open")
        .user(5.0, "on mondays");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s user_turn_held "when are you open"
            2.080s state listening
            5.060s speech_started
            5.580s speech_stopped
            6.180s state processing
            6.180s user_turn "when are you open when are you open on mondays" (complete, 800 ms)
            6.180s user_final "when are you open on mondays"
            6.180s reply_text "A bakery."
            6.180s state speaking
            6.200s reply_started 2
            6.200s turn_timing 800 = endpointing 800
            6.600s reply_finished "A bakery."
            6.600s state listening
            11.400s state closed
            11.400s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn"#]],
    );
}

#[test]
fn what_a_hook_answers_the_model_does_not() {
    let model = ScriptedRealtime::new(["From nine."]);
    let scenario = scenario("answered by a hook")
        .with(|agent| {
            agent.tts(ToneTts::new()).on_user_turn(|_, _| async { Ok(TurnAction::Say("No.".to_owned())) })
        })
        .user(0.5, "when are you open");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s reply_text "No."
            2.080s state speaking
            2.100s reply_started 1
            2.100s turn_timing 800 = endpointing 800
            2.300s reply_finished "No."
            2.300s state listening
            7.300s state closed
            7.300s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            drop_turn"#]],
    );
}

#[test]
fn a_connection_that_breaks_before_the_answer_is_made_again_and_goes_on() {
    let model =
        ScriptedRealtime::new([Reply::text("").fails(broken()), Reply::text("From nine.")]).resumable();
    let scenario = scenario("resumed").user(0.5, "when are you open").user(6.0, "thanks");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s user_final "when are you open"
            2.080s error the connection broke
            2.180s reply_text "From nine."
            2.180s state speaking
            2.200s reply_started 1
            2.200s turn_timing 900 = endpointing 800 + llm 100
            2.600s reply_finished "From nine."
            2.600s state listening
            6.060s speech_started
            6.380s speech_stopped
            6.444s state processing
            6.444s user_turn "thanks" (complete, 264 ms)
            6.444s user_final "thanks"
            6.444s reply_text "From nine."
            6.444s state speaking
            6.500s reply_started 2
            6.500s turn_timing 280 = endpointing 264 + playout 16
            6.900s reply_finished "From nine."
            6.900s state listening
            12.200s state closed
            12.200s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn
            end_turn
            start_turn
            end_turn"#]],
    );
    let resumed: Vec<_> = model.requests().into_iter().map(|request| request.resume).collect();
    assert_eq!(resumed, [None, Some("token-1".to_owned())]);
}

#[test]
fn a_connection_that_breaks_while_a_tool_runs_is_told_its_result() {
    let call = Reply::text("One moment.").call("look_up", json!({ "what": "bread" }));
    for is_resumable in [false, true] {
        let model = ScriptedRealtime::new([call.clone(), Reply::text("There is bread.")]).breaks_at(ms(2500));
        let model = if is_resumable { model.resumable() } else { model };
        let played = scenario("tool and break")
            .realtime(model.clone())
            .with(|agent| agent.tool(Lookup))
            .user(0.5, "do you have bread")
            .play();
        assert_eq!(played.words_heard(), "One moment. There is bread.", "{}", played.log());
        let requests = model.requests();
        assert_eq!(requests.len(), 2, "{}", played.log());
        let knows = requests[1].messages.iter().any(
            |message| matches!(message, Message::ToolResult { output, .. } if output["found"] == "bread"),
        );
        let told = model.told();
        let last = told.last().expect("it was told something");
        if is_resumable {
            assert_eq!(last, "tool_result call-1-0 {\"found\":\"bread\"}");
        } else {
            assert!(knows, "{:?}", requests[1].messages);
            assert_eq!(last, "end_turn");
        }
    }
}

#[test]
fn a_reply_that_is_longer_than_what_may_wait_is_heard_to_its_end() {
    let many = "word ".repeat(700) + "end";
    let model = ScriptedRealtime::new([many.as_str()]);
    let played = scenario("long").realtime(model).user(0.5, "when are you open").until(150.0).play();
    assert!(played.words_heard().ends_with("word end"), "{}", played.log());
    assert_eq!(played.words_heard().split_whitespace().count(), 701);
}

#[test]
fn a_connection_that_breaks_in_an_answer_is_told_what_was_said() {
    let replies = [Reply::text("We are open from nine.").fails(broken()), Reply::text("Yes.")];
    let model = ScriptedRealtime::new(replies).rate(2.0);
    let scenario = scenario("not resumable").user(0.5, "when are you open").user(6.0, "really");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s user_final "when are you open"
            2.100s state speaking
            2.200s reply_started 1
            2.200s turn_timing 820 = endpointing 800 + tts 10 + playout 10
            2.380s reply_text "We are open from"
            2.580s error the connection broke
            2.580s reply_text "nine."
            3.100s reply_finished "We are open"
            3.100s state listening
            6.060s speech_started
            6.380s speech_stopped
            7.180s state processing
            7.180s user_turn "really" (silence, 1000 ms)
            7.180s user_final "really"
            7.200s state speaking
            7.280s reply_text "Yes."
            7.300s reply_started 2
            7.300s turn_timing 1020 = endpointing 1000 + clause 20
            7.400s reply_finished "Yes."
            7.400s state listening
            12.200s state closed
            12.200s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn
            start_turn
            end_turn"#]],
    );
    let requests = model.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].resume, None);
    assert!(matches!(&requests[1].messages[0], Message::User(text) if text == "when are you open"));
}

#[test]
fn a_connection_that_is_refused_ends_the_session() {
    let refused = || Reply::text("").fails(Error::new(ErrorKind::Auth, "the key was refused"));
    let model = ScriptedRealtime::new([refused()]);
    let played = scenario("refused").realtime(model).user(0.5, "hello").play();
    assert!(played.log().ends_with("session_ended failed\n"), "{}", played.log());
    // With a voice of its own, the session apologizes first.
    let model = ScriptedRealtime::new([refused()]);
    let apology = scenario("refused").realtime(model).with(|agent| agent.tts(ToneTts::new()));
    let played = apology.user(0.5, "hello").until(12.0).play();
    assert!(played.words_heard().starts_with("Sorry"), "{}", played.log());
    let end = played.find(|event| match event.kind {
        EventKind::SessionEnded { reason } => Some(reason),
        _ => None,
    });
    assert_eq!(end, SessionEnd::Failed);
}

#[test]
fn a_connection_that_breaks_too_often_is_given_up() {
    let model = ScriptedRealtime::new([Reply::text("").fails(broken())]);
    let played = scenario("shaky").realtime(model.clone()).user(0.5, "hello").until(20.0).play();
    assert!(played.log().ends_with("session_ended failed\n"), "{}", played.log());
    assert_eq!(model.requests().len(), 6);
}

#[test]
fn what_comes_faster_than_it_is_heard_is_paced_and_dropped_at_once() {
    let many = "word ".repeat(200);
    let model = ScriptedRealtime::new([many.as_str(), "Sorry about that."]);
    let played = scenario("fast")
        .realtime(model.clone())
        .user(0.5, "when are you open")
        .user(6.0, "please stop now")
        .play();
    let frames: Vec<_> = played.heard.iter().filter(|(generation, _)| *generation == 1).collect();
    let heard: Duration = frames.iter().map(|(_, frame)| frame.duration()).sum();
    let told = model.told();
    let interrupt = told.iter().find(|line| line.starts_with("interrupt")).expect("it was interrupted");
    assert_eq!(*interrupt, format!("interrupt 1 at {} ms", heard.as_millis()));
    // The text is spread over all of the audio, of which the model gave 40 s at once.
    let said = played.find(|event| match &event.kind {
        EventKind::Interrupted { heard, .. } => Some(heard.split_whitespace().count()),
        _ => None,
    });
    assert!(said.abs_diff(heard.as_millis() as usize / 200) <= 1, "{said} words in {heard:?}");
    // The word in which the first reply was cut off may hide the first word of the second.
    assert!(played.words_heard().ends_with("about that."), "{}", played.words_heard());
}

#[test]
fn a_reply_that_never_ends_is_stopped() {
    let many = "word ".repeat(100);
    let model = ScriptedRealtime::new([many.as_str()]).rate(20.0);
    let played = scenario("endless")
        .realtime(model.clone())
        .with(|agent| agent.settings(|settings| settings.longest_reply = 50))
        .user(0.5, "when are you open")
        .play();
    assert!(model.told().last().is_some_and(|line| line.starts_with("interrupt 1")), "{}", played.log());
    assert!(played.words_heard().split_whitespace().count() < 10, "{}", played.words_heard());
}

#[test]
fn a_turn_by_hand_ends_by_hand_alone() {
    for model in [
        ScriptedRealtime::new(["It is nine.", "Nothing."]),
        ScriptedRealtime::new(["It is nine.", "Nothing."]).judging_turns(ms(300)),
    ] {
        let played = scenario("push to talk")
            .realtime(model.clone())
            .with(|agent| agent.endpointing(Endpointing::Manual))
            .command(0.4, Command::PushToTalk(PushToTalk::Pressed))
            .user(0.5, "what time")
            .command(4.0, Command::PushToTalk(PushToTalk::Released))
            .play();
        let started = played.find(|event| match event.kind {
            EventKind::ReplyStarted { .. } => Some(event.at),
            _ => None,
        });
        assert!(started.as_millis() >= 4000, "{}", played.log());
        assert_eq!(played.words_heard(), "It is nine.", "{}", played.log());
    }
}

#[test]
fn words_that_come_after_the_turn_are_put_into_the_history() {
    let model = ScriptedRealtime::new([
        Reply::text("From nine."),
        Reply::text("").fails(broken()),
        Reply::text("You are welcome."),
    ])
    .words(UserWords::AfterTurn);
    let scenario = scenario("late words").user(0.5, "when are you open").user(5.0, "thanks");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.280s state processing
            2.280s user_turn "" (silence, 1000 ms)
            2.280s reply_text "From nine."
            2.280s state speaking
            2.300s reply_started 1
            2.300s turn_timing 1000 = endpointing 1000
            2.480s user_final "when are you open"
            2.700s reply_finished "From nine."
            2.700s state listening
            5.060s speech_started
            5.380s speech_stopped
            6.180s state processing
            6.180s user_turn "" (silence, 1000 ms)
            6.180s error the connection broke
            6.300s error the connection broke, and what the user said is not known
            6.300s state listening
            11.200s state closed
            11.200s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn
            start_turn
            end_turn"#]],
    );
    let asked = model.requests();
    assert!(matches!(&asked[1].messages[0], Message::User(text) if text == "when are you open"));
}

#[test]
fn a_model_without_words_is_answered_and_interrupted_by_sound_alone() {
    let model = ScriptedRealtime::new([LONG, "From nine."]).words(UserWords::Never);
    let scenario = scenario("no words").user(0.5, "when are you open").user(4.0, "and on mondays please");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            2.280s state processing
            2.280s user_turn "" (silence, 1000 ms)
            2.280s reply_text "We are open every day from nine to five."
            2.280s reply_text "On Sundays we open at ten."
            2.280s reply_text "Please call before you come."
            2.280s state speaking
            2.300s reply_started 1
            2.300s turn_timing 1000 = endpointing 1000
            4.060s speech_started
            4.300s state interrupting
            4.300s interrupted at 2000 ms, heard "We are open every day from nine to five. On", unheard "Sundays we open at ten. Please call before you come."
            4.300s state listening
            4.980s speech_stopped
            5.780s state processing
            5.780s user_turn "" (silence, 1000 ms)
            5.780s reply_text "From nine."
            5.780s state speaking
            5.800s reply_started 2
            5.800s turn_timing 1000 = endpointing 1000
            6.200s reply_finished "From nine."
            6.200s state listening
            10.800s state closed
            10.800s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn
            start_turn
            interrupt 1 at 2000 ms
            end_turn"#]],
    );
}

#[test]
fn the_model_greets_and_says_what_it_is_asked_to() {
    let model = ScriptedRealtime::new(["Hello."]);
    let scenario = scenario("greeting")
        .with(|agent| agent.generated_greeting().no_input(Duration::from_secs(3), ["Are you there?"]))
        .until(9.0);
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.000s state processing
            0.000s reply_text "Hello."
            0.000s state speaking
            0.100s reply_started 1
            0.200s reply_finished "Hello."
            0.200s state listening
            3.200s reply_text "Are you there?"
            3.200s state speaking
            3.300s reply_started 2
            3.800s reply_finished "Are you there?"
            3.800s state listening
            6.800s state closed
            6.800s session_ended no_input
        "#]],
        expect![[r#"
            end_turn
            text "Say the following to the user, word for word, and nothing else: Are you there?""#]],
    );
}

#[test]
fn a_voice_says_what_the_session_has_to_say() {
    let model = ScriptedRealtime::new(["From nine."]);
    let scenario = scenario("voice")
        .with(|agent| agent.greeting("Hello.").tts(ToneTts::new()))
        .user(1.5, "when are you open");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.000s reply_text "Hello."
            0.000s state speaking
            0.100s reply_started 1
            0.200s reply_finished "Hello."
            0.200s state listening
            1.560s speech_started
            2.480s speech_stopped
            3.080s state processing
            3.080s user_turn "when are you open" (complete, 800 ms)
            3.080s user_final "when are you open"
            3.080s reply_text "From nine."
            3.080s state speaking
            3.100s reply_started 2
            3.100s turn_timing 800 = endpointing 800
            3.500s reply_finished "From nine."
            3.500s state listening
            8.300s state closed
            8.300s session_ended user_left
        "#]],
        expect![[r#"
            start_turn
            end_turn"#]],
    );
}

#[test]
fn what_is_written_is_answered() {
    let model = ScriptedRealtime::new(["From nine."]);
    let scenario = scenario("written").command(1.0, Command::SendText("when are you open".to_owned()));
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            1.000s user_final "when are you open"
            1.000s state processing
            1.000s user_turn "when are you open" (manual, 0 ms)
            1.000s reply_text "From nine."
            1.000s state speaking
            1.100s reply_started 1
            1.100s turn_timing 0 = 
            1.400s reply_finished "From nine."
            1.400s state listening
            7.000s state closed
            7.000s session_ended user_left
        "#]],
        expect![[r#"text "when are you open""#]],
    );
}

#[test]
fn a_model_that_stalls_is_not_waited_for_for_ever() {
    let model = ScriptedRealtime::new(["From nine."]).thinks(Duration::from_secs(100));
    let played = scenario("stalls").realtime(model).user(0.5, "when are you open").until(40.0).play();
    assert!(played.log().contains("error the model stalled"), "{}", played.log());
    assert!(played.log().ends_with("session_ended user_left\n"), "{}", played.log());
}

#[test]
fn a_duplex_model_speaks_when_it_likes_and_is_never_cut_off() {
    let model = ScriptedRealtime::new(["We are open every day from nine to five.", "From nine."]).duplex();
    let scenario = scenario("duplex").user(0.5, "when are you open").user(2.6, "and on mondays please");
    check(
        &model,
        scenario,
        expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.480s speech_stopped
            1.600s user_final "when are you open"
            1.600s reply_text "We are open every day from nine to five."
            1.620s state speaking
            1.700s reply_started 1
            2.080s state processing
            2.080s user_turn "when are you open" (complete, 800 ms)
            2.080s state speaking
            2.660s speech_started
            3.580s speech_stopped
            3.700s user_final "and on mondays please"
            3.700s reply_text "From nine."
            4.180s state processing
            4.180s user_turn "and on mondays please" (complete, 800 ms)
            4.180s state speaking
            4.900s reply_finished "We are open every day from nine to five. From nine."
            4.900s state listening
            9.400s state closed
            9.400s session_ended user_left
        "#]],
        expect![[""]],
    );
}

#[test]
fn a_speech_to_speech_model_besides_another_ear_or_mind_is_refused() {
    let error = Agent::builder(Registry::empty())
        .realtime(ScriptedRealtime::new(["Hello."]))
        .stt(ToneStt::new())
        .llm(ScriptedLlm::new(["Hello."]))
        .tts(ToneTts::new())
        .build()
        .expect_err("it has two minds");
    let paths: Vec<_> = error.parts().iter().filter_map(|error| error.context("path")).collect();
    assert_eq!(paths, ["stt", "llm"]);
    let error = Agent::builder(Registry::empty()).realtime("acme/voice").build().expect_err("it is unknown");
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
