//! Short words while an answer takes its time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use expect_test::expect;
use rooh_core::agent::AgentBuilder;
use rooh_core::event::{EventKind, FillerReason};
use rooh_core::expect::Expected;
use rooh_core::floor::Endpointing;
use rooh_core::hook::TurnAction;
use rooh_core::llm::{LlmEvent, LlmRequest, Message, StopReason};
use rooh_core::session::{Command, SessionContext};
use rooh_core::stream::Events;
use rooh_core::tool::{Tool, ToolSpec};
use rooh_core::{Error, ErrorKind, Result};
use rooh_testkit::scenario::{Ear, Played};
use rooh_testkit::{Reply, Scenario, ScriptedLlm, ToneStt, ToneTts, scenario};
use serde_json::{Value, json};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Pauses of 800 ms end a turn, whatever their signals: what is fitted to those is not tested here.
fn plain(agent: AgentBuilder) -> AgentBuilder {
    agent.silence_duration(ms(800)).endpointing(Endpointing::Acoustic)
}

fn fills(agent: AgentBuilder) -> AgentBuilder {
    plain(agent).late_filler(ms(1500), ["One moment.", "Let me see."])
}

/// A user who asks every ten seconds; the answers take this many milliseconds each.
fn asking(delays: &'static [u64]) -> Scenario {
    let answer = move |request: LlmRequest, _| {
        let turn = request.messages.iter().filter(|message| matches!(message, Message::User(_))).count();
        Events::new(move |mut out| async move {
            tokio::time::sleep(ms(delays[turn - 1])).await;
            out.emit(LlmEvent::Text(format!("Answer {turn}."))).await;
            out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
            Ok(())
        })
    };
    let mut scenario = scenario("late").with(fills).with(move |agent| agent.llm_hook(answer));
    for turn in 0..delays.len() {
        scenario = scenario.user(0.5 + 10.0 * turn as f64, "what time is it");
    }
    scenario
}

/// Why each filler was said, and how long after the end of the turn it was heard.
fn fillers(played: &Played) -> Vec<(FillerReason, u64)> {
    let filler = |kind: &EventKind| match kind {
        EventKind::FillerStarted { reason, waited, .. } => Some((*reason, waited.as_millis() as u64)),
        _ => None,
    };
    played.events.iter().filter_map(|event| filler(&event.kind)).collect()
}

/// The words that were heard, turn by turn.
fn heard(played: &Played) -> Vec<String> {
    let mut turns: Vec<Vec<_>> = Vec::new();
    let mut last = None;
    for (generation, frame) in &played.heard {
        if last.replace(*generation) != Some(*generation) {
            turns.push(Vec::new());
        }
        turns.last_mut().expect("one was just pushed").push(frame.clone());
    }
    turns.iter().map(rooh_testkit::speech::decode).collect()
}

