//! A language model that is asked whether a turn is complete, and judges that are not there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use expect_test::{Expect, expect};
use rooh_core::agent::AgentBuilder;
use rooh_core::event::EventKind;
use rooh_core::expect::Expected;
use rooh_core::floor::Endpointing;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message};
use rooh_core::provider::Progress;
use rooh_core::registry::Registry;
use rooh_core::session::SessionId;
use rooh_core::stream::Events;
use rooh_core::turn::{LlmCompleteness, TurnDetector, TurnView};
use rooh_core::{Agent, Error, ErrorKind, Result};
use rooh_testkit::scenario::Played;
use rooh_testkit::{Reply, ScriptedLlm, scenario};

/// So long that a judge who takes a second is waited for, whatever the weights are.
const PATIENCE: Duration = Duration::from_secs(2);

/// What was judged, what failed, and which turns came of it; no times and no waits, because these
/// are the floor's.
fn decisions(played: &Played) -> String {
    let mut lines = String::new();
    for event in &played.events {
        let line = match &event.kind {
            EventKind::PauseScored { by, probability, took } => {
                format!("{by} {probability} after {} ms\n", took.as_millis())
            }
            EventKind::UserTurn { text, .. } => format!("{text:?}\n"),
            EventKind::Failed { error, .. } => format!("{}: {}\n", error.kind().as_str(), error.message()),
            _ => continue,
        };
        lines.push_str(&line);
    }
    lines
}

fn wait(played: &Played) -> Duration {
    let last = played.events.iter().rev().find_map(|event| match &event.kind {
        EventKind::PauseJudged { judgement, .. } => Some(judgement.wait),
        _ => None,
    });
    last.expect("a pause was judged")
}

/// A turn that no rule calls finished or unfinished, judged by this model.
fn judged_by(llm: impl LlmProvider, endpointing: Endpointing) -> Played {
    scenario("asked")
        .with(move |agent| agent.silence_duration(PATIENCE).endpointing(endpointing).completeness_by(llm))
        .user(0.5, "a flight from berlin")
        .play()
}

