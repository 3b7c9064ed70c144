//! What must hold for any conversation with a model that is ears, mind and voice in one.

use std::collections::BTreeSet;
use std::time::Duration;

use rooh_core::event::{EventKind, SessionState};
use rooh_core::floor::{BargeIn, Endpointing, Patience};
use rooh_core::realtime::UserWords;
use rooh_core::session::Command;
use rooh_testkit::scenario::Ear;
use rooh_testkit::{Noise, Scenario, ScriptedRealtime, ToneTts, scenario};

/// A scenario of random speech, noise and commands, and a random model.
fn random(seed: u64, is_duplex: bool) -> (Scenario, ScriptedRealtime) {
    let mut noise = Noise::new(seed);
    let mut below = move |limit: u64| u64::from(noise.bits()) % limit;
    let ms = Duration::from_millis;
    let replies = ["One two three four five. Six seven eight nine ten eleven.", "Yes.", "Twelve thirteen."];
    let mut model = ScriptedRealtime::new(replies).thinks(ms(below(1200)));
    if is_duplex {
        model = model.duplex();
    } else if below(2) == 0 {
        model = model.judging_turns(ms(100 + below(900)));
    }
    if below(2) == 0 {
        model = model.rate(1.0 + below(4) as f64);
    }
    if below(2) == 0 {
        model = model.resumable();
    }
    if below(3) == 0 {
        model = model.breaks_at(ms(below(9000)));
    }
    model = model.words(
        [UserWords::AsSpoken, UserWords::AsSpoken, UserWords::AfterTurn, UserWords::Never][below(4) as usize],
    );
    let mode = [BargeIn::Adaptive, BargeIn::Adaptive, BargeIn::Disabled, BargeIn::HardCut, BargeIn::SoftFade]
        [below(5) as usize];
    let thinking = if below(4) == 0 { BargeIn::Disabled } else { BargeIn::HardCut };
    let endpointing = [Endpointing::Auto, Endpointing::Acoustic, Endpointing::Heuristic][below(3) as usize];
    let patience = [Patience::QUICK, Patience::NORMAL, Patience::INTERVIEW][below(3) as usize];
    let has_voice = below(2) == 0;
    let mut scenario = scenario(format!("seed {seed}")).realtime(model.clone()).with(move |agent| {
        let agent = if has_voice { agent.tts(ToneTts::new().delay(ms(70))) } else { agent };
        agent
            .barge_in_mode(mode)
            .endpointing(endpointing)
            .patience(patience)
            .settings(|settings| settings.barge_in_thinking = thinking)
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
    (scenario.ear(Ear { holds: below(2) == 0, ..ear }).until(at + 50.0), model)
}

#[test]
fn no_conversation_gets_stuck_or_lets_a_cancelled_reply_be_heard() {
    // More are played with `ROOH_SEEDS`.
    let seeds = std::env::var("ROOH_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(150);
    for seed in 0..seeds {
        let (scenario, model) = random(seed, false);
        let played = scenario.play();
        let log = || format!("seed {seed}\n{}\n{}", played.log(), model.told().join("\n"));
        let generations: Vec<u64> = played.heard.iter().map(|(generation, _)| *generation).collect();
        assert!(generations.is_sorted(), "a cancelled reply was heard: {}", log());
        let mut states = played.events.iter().filter_map(|event| match event.kind {
            EventKind::StateChanged(state) if state != SessionState::Closed => Some(state),
            _ => None,
        });
        assert_eq!(states.next_back(), Some(SessionState::Listening), "{}", log());
        // Every turn of the user was answered, taken back or overtaken by the next one.
        let mut owed = false;
        for event in &played.events {
            match &event.kind {
                EventKind::UserTurn { .. } => owed = true,
                EventKind::ReplyStarted { .. }
                | EventKind::ReplyFinished { .. }
                | EventKind::ReplyTakenBack { .. }
                | EventKind::Failed { .. }
                | EventKind::Interrupted { .. } => owed = false,
                _ => {}
            }
        }
        assert!(!owed, "a turn was never answered: {}", log());
        // Nobody waits for the model in vain.
        let stalls = played.events.iter().any(|event| match &event.kind {
            EventKind::Failed { error, .. } => error.kind() == rooh_core::ErrorKind::Timeout,
            _ => false,
        });
        assert!(!stalls, "{}", log());
        // No word comes twice, and none out of order; what is written has an order of its own.
        if model.requests().len() == 1 && !played.log().contains("something written") {
            let (mut said, mut turns): (Vec<String>, Vec<Vec<String>>) = (Vec::new(), Vec::new());
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            for event in &played.events {
                match &event.kind {
                    EventKind::UserFinal(text) => said.extend(words(text)),
                    EventKind::UserTurn { text, .. } => turns.push(words(text)),
                    EventKind::ReplyTakenBack { .. } => drop(turns.pop()),
                    _ => {}
                }
            }
            let mut left = said.iter();
            let doubled = turns.concat().into_iter().find(|word| !left.any(|said| said == word));
            assert_eq!(doubled, None, "{}", log());
        }
        // Each turn that the model was told of ends in one way, once.
        let told = model.told();
        let mut is_open = false;
        for line in &told {
            match line.as_str() {
                "start_turn" => is_open = true,
                "drop_turn" => assert!(std::mem::take(&mut is_open), "nothing was to be dropped: {}", log()),
                "end_turn" => is_open = false,
                _ => {}
            }
        }
        // A reply is interrupted once, and no turn stays open.
        if model.requests().len() == 1 {
            assert!(!is_open, "{}", log());
            let interrupted = told.iter().filter_map(|line| line.strip_prefix("interrupt "));
            let numbers: Vec<&str> = interrupted.filter_map(|rest| rest.split(' ').next()).collect();
            let once: BTreeSet<&str> = numbers.iter().copied().collect();
            assert_eq!(numbers.len(), once.len(), "{}", log());
        }
    }
}

#[test]
fn a_model_that_speaks_whenever_it_likes_never_speaks_over_itself_or_for_ever() {
    for seed in 0..60 {
        let (scenario, model) = random(seed, true);
        let played = scenario.play();
        let log = || format!("seed {seed}\n{}\n{}", played.log(), model.told().join("\n"));
        let generations: Vec<u64> = played.heard.iter().map(|(generation, _)| *generation).collect();
        assert!(generations.is_sorted(), "{}", log());
        let mut states = played.events.iter().filter_map(|event| match event.kind {
            EventKind::StateChanged(state) if state != SessionState::Closed => Some(state),
            _ => None,
        });
        assert_eq!(states.next_back(), Some(SessionState::Listening), "{}", log());
    }
}

#[test]
fn the_same_conversation_comes_out_the_same() {
    for seed in 0..20 {
        let logs = [0, 1].map(|_| random(seed, seed % 5 == 0).0.play().log());
        assert_eq!(logs[0], logs[1]);
    }
}
