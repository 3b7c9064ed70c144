//! Several language models in the place of one: who answers when one fails, and what is heard.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use expect_test::expect;
use rooh_core::event::EventKind;
use rooh_core::layer::{Deadline, Deadlines, Fallback, MOST_FAILURES, REST};
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason, ToolCall};
use rooh_core::registry::Registry;
use rooh_core::session::Command;
use rooh_core::session::SessionContext;
use rooh_core::stream::Events;
use rooh_core::tool::{Tool, ToolSpec};
use rooh_core::{Agent, Error, ErrorKind, Result};
use rooh_testkit::contract::LlmSubject;
use rooh_testkit::scenario::Played;
use rooh_testkit::{Noise, Reply, ScriptedLlm, scenario};
use serde_json::{Value, json};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, "it went wrong")
}

fn failing(kind: ErrorKind) -> ScriptedLlm {
    ScriptedLlm::new([Reply::text("").fails(error(kind))])
}

fn spare() -> ScriptedLlm {
    ScriptedLlm::new(["We open at nine."]).first_token(Duration::from_millis(200))
}

fn paused<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing that could be missing")
        .block_on(work)
}

fn request() -> LlmRequest {
    LlmRequest { messages: vec![Message::user("when do you open")], ..LlmRequest::default() }
}

/// What an answer comes to: who was told to answer, its text, and how it ended.
async fn answer(llm: &dyn LlmProvider) -> (Option<String>, String, Result<()>) {
    let (mut provider, mut text) = (None, String::new());
    let mut events = llm.chat(request());
    while let Some(event) = events.next().await {
        match event {
            Ok(LlmEvent::Answering { provider: name, .. }) => provider = Some(name.to_string()),
            Ok(LlmEvent::Text(piece)) => text.push_str(&piece),
            Ok(_) => {}
            Err(error) => return (provider, text, Err(error)),
        }
    }
    (provider, text, Ok(()))
}

async fn who(llm: &dyn LlmProvider) -> String {
    answer(llm).await.0.unwrap_or_default()
}

/// One turn whose first model is `first`, and the lines of it from the end of the turn on.
fn turn(first: ScriptedLlm) -> String {
    let fallback = Fallback::new().then("first", first).then("second", spare());
    let played = scenario("failover").with(|agent| agent.llm(fallback)).user(0.5, "hello").until(15.0).play();
    let log = played.log();
    let after = log.find("user_turn").and_then(|at| log[at..].find('\n').map(|end| at + end + 1));
    log[after.expect("the turn is told")..].to_owned()
}

