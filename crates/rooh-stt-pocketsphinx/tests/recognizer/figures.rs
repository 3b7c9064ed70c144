//! How well and how fast it hears; the figures are printed, with `--nocapture` or on failure.

use std::time::Duration;

use rooh_core::expect::Expected;
use rooh_stt_pocketsphinx::Pocketsphinx;
use rooh_tts_flite::{Flite, FliteOptions, Voice};

use crate::speech::{Dice, Session, distance, installed, prompt, quantile, silence, spoken, words};

/// A telephone number as a person says it: in groups, with small pauses.
fn number(dice: &mut Dice, prompts: &[Vec<i16>], length: usize) -> (String, Vec<i16>) {
    let mut figures = String::new();
    let mut samples = silence(200 + dice.roll(400));
    for place in 0..length {
        let figure = dice.roll(10);
        figures.push_str(&figure.to_string());
        samples.extend(&prompts[figure]);
        let group = if length == 10 { place == 2 || place == 5 } else { place == 2 };
        samples.extend(silence(20 + dice.roll(100) + if group { 100 + dice.roll(150) } else { 0 }));
    }
    samples.extend(silence(600));
    (figures, samples)
}

#[tokio::test]
async fn telephone_numbers_of_a_person_are_understood() {
    let prompts: Option<Vec<_>> = (0..10).map(|figure| prompt(&format!("digits/{figure}"))).collect();
    let (true, Some(prompts)) = (installed().await, prompts) else { return };
    let mut dice = Dice(20_261_121);
    println!("seed {}", dice.0);
    let recognizer = Pocketsphinx::default();
    let (mut wrong, mut all, mut whole) = (0, 0, 0);
    let (mut finalize, mut busy, mut audio) = (Vec::new(), Duration::ZERO, Duration::ZERO);
    for call in 0..50 {
        // Each number is a call of its own: the voice is new to the recognizer.
        let (figures, samples) = number(&mut dice, &prompts, if call % 2 == 0 { 10 } else { 7 });
        let mut session =
            Session::new(&recognizer, Expected::Digits { min: figures.len(), max: figures.len() });
        session.hear(&samples);
        let heard = session.finish().await.unwrap().text;
        let errors = distance(&figures.chars().collect::<Vec<_>>(), &heard.chars().collect::<Vec<_>>());
        if errors > 0 {
            println!("said {figures}, heard {heard}");
        }
        wrong += errors;
        all += figures.len();
        whole += usize::from(errors == 0);
        finalize.append(&mut session.finalize);
        busy += session.busy;
        audio += session.audio;
    }
    let right = 100.0 - 100.0 * wrong as f64 / all as f64;
    println!(
        "digits: {right:.1} % right, {whole} of 50 numbers; real-time factor {:.3}; final after {:?}, p95 {:?}",
        busy.as_secs_f64() / audio.as_secs_f64(),
        quantile(finalize.clone(), 50),
        quantile(finalize, 95),
    );
    assert!(right >= 97.0);
}

#[tokio::test]
async fn too_few_digits_stay_too_few() {
    let prompts: Option<Vec<_>> = (0..10).map(|figure| prompt(&format!("digits/{figure}"))).collect();
    let (true, Some(prompts)) = (installed().await, prompts) else { return };
    let mut dice = Dice(77);
    println!("seed {}", dice.0);
    for _ in 0..4 {
        let (figures, samples) = number(&mut dice, &prompts, 7);
        let mut session = Session::new(&Pocketsphinx::default(), Expected::Digits { min: 10, max: 10 });
        session.hear(&samples);
        assert_eq!(session.finish().await.unwrap().text, figures);
    }
}

const SENTENCES: [&str; 20] = [
    "I would like to book a table for four people on Friday evening.",
    "What time does the museum open on Sunday?",
    "Can you tell me the price of a ticket to London?",
    "My car has broken down and I need some help.",
    "Please send the report to my office before noon.",
    "The weather will be warm and sunny tomorrow.",
    "I want to change my appointment to next week.",
    "How much does it cost to ship a package to Canada?",
    "She is looking for a doctor who speaks English.",
    "We have two dogs and a cat at home.",
    "Could you repeat the last part of the question?",
    "I forgot my password and cannot open my account.",
    "The train leaves at half past seven in the morning.",
    "Do you have any rooms with a view of the sea?",
    "I think there is a mistake on my bill.",
    "Please call me back when you have more information.",
    "Is there a good restaurant near the station?",
    "He has been working for this company for ten years.",
    "I need to speak with someone about my insurance.",
    "Thank you very much for your help today.",
];

