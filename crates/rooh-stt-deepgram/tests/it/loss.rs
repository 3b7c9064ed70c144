//! Calls by their seed: what is said, when a final is asked for, how frames are cut, how the vendor
//! answers and how slowly the session reads. No word may be lost or doubled in any of them.

use rooh_testkit::Noise;
use rooh_testkit::fakes::{Answers, Cuts};

use crate::*;

const SEEDS: u64 = 60;

/// Says numbered words in groups; returns how many, and how many finals were asked for.
fn call(talk: &mut Talk, random: &mut Noise) -> (usize, usize) {
    let mut below = |n: usize| (random.unit() * n as f64) as usize;
    let (mut words, mut asked) = (0, 0);
    for _ in 0..=below(6) {
        for _ in 0..below(6) {
            let audio = speech::encode(&format!("w{words}"), talk.format, talk.at);
            let length = Duration::from_millis([10, 20, 37, 200][below(4)]);
            for frame in speech::frames(&audio, length) {
                talk.at = frame.end();
                talk.put(SttInput::Audio(frame));
            }
            words += 1;
        }
        talk.pause([0, 60, 200, 400, 1_300][below(5)]);
        if below(4) > 0 {
            talk.finalize();
            asked += 1;
        }
        if below(5) == 0 {
            // The session's audio has a gap.
            talk.at += Duration::from_secs(30);
        }
    }
    (words, asked)
}

async fn no_word_is_lost_or_doubled(model: &str) {
    for seed in 0..SEEDS {
        let mut random = Noise::new(seed);
        let below = |random: &mut Noise, n: usize| (random.unit() * n as f64) as usize;
        let answers = [Answers::Always, Answers::Late(Duration::from_millis(30)), Answers::Unless];
        let fake = FakeDeepgram::start().await.expect("a port is free");
        let fake = fake.answers(answers[below(&mut random, 3)]).piece(1 + below(&mut random, 4));
        let fake = fake.lag(Duration::from_millis([0, 120, 250][below(&mut random, 3)]));
        fake.cut(Cuts::Seed(seed));
        let mut talk = Talk::new(&provider(options(&fake, model)));
        let (words, asked) = call(&mut talk, &mut random);
        talk.end();
        let mut events = Vec::new();
        let slow = Duration::from_millis([0, 3, 15][below(&mut random, 3)]);
        while let Some(event) = talk.next().await {
            events.push(event.unwrap_or_else(|error| panic!("seed {seed}: {error:?}")));
            tokio::time::sleep(slow).await;
        }
        let said: Vec<String> = (0..words).map(|word| format!("w{word}")).collect();
        assert_eq!(
            finals(&events).join(" ").split_whitespace().collect::<Vec<_>>(),
            said,
            "seed {seed}: {:?}",
            finals(&events)
        );
        assert!(finals(&events).len() >= asked, "seed {seed}: {asked} finals were asked for");
        let starts: Vec<SessionTime> = events
            .iter()
            .filter_map(|event| match event {
                SttEvent::Final(transcript) => Some(transcript.words.iter().map(|word| word.start)),
                _ => None,
            })
            .flatten()
            .collect();
        assert!(starts.is_sorted() && starts.len() == words, "seed {seed}: {starts:?}");
    }
}

#[tokio::test]
async fn nova_loses_no_word_and_doubles_none() {
    no_word_is_lost_or_doubled("nova-3").await;
}

#[tokio::test]
async fn flux_loses_no_word_and_doubles_none() {
    no_word_is_lost_or_doubled("flux-general-en").await;
}
