//! What must hold for any conversation, and that the same one comes out the same.

use std::time::Duration;

use rooh_core::event::{Event, EventKind, SessionState};
use rooh_core::floor::{BargeIn, Endpointing, Patience};
use rooh_core::session::Command;
use rooh_testkit::scenario::Ear;
use rooh_testkit::{Noise, Scenario, ScriptedLlm, ToneStt, ToneTts, scenario};

fn busy() -> Scenario {
    scenario("busy")
        .with(|agent| {
            agent
                .stt(ToneStt::new().lag(Duration::from_millis(120)).finalize_delay(Duration::from_millis(90)))
                .tts(ToneTts::new().delay(Duration::from_millis(70)))
        })
        .llm(
            ScriptedLlm::new(["We are open every day. Even on Sundays, from ten.", "From nine.", "Bye."])
                .first_token(Duration::from_millis(250))
                .each_token(Duration::from_millis(40)),
        )
        .user(0.5, "when are you")
        .user(1.9, "open")
        .user(5.0, "and on mondays please")
        .noise(9.0, 0.1)
        .user(11.0, "thanks")
}

#[test]
fn the_same_conversation_comes_out_the_same_a_hundred_times() {
    let first = busy().play().log();
    for run in 1..100 {
        assert_eq!(busy().play().log(), first, "run {run}");
    }
}

/// How long the voice takes for "One moment.".
const FILLER: Duration = Duration::from_millis(400);

/// A scenario of random speech, noise and commands over random delays of the providers.
fn random(seed: u64) -> Scenario {
    let mut noise = Noise::new(seed);
    let mut below = move |limit: u64| u64::from(noise.bits()) % limit;
    let ms = Duration::from_millis;
    let reply = "One two three four five. Six seven eight nine ten eleven. Twelve thirteen fourteen.";
    let stt = ToneStt::new().lag(ms(below(300))).finalize_delay(ms(below(900)));
    let stt = if below(2) == 0 { stt } else { stt.without_partials() };
    let tts = ToneTts::new().delay(ms(below(400)));
    let tts = if below(2) == 0 { tts } else { tts.word_times() };
    let mode = [BargeIn::Adaptive, BargeIn::Adaptive, BargeIn::Disabled, BargeIn::HardCut, BargeIn::SoftFade]
        [below(5) as usize];
    let thinking = if below(4) == 0 { BargeIn::Disabled } else { BargeIn::HardCut };
    let endpointing =
        [Endpointing::Auto, Endpointing::Acoustic, Endpointing::Heuristic, Endpointing::Semantic]
            [below(4) as usize];
    let patience = [Patience::QUICK, Patience::NORMAL, Patience::budget(2.0)][below(3) as usize];
    let eager = below(2) == 0;
    let finished = below(101) as f32 / 100.0;
    let judging = ms(below(400));
    let fills = seed.is_multiple_of(3);
    let mut scenario = scenario(format!("seed {seed}"))
        .llm(ScriptedLlm::new([reply]).first_token(ms(below(800))).each_token(ms(below(90))))
        .with(move |agent| {
            let agent = agent.stt(stt).tts(tts).barge_in_mode(mode).endpointing(endpointing);
            agent
                .patience(patience)
                .eager(eager)
                .settings(|settings| settings.barge_in_thinking = thinking)
                .late_filler(ms(300), ["One moment."].into_iter().filter(|_| fills))
                .completeness(move |_| async move {
                    tokio::time::sleep(judging).await;
                    Ok(finished)
                })
        });
    let mut at = 0.3;
    for _ in 0..below(9) + 1 {
        scenario = match below(8) {
            0 => scenario.noise(at, 0.05 + below(500) as f64 / 1000.0),
            1 => scenario.user(at, "yeah"),
            2 => scenario.command(at, Command::Interrupt),
            3 => scenario.command(at, Command::SendText("something written".into())),
            4 => scenario
                .command(at, Command::Say { text: "By the way.".into(), interruptible: below(2) == 0 }),
            _ => scenario.user(
                at,
                ["hello there", "and then", "what about the other one over there"][below(3) as usize],
            ),
        };
        at += below(3500) as f64 / 1000.0;
    }
    let ear = match below(6) {
        0 => Ear { acknowledges: false, latency: ms(below(200)), ..Ear::default() },
        1 => Ear { forgets: true, ..Ear::default() },
        _ => Ear::default(),
    };
    scenario.ear(Ear { holds: below(2) == 0, ..ear }).until(at + 40.0)
}

#[test]
fn no_conversation_gets_stuck_or_lets_a_cancelled_reply_be_heard() {
    // More are played with `ROOH_SEEDS`.
    let seeds = std::env::var("ROOH_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(300);
    for seed in 0..seeds {
        let played = random(seed).play();
        let log = || format!("seed {seed}\n{}", played.log());
        let generations: Vec<u64> = played.heard.iter().map(|(generation, _)| *generation).collect();
        assert!(generations.is_sorted(), "a cancelled reply was heard: {}", log());
        // Half a minute after the last word nobody is waiting for anything.
        let mut states = played.events.iter().filter_map(|event| match event.kind {
            EventKind::StateChanged(state) if state != SessionState::Closed => Some(state),
            _ => None,
        });
        assert_eq!(states.next_back(), Some(SessionState::Listening), "{}", log());
        // Every turn of the user was answered, held, taken back or overtaken by the next one.
        let mut owed = false;
        for event in &played.events {
            match &event.kind {
                EventKind::UserTurn { .. } => owed = true,
                EventKind::ReplyStarted { .. }
                | EventKind::ReplyFinished { .. }
                | EventKind::Interrupted { .. } => {
                    owed = false;
                }
                _ => {}
            }
        }
        assert!(!owed, "a turn was never answered: {}", log());
        // What was thrown away was never heard.
        for event in &played.events {
            if let EventKind::ReplyDiscarded { generation } = event.kind {
                assert!(!generations.contains(&generation), "{generation} was heard: {}", log());
            }
        }
        // No word comes twice, and none out of order.
        let (mut said, mut turns): (Vec<String>, Vec<Vec<String>>) = (Vec::new(), Vec::new());
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for event in &played.events {
            match &event.kind {
                EventKind::UserFinal(text) => said.extend(words(text)),
                EventKind::UserTurn { text, .. } => turns.push(words(text)),
                EventKind::ReplyTakenBack { .. } | EventKind::UserTurnHeld { .. } => drop(turns.pop()),
                _ => {}
            }
        }
        let mut left = said.iter();
        let doubled = turns.concat().into_iter().find(|word| !left.any(|said| said == word));
        assert_eq!(doubled, None, "{}", log());
        // What was heard of a reply that was cut off is what the event says; what a listener says
        // about it may lack the frame that it is hearing.
        for event in &played.events {
            if let EventKind::Interrupted { generation, position, .. } = event.kind {
                let of_it = played.heard.iter().filter(|(of, _)| *of == generation);
                let heard: Duration = of_it.map(|(_, frame)| frame.duration()).sum();
                let filler = |event: &&Event| matches!(event.kind, EventKind::FillerStarted { generation: of, .. } if of == generation);
                let fillers = played.events.iter().filter(filler).count() as u32 * FILLER;
                let tolerance = Duration::from_millis(20);
                let fits = position <= heard + tolerance && heard <= position + fillers + tolerance;
                assert!(fits, "{heard:?} {}", log());
            }
        }
        // Nothing is heard in a turn's audio that the model did not say.
        for (generation, _) in &played.heard {
            assert!(*generation > 0, "{}", log());
        }
    }
}