#[test]
fn what_the_model_answers_shortens_and_lengthens_the_wait() {
    for endpointing in [Endpointing::Semantic, Endpointing::Auto] {
        let answers = |answer: &str| {
            judged_by(ScriptedLlm::new([answer]).first_token(Duration::from_millis(150)), endpointing)
        };
        let (complete, incomplete) = (answers("95"), answers("10"));
        expect![[r#"
            semantic 0.95 after 150 ms
            "a flight from berlin"
        "#]]
        .assert_eq(&decisions(&complete));
        expect![[r#"
            semantic 0.1 after 150 ms
            "a flight from berlin"
        "#]]
        .assert_eq(&decisions(&incomplete));
        let unsure = wait(&answers("50"));
        assert!(wait(&complete) < unsure && unsure < wait(&incomplete));
        assert_eq!(wait(&answers("complete")), wait(&answers("90")));
    }
}

#[test]
fn other_ways_of_endpointing_ask_nobody() {
    let llm = ScriptedLlm::new(["95"]);
    for endpointing in [Endpointing::Acoustic, Endpointing::Heuristic, Endpointing::Manual] {
        judged_by(llm.clone(), endpointing);
    }
    assert_eq!(llm.requests().len(), 0);
}

#[test]
fn the_model_sees_the_question_the_words_and_nothing_else() {
    let judge = ScriptedLlm::new(["95"]);
    let asked = judge.clone();
    let date = Reply::text("On which day?").expects(Expected::Date);
    scenario("seen")
        .with(move |agent| agent.system_prompt("You sell flights.").completeness_by(judge))
        .agent(date)
        .user(0.5, "a flight from berlin")
        .user(6.0, "on the second of may")
        .play();
    let requests = asked.requests();
    let question = |request: &LlmRequest| match &*request.messages {
        [Message::User(question)] => question.clone(),
        other => panic!("{other:?}"),
    };
    expect![[r#"
        Caller: a flight from berlin
        ---
        Agent: On which day?
        Asked for: a date
        Caller: on the second of may"#]]
    .assert_eq(&requests.iter().map(question).collect::<Vec<_>>().join("\n---\n"));
    for request in &requests {
        assert!(request.system_prompt.contains("0 to 100") && !request.system_prompt.contains("flights"));
        assert!(request.tools.is_empty());
        assert_eq!(request.session, SessionId::new("completeness"));
    }
}

/// A model that does what a model must not.
#[derive(Debug)]
struct Broken(fn() -> Events<LlmEvent>);

impl LlmProvider for Broken {
    fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
        (self.0)()
    }
}

#[test]
fn a_model_that_hangs_panics_fails_or_talks_is_told_once_and_the_words_decide() {
    fn hangs() -> Events<LlmEvent> {
        Events::new(|_| std::future::pending())
    }
    fn panics() -> Events<LlmEvent> {
        Events::new(|_| async { panic!("on purpose") })
    }
    fn panics_at_once() -> Events<LlmEvent> {
        panic!("on purpose")
    }
    fn is_silent() -> Events<LlmEvent> {
        Events::empty()
    }
    let check = |llm: Box<dyn Fn() -> Arc<dyn LlmProvider>>, expected: Expect| {
        let play = |agent: Box<dyn FnOnce(AgentBuilder) -> AgentBuilder>| {
            scenario("broken")
                .with(|agent| agent.silence_duration(PATIENCE))
                .with(agent)
                .user(0.5, "what time is it")
                .user(6.0, "and what day is it")
                .play()
        };
        let alone = play(Box::new(|agent| agent.endpointing(Endpointing::Heuristic)));
        let llm = llm();
        let broken = play(Box::new(|agent| agent.endpointing(Endpointing::Semantic).completeness_by(llm)));
        let turns = |played: &Played| -> Vec<_> {
            let of = played.events.iter().filter(|event| matches!(event.kind, EventKind::UserTurn { .. }));
            of.map(|event| event.to_string()).collect()
        };
        assert_eq!(turns(&broken), turns(&alone), "the rules decide, and as soon as they would alone");
        expected.assert_eq(&decisions(&broken));
    };
    check(
        Box::new(|| Arc::new(Broken(hangs))),
        expect![[r#"
            timeout: the judge of a pause did not answer
            "what time is it"
            "and what day is it"
        "#]],
    );
    for panics in [panics, panics_at_once] {
        check(
            Box::new(move || Arc::new(Broken(panics))),
            expect![[r#"
                unexpected: the judge of a pause panicked
                "what time is it"
                "and what day is it"
            "#]],
        );
    }
    check(
        Box::new(|| Arc::new(ScriptedLlm::new(["It is nine o'clock, and the caller wants to know."]))),
        expect![[r#"
            unexpected: the language model was asked whether a turn is complete, and answered neither with a number from 0 to 100 nor with complete or incomplete
            "what time is it"
            "and what day is it"
        "#]],
    );
    check(
        Box::new(|| Arc::new(Broken(is_silent))),
        expect![[r#"
            unexpected: the language model was asked whether a turn is complete, and answered neither with a number from 0 to 100 nor with complete or incomplete
            "what time is it"
            "and what day is it"
        "#]],
    );
    let no_key = || Reply::text("").fails(Error::new(ErrorKind::Auth, "no key"));
    check(
        Box::new(move || Arc::new(ScriptedLlm::new([no_key()]))),
        expect![[r#"
            auth: no key
            "what time is it"
            "and what day is it"
        "#]],
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_end_is_read_no_further_than_it_says_something() {
    #[derive(Debug)]
    struct Endless(&'static str, Arc<AtomicBool>);

    impl LlmProvider for Endless {
        fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
            struct Stops(Arc<AtomicBool>);
            impl Drop for Stops {
                fn drop(&mut self) {
                    self.0.store(true, Ordering::Relaxed);
                }
            }
            let (piece, stops) = (self.0, Stops(Arc::clone(&self.1)));
            Events::new(move |mut out| async move {
                let _stops = stops;
                loop {
                    out.emit(LlmEvent::Text(piece.to_owned())).await;
                }
            })
        }
    }

    let view = TurnView { text: "two tickets".to_owned(), ..TurnView::default() };
    for (piece, expected) in [("70 ", Ok(0.7)), ("well ", Err(ErrorKind::Unexpected))] {
        let stopped = Arc::new(AtomicBool::new(false));
        let judge = LlmCompleteness::new(Arc::new(Endless(piece, Arc::clone(&stopped))));
        let said = judge.completeness(view.clone()).await.map_err(|error| error.kind());
        assert_eq!(said, expected);
        assert!(stopped.load(Ordering::Relaxed), "who is not read any more must not go on");
        assert_eq!(judge.completeness(TurnView::default()).await.unwrap(), 0.5);
    }
}

/// A judge of the sound whose model is there, or not.
#[derive(Debug, Default)]
struct Local {
    is_there: Arc<AtomicBool>,
}

impl Local {
    fn answer(&self) -> Result<f32> {
        match self.is_there.load(Ordering::Relaxed) {
            true => Ok(0.9),
            false => Err(Error::new(ErrorKind::NotFound, "its model is not there")),
        }
    }
}

#[async_trait]
impl TurnDetector for Local {
    async fn completeness(&self, _: TurnView) -> Result<f32> {
        self.answer()
    }

    fn load(&self) -> Events<Progress> {
        let answer = self.answer();
        Events::new(move |mut out| async move {
            out.emit(Progress::new("its model", None)).await;
            answer.map(drop)
        })
    }
}

async fn warnings(agent: &Agent) -> Vec<String> {
    let steps = agent.load().collect().await.expect("a judge that is not there stops nobody");
    let missing = |step: Progress| step.missing.map(|error| format!("{}: {error}", step.what));
    steps.into_iter().filter_map(missing).collect()
}

#[test]
fn a_turn_detector_that_cannot_be_loaded_is_told_once_and_done_without_until_it_can() {
    let is_there = Arc::new(AtomicBool::new(false));
    let play = |loads: bool| {
        let detector = Local { is_there: Arc::clone(&is_there) };
        let mut scenario =
            scenario("local").with(|agent| agent.turn_detector(detector)).user(0.5, "what time is it");
        if loads {
            scenario = scenario.loaded();
        }
        decisions(&scenario.play())
    };
    // Whoever did not load it hears of it in the session.
    expect![[r#"
        not_found: its model is not there
        "what time is it"
    "#]]
    .assert_eq(&play(false));
    expect![[r#"
        "what time is it"
    "#]]
    .assert_eq(&play(true));
    is_there.store(true, Ordering::Relaxed);
    let there = play(true);
    assert!(there.starts_with("audio 0.9 after 0 ms\n"), "{there}");
}

#[tokio::test(start_paused = true)]
async fn loading_tells_what_an_agent_goes_without() {
    let is_there = Arc::new(AtomicBool::new(false));
    let detector = Local { is_there: Arc::clone(&is_there) };
    let described = || Agent::builder(Registry::empty()).llm(ScriptedLlm::new(["Yes."]));
    let agent = described().turn_detector(detector).build().unwrap();
    assert_eq!(warnings(&agent).await, ["the turn detector: its model is not there"]);
    is_there.store(true, Ordering::Relaxed);
    assert_eq!(warnings(&agent).await, [""; 0]);

    let alone = described().endpointing(Endpointing::Semantic).build().unwrap();
    let said = warnings(&alone).await;
    assert!(said.len() == 1 && said[0].contains("under `heuristic`"), "{said:?}");
    let judged = described().endpointing(Endpointing::Semantic).completeness_by(ScriptedLlm::new(["1"]));
    assert_eq!(warnings(&judged.build().unwrap()).await, [""; 0]);
}

#[test]
fn a_model_that_is_named_wrongly_is_refused_with_its_place() {
    let agent = Agent::builder(Registry::empty()).llm(ScriptedLlm::new(["Yes."])).completeness_by("nobody");
    let error = agent.build().unwrap_err();
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::NotFound, Some("completeness")));
}
