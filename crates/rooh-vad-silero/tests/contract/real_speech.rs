//! What the model hears: speech of a person, alone and under noise.

use rooh_core::vad::VadProvider;
use rooh_testkit::Noise;
use rooh_vad_silero::Silero;

use crate::sounds::Labeled;

/// How often speech was taken for speech, and how often the rest was.
struct Rates {
    hits: f64,
    false_alarms: f64,
}

/// What the model answers to each window.
fn answers(samples: &[i16]) -> Vec<f32> {
    let mut vad = Silero::new().open().unwrap();
    samples.chunks_exact(vad.window()).map(|window| vad.probability(window)).collect()
}

fn rates(answers: &[f32], truth: &[Option<bool>], threshold: f32) -> Rates {
    let (mut speech, mut hits, mut rest, mut alarms) = (0, 0, 0, 0);
    for (answer, truth) in answers.iter().zip(truth) {
        let heard = *answer >= threshold;
        match truth {
            Some(true) => (speech, hits) = (speech + 1, hits + usize::from(heard)),
            Some(false) => (rest, alarms) = (rest + 1, alarms + usize::from(heard)),
            None => {}
        }
    }
    let share = |part: usize, all: usize| part as f64 / all.max(1) as f64;
    Rates { hits: share(hits, speech), false_alarms: share(alarms, rest) }
}

/// White noise: the same each time, wherever one looks.
fn white(n: usize) -> f64 {
    Noise::new(n as u64).unit() * 2.0 - 1.0
}

/// Chords that change three times a second.
fn tones(n: usize) -> f64 {
    let t = n as f64 / 16_000.0;
    let root = [220.0, 261.6, 293.7, 329.6, 392.0][(t * 3.0) as usize % 5];
    [1.0, 1.25, 1.5].iter().map(|third| (t * root * third * std::f64::consts::TAU).sin()).sum()
}

#[test]
fn people_are_heard_and_noise_music_and_silence_are_not() {
    let labeled = match Labeled::prompts(512, 120) {
        Ok(labeled) => labeled,
        Err(missing) => {
            eprintln!("skipped: {missing}");
            return;
        }
    };
    let conditions = [
        ("clean", labeled.samples.clone()),
        ("white noise, 10 dB", labeled.with(white, 10.0)),
        ("white noise, 0 dB", labeled.with(white, 0.0)),
        ("tones, 10 dB", labeled.with(tones, 10.0)),
    ];
    println!("{} s, {} windows", labeled.samples.len() / 16_000, labeled.truth.len());
    for (what, samples) in &conditions {
        let answers = answers(samples);
        for threshold in [0.3, 0.5, 0.7] {
            let Rates { hits, false_alarms } = rates(&answers, &labeled.truth, threshold);
            println!("{what}, threshold {threshold}: hits {hits:.3}, false alarms {false_alarms:.4}");
            if threshold == 0.5 {
                assert!(hits > 0.9, "{what}: only {hits:.3} of the speech was heard");
                assert!(false_alarms < 0.02, "{what}: {false_alarms:.3} of the rest passed for speech");
            }
        }
    }
}

#[test]
fn noise_tones_and_silence_alone_are_never_speech_for_long() {
    let seconds = 20;
    let everything: [(&str, &dyn Fn(usize) -> f64); 3] =
        [("silence", &|_| 0.0), ("white noise", &|n| white(n) * 3_000.0), ("tones", &|n| tones(n) * 2_000.0)];
    for (what, sound) in everything {
        let samples: Vec<i16> = (0..seconds * 16_000).map(|n| sound(n) as i16).collect();
        let Rates { false_alarms, .. } =
            rates(&answers(&samples), &vec![Some(false); samples.len() / 512], 0.5);
        println!("{what} alone: false alarms {false_alarms:.4}");
        assert!(false_alarms < 0.02, "{what}: {false_alarms:.3} passed for speech");
    }
}