#[tokio::test]
async fn what_flite_says_is_understood() {
    if !installed().await {
        return;
    }
    // Another voice may be tried; the figure that has to be reached is that of the default.
    let voice = std::env::var("ROOH_TEST_VOICE").unwrap_or_else(|_| "rms".to_owned());
    let voice = Voice::ALL.iter().find(|known| known.as_str() == voice).copied().unwrap_or_default();
    let flite = Flite::new(FliteOptions { voice, ..Default::default() }).unwrap();
    let mut session = Session::new(&Pocketsphinx::default(), Expected::Anything);
    let (mut wrong, mut all) = (0, 0);
    for sentence in SENTENCES {
        let Some(speech) = spoken(&flite, sentence).await else { return };
        session.hear(&[silence(400), speech, silence(700)].concat());
        let heard = session.finish().await.unwrap();
        let (said, heard) = (words(sentence), words(&heard.text));
        let errors = distance(&said, &heard);
        if errors > 0 {
            println!("said {}\n  heard {}", said.join(" "), heard.join(" "));
        }
        wrong += errors;
        all += said.len();
    }
    let rate = 100.0 * wrong as f64 / all as f64;
    println!(
        "text to Flite ({}) to PocketSphinx to text: {rate:.1} % word errors; real-time factor {:.3}; final after {:?}, p95 {:?}",
        voice.as_str(),
        session.busy.as_secs_f64() / session.audio.as_secs_f64(),
        quantile(session.finalize.clone(), 50),
        quantile(session.finalize.clone(), 95),
    );
    assert!(rate < if voice == Voice::default() { 5.0 } else { 100.0 });
}

#[tokio::test]
async fn dates_and_times_of_a_person_are_understood() {
    if !installed().await {
        return;
    }
    let cases = [
        (Expected::Date, "monday june fifth", ["digits/day-1", "digits/mon-5", "digits/h-5"].as_slice()),
        (Expected::Date, "saturday november twelfth", &["digits/day-6", "digits/mon-10", "digits/h-12"]),
        (Expected::Date, "march third", &["digits/mon-2", "digits/h-3"]),
        (Expected::Date, "august twentieth", &["digits/mon-7", "digits/h-20"]),
        (Expected::Date, "tomorrow", &["digits/tomorrow"]),
        (Expected::Date, "thursday", &["digits/day-4"]),
        (Expected::Time, "seven thirty p.m.", &["digits/7", "digits/30", "digits/p-m"]),
        (Expected::Time, "at eleven a.m.", &["digits/at", "digits/11", "digits/a-m"]),
        (Expected::Time, "nine o'clock", &["digits/9", "digits/oclock"]),
        (Expected::YesNo, "no", &["vm-no"]),
    ];
    let mut wrong = 0;
    for (expected, said, parts) in &cases {
        let mut speech = silence(400);
        for part in *parts {
            let Some(part) = prompt(part) else { return };
            speech.extend(part);
            speech.extend(silence(60));
        }
        speech.extend(silence(600));
        let mut session = Session::new(&Pocketsphinx::default(), expected.clone());
        session.hear(&speech);
        let heard = session.finish().await.unwrap();
        if heard.text != *said {
            println!("said {said}, heard {}", heard.text);
            wrong += 1;
        }
    }
    println!("dates, times and a no: {} of {} right", cases.len() - wrong, cases.len());
    assert_eq!(wrong, 0);
}

#[tokio::test]
async fn yes_and_no_in_many_words_are_understood() {
    if !installed().await {
        return;
    }
    let said = [
        "yes",
        "yeah",
        "yep",
        "sure",
        "that's right",
        "correct",
        "yes please",
        "of course",
        "no",
        "nope",
        "not really",
        "no thanks",
        "that's wrong",
        "absolutely",
        "I don't think so",
    ];
    let mut wrong = 0;
    for said in said {
        let Some(speech) = spoken(&Flite::default(), said).await else { return };
        let mut session = Session::new(&Pocketsphinx::default(), Expected::YesNo);
        session.hear(&[silence(400), speech, silence(600)].concat());
        let heard = session.finish().await.unwrap();
        if words(&heard.text) != words(said) {
            println!("said {said}, heard {} ({:?})", heard.text, heard.confidence);
            wrong += 1;
        }
    }
    println!("yes and no: {wrong} of {} wrong", said.len());
    assert!(wrong <= 1);
}

#[tokio::test]
async fn an_answer_to_another_question_is_still_heard() {
    if !installed().await {
        return;
    }
    let mut wrong = 0;
    for (expected, said) in [
        (Expected::YesNo, "What time does the museum open on Sunday?"),
        (Expected::Digits { min: 7, max: 10 }, "I would like to speak with someone about my insurance."),
        (Expected::Date, "The weather will be warm and sunny."),
        (Expected::Time, "Do you have any rooms with a view of the sea?"),
        (
            Expected::OneOf(vec!["pizza".into(), "pasta".into()]),
            "Please call me back when you have more information.",
        ),
    ] {
        let Some(speech) = spoken(&Flite::default(), said).await else { return };
        let mut session = Session::new(&Pocketsphinx::default(), expected.clone());
        session.hear(&[silence(400), speech, silence(600)].concat());
        let heard = session.finish().await.unwrap();
        let errors = distance(&words(said), &words(&heard.text));
        println!("asked for {expected:?}, said {said}\n  heard {} ({:?})", heard.text, heard.confidence);
        wrong += usize::from(errors > 3);
    }
    assert_eq!(wrong, 0);
}