#[test]
fn an_answer_that_will_be_late_is_bridged_at_once_and_one_that_is_late_at_the_target() {
    asking(&[2500, 2500, 2500]).check(expect![[r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        1.480s speech_stopped
        1.480s user_final "what time is it"
        2.080s state processing
        2.080s user_turn "what time is it" (silence, 800 ms)
        3.580s state speaking
        3.600s filler_started "One moment." (late, 1500 ms)
        3.980s filler_finished
        3.980s state processing
        4.580s reply_text "Answer 1."
        4.580s state speaking
        4.600s reply_started 1
        4.600s turn_timing 3300 = endpointing 800 + llm 2500
        5.000s reply_finished "Answer 1."
        5.000s state listening
        10.560s speech_started
        11.480s speech_stopped
        11.480s user_final "what time is it"
        12.080s state processing
        12.080s user_turn "what time is it" (silence, 800 ms)
        13.580s state speaking
        13.600s filler_started "Let me see." (late, 1500 ms)
        14.180s filler_finished
        14.180s state processing
        14.580s reply_text "Answer 2."
        14.580s state speaking
        14.600s reply_started 2
        14.600s turn_timing 3300 = endpointing 800 + llm 2500
        15.000s reply_finished "Answer 2."
        15.000s state listening
        20.560s speech_started
        21.480s speech_stopped
        21.480s user_final "what time is it"
        22.080s state processing
        22.080s user_turn "what time is it" (silence, 800 ms)
        22.080s state speaking
        22.100s filler_started "One moment." (predicted, 0 ms, expected 2500 ms)
        22.480s filler_finished
        22.480s state processing
        24.580s reply_text "Answer 3."
        24.580s state speaking
        24.600s reply_started 3
        24.600s turn_timing 3300 = endpointing 800 + llm 2500
        25.000s reply_finished "Answer 3."
        25.000s state listening
        27.300s state closed
        27.300s session_ended user_left
    "#]]);
}

#[test]
fn answers_in_time_need_no_filler() {
    let played = asking(&[900, 1400, 1100, 1400]).play();
    assert_eq!(fillers(&played), [], "{}", played.log());
}

#[test]
fn an_answer_that_is_late_for_once_is_bridged_at_the_target() {
    let played = asking(&[500, 500, 500, 4000, 500]).play();
    assert_eq!(fillers(&played), [(FillerReason::Late, 1500)], "{}", played.log());
}

#[test]
fn nothing_is_begun_when_the_answer_is_about_to_come() {
    // They usually take 1.4 s; after 1.6 s it is just as usual, and after 1.75 s no longer.
    let played = asking(&[1400, 1400, 1600]).play();
    assert_eq!(fillers(&played), [], "{}", played.log());
    let played = asking(&[1400, 1400, 3000]).play();
    assert_eq!(fillers(&played), [(FillerReason::Late, 1760)], "{}", played.log());
}

#[test]
fn an_answer_that_comes_early_waits_for_the_rest_of_the_filler_and_no_longer() {
    let played = asking(&[2500, 2500, 200]).play();
    assert_eq!(fillers(&played).len(), 3, "{}", played.log());
    assert_eq!(heard(&played), ["One moment. Answer 1.", "Let me see. Answer 2.", "One moment. Answer 3."]);
    let begun = ms(22_000);
    let sounds: Vec<_> =
        played.sound_heard().into_iter().filter(|(from, _)| from.since_start() > begun).collect();
    assert_eq!(sounds.len(), 1, "there is a gap between the two: {sounds:?}");
    let mut timing = played.events.iter().filter_map(|event| match event.kind {
        EventKind::TurnTimed(timing) => Some((timing.llm.as_millis(), timing.playout.as_millis())),
        _ => None,
    });
    // The rest of the filler is told as what it is: time until the audio that was there was heard.
    assert_eq!(timing.next_back(), Some((200, 200)));
}

#[test]
fn a_filler_of_which_nothing_was_heard_yet_gives_way_to_the_answer() {
    let slow = |agent: AgentBuilder| agent.tts(ToneTts::new().delay(ms(400)));
    let played = asking(&[2500, 2500, 300]).with(slow).play();
    assert_eq!(fillers(&played).len(), 2, "{}", played.log());
    assert_eq!(heard(&played).last().map(String::as_str), Some("Answer 3."));
}

#[test]
fn a_voice_in_real_time_says_the_filler_and_then_the_answer() {
    for rate in [0.7, 1.2, 3.0] {
        let voice = move |agent: AgentBuilder| agent.tts(ToneTts::new().rate(rate));
        let played = asking(&[2500, 2500, 300]).with(voice).play();
        let heard = heard(&played);
        assert_eq!(heard[..2], ["One moment. Answer 1.", "Let me see. Answer 2."], "{rate}");
        // A voice that is slower than speech is cut short in the middle of a word.
        assert!(heard[2].ends_with(if rate < 1.0 { "3." } else { "Answer 3." }), "{rate}: {heard:?}");
    }
}

#[test]
fn whoever_speaks_over_a_filler_takes_the_turn_back() {
    let played = scenario("over a filler")
        .with(fills)
        .llm(ScriptedLlm::new(["It is nine."]).first_token(ms(3000)))
        .user(0.5, "what time is it")
        .user(3.75, "in the town of london")
        .play();
    let last = played.requests.last().expect("the model was asked");
    assert_eq!(last.messages, [Message::User("what time is it in the town of london".into())]);
    expect![[r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        1.480s speech_stopped
        1.480s user_final "what time is it"
        2.080s state processing
        2.080s user_turn "what time is it" (silence, 800 ms)
        3.580s state speaking
        3.600s filler_started "One moment." (late, 1500 ms)
        3.800s speech_started
        3.940s filler_finished
        3.940s reply_taken_back
        3.940s state listening
        4.940s speech_stopped
        4.940s user_final "in the town of london"
        5.540s state processing
        5.540s user_turn "what time is it in the town of london" (silence, 800 ms)
        7.940s state speaking
        8.000s filler_started "Let me see." (late, 2400 ms)
        8.540s filler_finished
        8.540s state processing
        8.540s reply_text "It is nine."
        8.540s state speaking
        8.560s reply_started 2
        8.560s turn_timing 3800 = endpointing 800 + llm 3000
        9.200s reply_finished "It is nine."
        9.200s state listening
        10.750s state closed
        10.750s session_ended user_left
    "#]]
    .assert_eq(&played.log());
}

#[test]
fn a_cough_pauses_a_filler_and_takes_nothing() {
    let ears = [
        Ear::default(),
        Ear { holds: true, ..Ear::default() },
        Ear { acknowledges: false, latency: ms(80), ..Ear::default() },
        Ear { acknowledges: false, latency: ms(80), holds: true, ..Ear::default() },
        Ear { forgets: true, ..Ear::default() },
    ];
    for ear in ears {
        let played = asking(&[4000]).ear(ear).noise(3.7, 0.1).play();
        assert_eq!(fillers(&played).len(), 1, "{ear:?}\n{}", played.log());
        assert_eq!(heard(&played), ["One moment. Answer 1."], "{ear:?}\n{}", played.log());
    }
}

#[test]
fn the_first_sound_of_a_reply_is_that_of_the_answer_whatever_the_ear() {
    let ears = [
        Ear::default(),
        Ear { forgets: true, ..Ear::default() },
        Ear { acknowledges: false, latency: ms(80), ..Ear::default() },
    ];
    for ear in ears {
        let played = asking(&[3000]).ear(ear).until(16.0).play();
        let at = |name: &str| {
            let event = played.events.iter().find(|event| event.kind.name() == name);
            event.unwrap_or_else(|| panic!("no {name}: {}", played.log())).at.since_start().as_millis()
        };
        let sounds = played.sound_heard();
        assert_eq!(sounds.len(), 2, "{ear:?}\n{}", played.log());
        let [(filler, _), (answer, _)] =
            [sounds[0], sounds[1]].map(|(from, to)| (from.since_start().as_millis(), to));
        // An ear tells of it up to a hundred milliseconds later, and one that forgets to is not
        // waited for.
        let late = if ear.forgets { 2400 } else { 101 };
        assert!((filler..=filler + late).contains(&at("filler_started")), "{ear:?}\n{}", played.log());
        let waited = fillers(&played)[0].1;
        assert!(waited.abs_diff(1500 + ear.latency.as_millis() as u64) <= 20, "{ear:?}: {waited} ms");
        assert!(at("filler_finished") < at("reply_started"), "{ear:?}\n{}", played.log());
        assert!((answer..=answer + late).contains(&at("reply_started")), "{ear:?}\n{}", played.log());
        assert_eq!(at("reply_started"), at("turn_timing"));
        let finished = played.find(|event| match &event.kind {
            EventKind::ReplyFinished { text, .. } => Some(text.clone()),
            _ => None,
        });
        assert_eq!(finished, "Answer 1.");
    }
}

#[test]
fn what_is_cut_off_after_a_filler_is_counted_from_the_answer() {
    let reply = "We are open every day from nine to five. On Sundays we open at ten.";
    let played = scenario("cut off")
        .with(fills)
        .llm(ScriptedLlm::new([reply, "Okay."]).first_token(ms(2000)))
        .user(0.5, "when are you open")
        .user(6.2, "what about the holidays then")
        .play();
    let (heard, position) = played.find(|event| match &event.kind {
        EventKind::Interrupted { heard, position, .. } => Some((heard.clone(), *position)),
        _ => None,
    });
    assert_eq!(fillers(&played).len(), 2, "{}", played.log());
    let last = played.requests.last().expect("the model was asked").messages.clone();
    assert_eq!(
        last[..2],
        [
            Message::User("when are you open".into()),
            Message::Assistant { text: heard.clone(), calls: vec![], interrupted: true },
        ],
        "{}",
        played.log()
    );
    let spoken = heard.split_whitespace().count() as u128 * 200;
    assert!(position.as_millis().abs_diff(spoken) <= 250, "{position:?} for {heard:?}");
}

#[test]
fn a_command_cuts_a_filler_off_and_nothing_of_it_is_left() {
    let played = asking(&[4000]).command(3.65, Command::Interrupt).until(9.0).play();
    expect![[r#"
        0.000s session_started
        0.000s state listening
        0.560s speech_started
        1.480s speech_stopped
        1.480s user_final "what time is it"
        2.080s state processing
        2.080s user_turn "what time is it" (silence, 800 ms)
        3.580s state speaking
        3.600s filler_started "One moment." (late, 1500 ms)
        3.650s filler_finished
        3.650s interrupted at 0 ms, heard "", unheard ""
        3.650s state listening
        9.000s state closed
        9.000s session_ended user_left
    "#]]
    .assert_eq(&played.log());
    assert_eq!(heard(&played).len(), 1);
}

#[test]
fn three_in_a_row_are_enough_until_an_answer_has_come_without_one() {
    let played = asking(&[3000; 6]).play();
    let with: Vec<bool> = heard(&played).iter().map(|heard| !heard.starts_with("Answer")).collect();
    assert_eq!(with, [true, true, true, false, true, true], "{}", played.log());
}

#[test]
fn an_answer_that_takes_very_long_is_bridged_with_pauses_between() {
    let played = asking(&[30_000]).until(40.0).play();
    let waited: Vec<u64> = fillers(&played).iter().map(|(_, waited)| *waited).collect();
    // The phrases take 0.4 s and 0.6 s, and four seconds lie between two.
    assert_eq!(waited.len(), 3, "{}", played.log());
    assert!(waited.windows(2).all(|pair| (4300..4800).contains(&(pair[1] - pair[0]))), "{waited:?}");
    assert_eq!(heard(&played), ["One moment. Let me see. One moment. Answer 1."]);
}

#[test]
fn nobody_who_dictates_is_interrupted_by_a_filler() {
    let asks = Reply::text("Your number?").expects(Expected::Digits { min: 3, max: 3 });
    let played = scenario("dictation")
        .with(fills)
        .llm(ScriptedLlm::new([asks, Reply::text("Thanks."), Reply::text("Bye.")]).first_token(ms(2500)))
        .user(0.5, "hello there")
        .user(8.0, "five five five")
        .user(18.0, "thank you very much")
        .play();
    assert_eq!(
        heard(&played),
        ["One moment. Your number?", "Thanks.", "Let me see. Bye."],
        "{}",
        played.log()
    );
}

#[test]
fn greetings_and_what_the_application_says_are_never_bridged() {
    let played = scenario("greeting")
        .with(|agent| fills(agent).generated_greeting().tts(ToneTts::new().delay(ms(2500))))
        .llm(ScriptedLlm::new(["Yes."]).greeting("Welcome.").first_token(ms(3000)))
        .command(8.0, Command::Say { text: "By the way.".into(), interruptible: true })
        .until(16.0)
        .play();
    assert_eq!(heard(&played), ["Welcome.", "By the way."], "{}", played.log());
}

/// A tool that takes this long.
#[derive(Debug)]
struct Slow(u64);

#[async_trait]
impl Tool for Slow {
    fn spec(&self) -> ToolSpec {
        ToolSpec::new("look_up", "Looks something up.")
    }

    async fn call(&self, _: Value, _: &SessionContext) -> Result<Value> {
        tokio::time::sleep(ms(self.0)).await;
        Ok(json!("found"))
    }
}

fn looking_up(takes: u64, turns: usize) -> Played {
    let replies = (0..turns).flat_map(|_| [Reply::text("").call("look_up", json!({})), "Found.".into()]);
    let mut scenario = scenario("tool")
        .with(move |agent| fills(agent).tool(Slow(takes)))
        .llm(ScriptedLlm::new(replies.collect::<Vec<_>>()).first_token(ms(100)));
    for turn in 0..turns {
        scenario = scenario.user(0.5 + 10.0 * turn as f64, "please look it up");
    }
    scenario.play()
}

#[test]
fn a_tool_is_bridged_once_it_has_run_for_a_moment_and_at_once_if_it_is_known_to_be_slow() {
    let played = looking_up(3000, 3);
    let waited = fillers(&played);
    assert!(waited.iter().all(|(reason, _)| *reason == FillerReason::Tool), "{}", played.log());
    // The model takes a tenth of a second, and what is not known has 300 ms more.
    let waited: Vec<u64> = waited.iter().map(|(_, waited)| *waited).collect();
    assert!(waited[0].abs_diff(400) < 60 && waited[1].abs_diff(400) < 60, "{waited:?}");
    assert!(waited[2].abs_diff(100) < 60, "{waited:?}");
    assert_eq!(heard(&played), ["One moment. Found.", "Let me see. Found.", "One moment. Found."]);
    let last = played.requests.last().expect("the model was asked");
    let said = last.messages.iter().filter_map(|message| match message {
        Message::Assistant { text, .. } if !text.is_empty() => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(said.collect::<Vec<_>>(), ["Found.", "Found."]);
}

#[test]
fn a_quick_tool_needs_no_filler() {
    let played = looking_up(150, 3);
    assert_eq!(fillers(&played), [], "{}", played.log());
    assert_eq!(heard(&played), ["Found.", "Found.", "Found."]);
}

#[test]
fn a_turn_that_a_hook_gives_back_or_leaves_alone_is_not_bridged() {
    for ignore in [true, false] {
        let played = scenario("hook")
            .with(fills)
            .with(move |agent| {
                agent.on_user_turn(move |turn, _| async move {
                    tokio::time::sleep(ms(200)).await;
                    Ok(match turn.text.split_whitespace().last() {
                        Some("well") if ignore => TurnAction::Ignore,
                        Some("well") => TurnAction::hold("Take your time."),
                        _ => TurnAction::Reply,
                    })
                })
            })
            .llm(ScriptedLlm::new(["Lovely."]).first_token(ms(2000)))
            .user(0.5, "hello there")
            .user(8.0, "what now")
            .user(16.0, "well")
            .user(24.0, "i bake bread")
            .play();
        let last = if ignore { "well" } else { "Take your time." };
        let at_last: Vec<String> = heard(&played);
        assert!(
            !at_last.iter().any(|heard| heard.contains(last) && heard.contains("One moment")),
            "{at_last:?}"
        );
        assert_eq!(fillers(&played).len(), 3, "{}", played.log());
    }
}

#[test]
fn a_voice_that_fails_at_a_filler_is_not_asked_for_another_before_the_answer() {
    for gap in [4000, 0] {
        let broken = Error::new(ErrorKind::Unexpected, "no such voice");
        let voice = ToneTts::new().failing(broken);
        let asked = voice.clone();
        let scenario = asking(&[3000])
            .with(move |agent| agent.tts(voice).settings(|settings| settings.late_filler.gap = ms(gap)));
        let played = scenario.play();
        assert_eq!(asked.clauses(), ["One moment.", "Answer 1."], "{}", played.log());
    }
}

#[test]
fn hooks_and_history_see_nothing_of_a_filler() {
    #[derive(Clone, Default)]
    struct Clauses(Arc<Mutex<Vec<String>>>);
    #[async_trait]
    impl rooh_core::hook::Hook for Clauses {
        async fn on_clause(
            &self,
            clause: &str,
            session: &SessionContext,
        ) -> Result<rooh_core::hook::ClauseAction> {
            let mut seen = self.0.lock().expect("nobody panics here");
            seen.push(clause.to_owned());
            seen.extend(session.history.iter().map(|message| format!("{message:?}")));
            Ok(rooh_core::hook::ClauseAction::Speak)
        }
    }
    let clauses = Clauses::default();
    let seen = clauses.clone();
    let played = asking(&[3000, 3000]).with(move |agent| agent.hook(clauses)).play();
    assert_eq!(fillers(&played).len(), 2, "{}", played.log());
    let seen = seen.0.lock().expect("nobody panics here").join("\n");
    assert!(seen.contains("Answer 2.") && !seen.contains("moment") && !seen.contains("see"), "{seen}");
    let told = |event: &rooh_core::event::Event| match &event.kind {
        EventKind::ReplyText { text, .. } | EventKind::ReplyFinished { text, .. } => Some(text.clone()),
        _ => None,
    };
    let told: Vec<String> = played.events.iter().filter_map(told).collect();
    assert_eq!(told, ["Answer 1.", "Answer 1.", "Answer 2.", "Answer 2."]);
}

#[test]
fn a_turn_that_goes_on_before_its_words_were_there_says_so() {
    scenario("taken back early")
        .with(|agent| plain(agent).stt(ToneStt::new().without_partials().finalize_delay(ms(1800))))
        .user(0.5, "book a table")
        // The turn is over at 1.9 s, and its words come at 3.1 s.
        .user(2.1, "for two people please")
        .agent("Done.")
        .check(expect![[r#"
            0.000s session_started
            0.000s state listening
            0.560s speech_started
            1.280s speech_stopped
            1.880s state processing
            2.160s speech_started
            2.400s user_turn_taken_back (silence, 800 ms)
            2.400s state listening
            3.080s speech_stopped
            3.080s user_final "book a table"
            3.680s state processing
            4.880s user_final "for two people please"
            4.880s user_turn "book a table for two people please" (silence, 800 ms)
            4.880s reply_text "Done."
            4.880s state speaking
            4.900s reply_started 1
            4.900s turn_timing 2000 = endpointing 800 + stt 1200
            5.100s reply_finished "Done."
            5.100s state listening
            8.900s state closed
            8.900s session_ended user_left
        "#]]);
}