#[test]
fn a_model_that_fails_at_once_is_stood_in_for() {
    expect![[r#"
        1.680s provider_failed first: it went wrong; next: second
        1.880s provider_chosen second, instead of first
        1.880s reply_text "We open at nine."
        1.880s state speaking
        1.900s reply_started 1
        1.900s turn_timing 1200 = endpointing 1000 + llm 200
        2.700s reply_finished "We open at nine."
        2.700s state listening
        15.000s state closed
        15.000s session_ended user_left
    "#]]
    .assert_eq(&turn(failing(ErrorKind::Network)));
}

#[test]
fn a_model_that_does_not_begin_is_stood_in_for_before_two_and_a_half_seconds() {
    expect![[r#"
        3.680s provider_failed first: the model did not begin to answer (after: 2000 ms); next: second
        3.880s provider_chosen second, instead of first
        3.880s reply_text "We open at nine."
        3.880s state speaking
        3.900s reply_started 1
        3.900s turn_timing 3200 = endpointing 1000 + llm 2200
        4.700s reply_finished "We open at nine."
        4.700s state listening
        15.000s state closed
        15.000s session_ended user_left
    "#]]
    .assert_eq(&turn(spare().first_token(MINUTE)));
}

#[test]
fn an_answer_that_broke_in_the_middle_is_not_begun_again() {
    let first =
        ScriptedLlm::new([Reply::text("We open at nine. On Sundays we").fails(error(ErrorKind::Network))]);
    expect![[r#"
        1.680s provider_chosen first
        1.680s reply_text "We open at nine."
        1.680s provider_failed first: it went wrong; next: nobody
        1.680s error it went wrong (provider: first)
        1.680s state speaking
        1.700s reply_started 1
        1.700s turn_timing 1000 = endpointing 1000
        2.500s reply_finished "We open at nine."
        2.500s state listening
        15.000s state closed
        15.000s session_ended user_left
    "#]]
    .assert_eq(&turn(first));
}

#[test]
fn an_answer_that_stalls_in_the_middle_ends_where_it_is() {
    let first = ScriptedLlm::new(["Yes. We open at nine."]).each_token(MINUTE);
    expect![[r#"
        1.680s provider_chosen first
        1.680s reply_text "Yes."
        1.680s state speaking
        1.700s reply_started 1
        1.700s turn_timing 1000 = endpointing 1000
        4.680s provider_failed first: the model stalled in its answer (after: 3000 ms); next: nobody
        4.680s error the model stalled in its answer (after: 3000 ms, provider: first)
        4.680s reply_finished "Yes."
        4.680s state listening
        15.000s state closed
        15.000s session_ended user_left
    "#]]
    .assert_eq(&turn(first));
}

#[test]
fn what_broke_before_it_could_be_spoken_is_stood_in_for() {
    let first = ScriptedLlm::new([Reply::text("We open").fails(error(ErrorKind::Protocol))]);
    expect![[r#"
        1.680s provider_failed first: it went wrong; next: second
        1.880s provider_chosen second, instead of first
        1.880s reply_text "We open at nine."
        1.880s state speaking
        1.900s reply_started 1
        1.900s turn_timing 1200 = endpointing 1000 + llm 200
        2.700s reply_finished "We open at nine."
        2.700s state listening
        15.000s state closed
        15.000s session_ended user_left
    "#]]
    .assert_eq(&turn(first));
}

/// A turn whose first model calls a tool before it breaks, or breaks within the call.
fn called(is_whole: bool) -> String {
    let first = LlmFn(move || {
        Events::new(move |mut out| async move {
            if is_whole {
                let call = ToolCall { id: "c".into(), name: "look".into(), arguments: json!({}) };
                out.emit(LlmEvent::ToolCall(call)).await;
            }
            Err(error(ErrorKind::Network))
        })
    });
    let minds = Fallback::new().then("first", first).then("second", spare());
    let played = scenario("calls").with(|agent| agent.llm(minds).tool(Look)).user(0.5, "hello").play();
    let told = ["provider_", "tool_", "error", "reply_text"];
    let log = played.log();
    let lines = log.lines().filter(|line| told.iter().any(|told| line.contains(told)));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_tool_is_called_once_or_not_at_all() {
    expect![[r#"
        1.680s provider_failed first: it went wrong; next: second
        1.880s provider_chosen second, instead of first
        1.880s reply_text "We open at nine."
    "#]]
    .assert_eq(&called(false));
    expect![[r#"
        1.680s provider_chosen first
        1.680s tool_called look {}
        1.680s provider_failed first: it went wrong; next: nobody
        1.680s error it went wrong (provider: first)
        1.680s reply_text "Sorry, something went wrong. Could you say that again?"
        1.830s tool_returned look "seen"
    "#]]
    .assert_eq(&called(true));
}

#[test]
fn when_everybody_is_out_the_apology_is_said() {
    let fallback = Fallback::new()
        .then("first", failing(ErrorKind::Network))
        .then("second", failing(ErrorKind::RateLimited));
    let played = scenario("all out").with(|agent| agent.llm(fallback)).user(0.5, "hello").play();
    let failed = |event: &rooh_core::event::Event| match &event.kind {
        EventKind::Failed { error, .. } => Some(error.clone()),
        _ => None,
    };
    let error = played.find(failed);
    assert_eq!((error.kind(), error.context("provider")), (ErrorKind::RateLimited, Some("second")));
    assert_eq!(played.words_heard(), "Sorry, something went wrong. Could you say that again?");
}

#[test]
fn a_deadline_turns_a_stall_into_a_timeout_and_drops_the_stream() {
    paused(async {
        let stalls = |first, each| Deadline::new(spare().first_token(first).each_token(each));
        for (llm, text, after) in
            [(stalls(MINUTE, MINUTE), "", 2 * SECOND), (stalls(SECOND, MINUTE), "We ", 4 * SECOND)]
        {
            let asked = tokio::time::Instant::now();
            let (_, said, ended) = answer(&llm).await;
            assert_eq!((said.as_str(), ended.unwrap_err().kind()), (text, ErrorKind::Timeout));
            assert_eq!(asked.elapsed(), after);
        }
        // Just within its limits, and with a reader that takes longer than they are.
        let limits = Deadlines { first_token: SECOND, next_token: SECOND };
        let llm =
            stalls(SECOND - Duration::from_millis(1), SECOND - Duration::from_millis(1)).deadlines(limits);
        let mut events = llm.chat(request());
        let mut text = String::new();
        while let Some(event) = events.next().await {
            tokio::time::sleep(MINUTE).await;
            if let LlmEvent::Text(piece) = event.unwrap() {
                text.push_str(&piece);
            }
        }
        assert_eq!(text, "We open at nine.");
    });
}

/// Whether its streams are alive can be seen from outside.
#[derive(Debug, Default)]
struct Watched(Arc<()>);

impl LlmProvider for Watched {
    fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
        let alive = Arc::clone(&self.0);
        Events::new(|_| async move {
            let _alive = alive;
            std::future::pending().await
        })
    }
}

#[test]
fn a_stream_that_stalled_is_gone_when_the_next_model_is_asked() {
    paused(async {
        let watched = Watched::default();
        let alive = Arc::downgrade(&watched.0);
        let fallback = Fallback::new().then("stalls", watched).then("spare", spare());
        let mut events = fallback.chat(request());
        assert!(matches!(events.next().await, Some(Ok(LlmEvent::ProviderFailed(_)))));
        assert_eq!(alive.strong_count(), 1, "only the provider itself holds it");
    });
}

#[test]
fn a_rejected_key_is_not_tried_again() {
    paused(async {
        let first = failing(ErrorKind::Auth);
        let fallback = Fallback::new().then("first", first.clone()).then("second", spare());
        for _ in 0..50 {
            assert_eq!(who(&fallback.clone()).await, "second");
            tokio::time::sleep(MINUTE).await;
        }
        assert_eq!(first.requests().len(), 1);
        let alone = Fallback::new().then("alone", first.clone());
        for _ in 0..3 {
            assert_eq!(answer(&alone).await.2.unwrap_err().kind(), ErrorKind::Auth);
        }
        assert_eq!(first.requests().len(), 2, "a new layer asks once more, for the key may be another");
    });
}

#[test]
fn retry_after_is_obeyed_to_the_second() {
    paused(async {
        let limited = error(ErrorKind::RateLimited).wait(30 * SECOND);
        let first = ScriptedLlm::new([Reply::text("").fails(limited)]);
        let fallback = Fallback::new().then("first", first.clone()).then("second", spare());
        assert_eq!(who(&fallback).await, "second");
        let asked = || first.requests().len();
        tokio::time::sleep(29 * SECOND).await;
        assert_eq!((who(&fallback).await.as_str(), asked()), ("second", 1));
        tokio::time::sleep(SECOND).await;
        assert_eq!((who(&fallback).await.as_str(), asked()), ("second", 2));
        // One that would overflow a clock is not believed.
        let hostile =
            ScriptedLlm::new([Reply::text("").fails(error(ErrorKind::RateLimited).wait(Duration::MAX))]);
        assert_eq!(who(&Fallback::new().then("first", hostile).then("second", spare())).await, "second");
    });
}

/// Fails until it is told to be well, and counts.
#[derive(Clone, Debug, Default)]
struct Sick {
    asked: Arc<AtomicU64>,
    is_well: Arc<std::sync::atomic::AtomicBool>,
}

impl LlmProvider for Sick {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match self.is_well.load(Ordering::Relaxed) {
            true => spare().chat(request),
            false => failing(ErrorKind::Network).chat(request),
        }
    }
}

#[test]
fn a_model_that_keeps_failing_is_left_alone_and_tried_by_one_at_a_time() {
    paused(async {
        let sick = Sick::default();
        let fallback = Fallback::new().then("sick", sick.clone()).then("spare", spare());
        let asked = || sick.asked.load(Ordering::Relaxed);
        for failures in 1..=u64::from(MOST_FAILURES) {
            assert_eq!((who(&fallback).await.as_str(), asked()), ("spare", failures));
        }
        let open = asked();
        // Five hundred calls for a minute: one attempt in each rest.
        let minute = tokio::time::Instant::now() + MINUTE;
        while tokio::time::Instant::now() < minute {
            let turns = (0..500).map(|_| who(&fallback));
            assert!(futures::future::join_all(turns).await.iter().all(|name| name == "spare"));
        }
        let rests = MINUTE.as_secs() / REST.as_secs();
        assert!((rests - 2..=rests).contains(&(asked() - open)), "{} attempts", asked() - open);
        // A probe whose listener hangs up gives its place to the next.
        sick.is_well.store(true, Ordering::Relaxed);
        tokio::time::sleep(REST).await;
        let mut probe = fallback.chat(request());
        let _ = tokio::time::timeout(Duration::from_millis(1), probe.next()).await;
        assert_eq!(who(&fallback).await, "spare", "somebody else is trying");
        drop(probe);
        // It is well as soon as it begins to answer.
        let mut probe = fallback.chat(request());
        let chosen = LlmEvent::Answering { provider: "sick".into(), instead_of: None };
        while probe.next().await.expect("it answers").unwrap() != chosen {}
        let turns = (0..500).map(|_| who(&fallback));
        assert!(futures::future::join_all(turns).await.iter().all(|name| name == "sick"));
    });
}

#[test]
fn what_a_request_asks_too_much_is_not_held_against_the_model() {
    paused(async {
        let first = failing(ErrorKind::Unsupported);
        let fallback = Fallback::new().then("first", first.clone()).then("second", spare());
        for _ in 0..10 {
            assert_eq!(who(&fallback).await, "second");
        }
        assert_eq!(first.requests().len(), 10);
    });
}

#[test]
fn an_answer_that_ends_without_a_word_or_a_reason_is_none() {
    paused(async {
        let nothing = LlmFn(Events::empty);
        let fallback = Fallback::new().then("nothing", nothing).then("spare", spare());
        assert_eq!(who(&fallback).await, "spare");
        assert_eq!(answer(&Fallback::new()).await.2.unwrap_err().kind(), ErrorKind::Config);
        // Whoever stops in order has said what there was to say.
        let silent = LlmFn(|| {
            Events::new(|mut out| async move {
                out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
                Ok(())
            })
        });
        assert_eq!(who(&Fallback::new().then("silent", silent).then("spare", spare())).await, "silent");
    });
}

struct LlmFn<F>(F);

impl<F> std::fmt::Debug for LlmFn<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LlmFn")
    }
}

impl<F: Fn() -> Events<LlmEvent> + Send + Sync + 'static> LlmProvider for LlmFn<F> {
    fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
        (self.0)()
    }
}

#[test]
fn a_builder_puts_models_in_order_and_says_what_is_wrong_with_them() {
    let agent = Agent::builder(Registry::empty())
        .llm(failing(ErrorKind::Network))
        .llm_fallback(failing(ErrorKind::Timeout))
        .llm_fallback(spare())
        .build()
        .unwrap();
    assert_eq!(paused(who(&**agent.llm().unwrap())), "llm[2]");

    let wrong = Agent::builder(Registry::empty()).llm(spare()).llm_fallback("nobody").build().unwrap_err();
    assert_eq!((wrong.kind(), wrong.context("path")), (ErrorKind::NotFound, Some("llm[1]")));
    let wrong = Agent::builder(Registry::empty()).llm_fallback("nobody").build().unwrap_err();
    assert_eq!((wrong.parts().len(), wrong.context("path")), (1, Some("llm[1]")));
    let wrong = Agent::builder(Registry::empty()).llm_fallback(spare()).build().unwrap_err();
    assert_eq!((wrong.kind(), wrong.context("path")), (ErrorKind::Config, Some("llm")));
}

#[test]
fn a_model_that_cannot_be_loaded_is_gone_without() {
    #[derive(Debug)]
    struct Missing;
    impl LlmProvider for Missing {
        fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
            Events::failed(error(ErrorKind::NotFound))
        }

        fn load(&self) -> Events<rooh_core::provider::Progress> {
            Events::failed(error(ErrorKind::NotFound))
        }
    }
    paused(async {
        let loaded = Fallback::new().then("missing", Missing).then("spare", spare()).load().collect().await;
        let loaded = loaded.unwrap();
        assert!(loaded.len() == 1 && loaded[0].missing.is_some() && loaded[0].what.contains("missing"));
        let none = Fallback::new().then("a", Missing).then("b", Missing).load().collect().await;
        assert_eq!(none.unwrap_err().kind(), ErrorKind::NotFound);
    });
}

fn subject() -> LlmSubject {
    let tool = ToolSpec::new("look_up", "Looks something up.");
    let calling = || Reply::text("Let me see.").call("look_up", json!({ "what": "bread" }));
    let model = ScriptedLlm::new([calling(), Reply::text("I like it."), calling(), Reply::text("Well.")]);
    let fallback = Fallback::new().then("broken", failing(ErrorKind::Network)).then("model", model);
    let denied = || ScriptedLlm::new([Reply::text("Well, ").fails(error(ErrorKind::Auth))]);
    LlmSubject::new(fallback)
        .calling("Look it up.", tool)
        .failing(ErrorKind::Auth, Fallback::new().then("denied", denied()))
        .failing(ErrorKind::Auth, Fallback::new().then("a", failing(ErrorKind::Network)).then("b", denied()))
        .failing(ErrorKind::Timeout, Fallback::new().then("stalls", spare().first_token(MINUTE)))
        .failing(ErrorKind::Timeout, Deadline::new(spare().first_token(MINUTE)))
}

mod fallback {
    rooh_testkit::llm_contract!(super::subject());
}

mod deadline {
    use super::*;

    rooh_testkit::llm_contract!(LlmSubject::new(Deadline::new(spare())));
}

/// A model that goes wrong in every way, and says which turn it answers.
#[derive(Clone, Debug)]
struct Moody {
    seed: u64,
    asked: Arc<AtomicU64>,
}

impl Moody {
    fn new(seed: u64) -> Self {
        Self { seed, asked: Arc::default() }
    }
}

impl LlmProvider for Moody {
    fn chat(&self, request: LlmRequest) -> Events<LlmEvent> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let mut noise = Noise::new(self.seed.wrapping_mul(1_000).wrapping_add(asked));
        let mut below = move |limit: u64| u64::from(noise.bits()) % limit;
        Events::new(move |mut out| async move {
            assert_eq!(unanswered(&request.messages), 0, "a call without a result: {:?}", request.messages);
            let turns = request.messages.iter().filter(|m| matches!(m, Message::User(_))).count();
            let after_tool = matches!(request.messages.last(), Some(Message::ToolResult { .. }));
            let calls = !after_tool && below(4) == 0;
            let kinds = [
                ErrorKind::Network,
                ErrorKind::RateLimited,
                ErrorKind::Timeout,
                ErrorKind::Protocol,
                ErrorKind::Unsupported,
                ErrorKind::Unexpected,
            ];
            let failure = error(kinds[below(6) as usize]);
            let failure = if below(3) == 0 { failure.wait(SECOND * below(20) as u32) } else { failure };
            let mood = below(12);
            let text = match (calls, after_tool) {
                (true, _) => String::new(),
                (_, true) => format!("That is result number {turns}. Good."),
                _ => format!("This is answer number {turns}. More to say."),
            };
            let pieces: Vec<&str> = text.split_inclusive(' ').collect();
            let cut = below(pieces.len() as u64 + 1) as usize;
            tokio::time::sleep(Duration::from_millis(below(900))).await;
            match mood {
                0 => return Err(failure),
                1 => return Ok(()),
                2 => std::future::pending::<()>().await,
                _ => {}
            }
            for (place, piece) in pieces.iter().enumerate() {
                match mood {
                    3 | 4 if place == cut => return Err(failure),
                    5 if place == cut => std::future::pending::<()>().await,
                    6 if place == cut => return Ok(()),
                    _ => {}
                }
                tokio::time::sleep(Duration::from_millis(below(120))).await;
                out.emit(LlmEvent::Text(piece.to_string())).await;
            }
            if calls {
                // Cut in half: the call was never whole, and so never yielded.
                if mood == 3 {
                    return Err(failure);
                }
                let id = format!("{}-{asked}", request.messages.len());
                out.emit(LlmEvent::ToolCall(ToolCall { id, name: "look".into(), arguments: json!({}) }))
                    .await;
                // The call was yielded, and the rest of the answer breaks.
                if mood == 4 {
                    return Err(failure);
                }
            }
            let reason = if calls { StopReason::Tools } else { StopReason::Finished };
            out.emit(LlmEvent::Stopped(reason)).await;
            Ok(())
        })
    }
}

fn unanswered(messages: &[Message]) -> usize {
    let (mut open, mut unanswered) = (BTreeSet::new(), 0);
    for message in messages {
        match message {
            Message::ToolResult { id, .. } => drop(open.remove(id.as_str())),
            Message::Assistant { calls, .. } => {
                unanswered += open.len();
                open = calls.iter().map(|call| call.id.as_str()).collect();
            }
            _ => unanswered += std::mem::take(&mut open).len(),
        }
    }
    unanswered + open.len()
}

#[derive(Debug)]
struct Look;

#[async_trait::async_trait]
impl Tool for Look {
    fn spec(&self) -> ToolSpec {
        ToolSpec::new("look", "Looks.")
    }

    async fn call(&self, _: Value, _: &SessionContext) -> Result<Value> {
        tokio::time::sleep(Duration::from_millis(150)).await;
        Ok(json!("seen"))
    }
}

/// How many turns one conversation has.
const TURNS: usize = 10;

fn conversation(seed: u64) -> Played {
    let minds = Fallback::new()
        .then("first", Moody::new(seed * 3))
        .then("second", Moody::new(seed * 3 + 1))
        .then("third", Moody::new(seed * 3 + 2));
    let mut scenario = scenario(format!("seed {seed}")).with(|agent| agent.llm(minds).tool(Look));
    for turn in 0..TURNS {
        scenario = scenario.command(1.0 + 12.0 * turn as f64, Command::SendText(format!("question {turn}")));
    }
    scenario.until(1.0 + 12.0 * TURNS as f64).play()
}

#[test]
fn a_thousand_turns_of_failing_models_are_all_answered_and_nothing_is_said_twice() {
    let (mut turns, mut apologies, mut failures, mut stood_in) = (0, 0, 0, 0);
    for seed in 0..100 {
        let played = conversation(seed);
        let log = || format!("seed {seed}\n{}", played.log());
        let mut said = String::new();
        let (mut owed, mut called) = (false, BTreeSet::new());
        for event in &played.events {
            match &event.kind {
                EventKind::UserTurn { .. } => {
                    assert!(!owed, "a turn was not answered: {}", log());
                    (owed, said) = (true, String::new());
                    turns += 1;
                }
                EventKind::ReplyText { text, .. } => said.push_str(text),
                EventKind::ReplyFinished { text, .. } => {
                    owed = false;
                    for phrase in ["This is", "That is", "Sorry", "answer number", "result number"] {
                        assert!(said.matches(phrase).count() <= 1, "{phrase:?} was said twice: {}", log());
                    }
                    assert!(!text.is_empty(), "{}", log());
                    apologies += usize::from(text.contains("Sorry"));
                }
                EventKind::ToolCalled(call) => {
                    assert!(called.insert(call.id.clone()), "called twice: {}", log());
                }
                EventKind::ToolReturned { id, .. } => assert!(called.contains(id), "{}", log()),
                EventKind::ProviderFailed { .. } => failures += 1,
                EventKind::ProviderChosen { instead_of: Some(_), .. } => stood_in += 1,
                _ => {}
            }
        }
        assert!(!owed, "the last turn was not answered: {}", log());
        let returned =
            played.events.iter().filter(|e| matches!(e.kind, EventKind::ToolReturned { .. })).count();
        assert_eq!(returned, called.len(), "a tool was half run: {}", log());
    }
    assert_eq!(turns, 1_000);
    // The models are bad enough for this to mean something, and the layer good enough.
    assert!(failures > 300 && stood_in > 200, "{failures} failures, {stood_in} stood in");
    assert!(apologies < 200, "{apologies} apologies");
    eprintln!("{turns} turns, {failures} failures, {stood_in} stood in, {apologies} apologies");
}
