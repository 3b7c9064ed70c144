//! Echoes, and transcripts that are the same.

use rooh_words::{ECHO_THRESHOLD, echoes, matches};

/// What agents say, and what callers answer to it.
const EXCHANGES: &[(&str, &str)] = &[
    (
        "Hello, this is the dental practice of Doctor Miller. How can I help you?",
        "hi I'd like to make an appointment",
    ),
    (
        "Would you prefer an appointment in the morning or in the afternoon?",
        "the afternoon would be better for me",
    ),
    (
        "I have Tuesday at ten thirty or Thursday at a quarter past two.",
        "Thursday at a quarter past two please",
    ),
    (
        "May I have your telephone number, please? You can say it digit by digit.",
        "it's five five five one two one two",
    ),
    ("Your order will be delivered tomorrow between nine and twelve o'clock.", "tomorrow I'm not at home"),
    (
        "The total comes to forty two dollars and fifty cents, including delivery.",
        "that's more than last time",
    ),
    ("I am sorry to hear that your internet connection is not working.", "yes since this morning"),
    ("Please restart the router and wait until all the lamps are green.", "which lamps do you mean"),
    ("Could you please spell your last name for me?", "sure it's M E Y E R"),
    (
        "I have cancelled your reservation for four people on Friday evening.",
        "no I only wanted to change the time",
    ),
    ("Is there anything else that I can do for you today?", "no that's all thank you"),
    ("Our office is open from Monday to Friday, from eight until six.", "and what about Saturdays"),
    ("Your card was blocked because of three wrong attempts.", "can you unblock it now"),
    ("The technician will call you half an hour before he arrives.", "I need him to come earlier"),
    ("I will transfer you to one of my colleagues in the billing department.", "how long will that take"),
];

/// A linear congruential generator with the constants of Knuth's MMIX, so that each run hears the
/// same.
struct Noise(u64);

impl Noise {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// What a poor recognizer makes of a sentence: of ten words, one is lost, one is another, one has
/// a wrong letter.
fn misheard(sentence: &str, noise: &mut Noise) -> String {
    let mut heard = Vec::new();
    for word in sentence.split_whitespace() {
        match noise.below(10) {
            0 => {}
            1 => heard.push(["the", "a", "to", "in", "and", "it"][noise.below(6) as usize].to_owned()),
            2 => {
                let at = noise.below(word.chars().count() as u64) as usize;
                heard.push(word.chars().enumerate().map(|(i, c)| if i == at { 'x' } else { c }).collect());
            }
            _ => heard.push(word.to_owned()),
        }
    }
    heard.join(" ")
}

#[test]
fn an_echo_scores_more_than_an_answer() {
    const SEED: u64 = 20_261_121;
    println!("seed {SEED}");
    let mut noise = Noise(SEED);
    let (mut echo_missed, mut echo_count, mut answer_taken) = (0, 0, 0);
    for (spoken, answer) in EXCHANGES {
        for _ in 0..20 {
            // Often only the end of it is heard.
            let words: Vec<&str> = spoken.split_whitespace().collect();
            let from = noise.below(words.len() as u64 / 2) as usize;
            let heard = misheard(&words[from..].join(" "), &mut noise);
            if heard.split(' ').count() < 3 {
                continue;
            }
            echo_count += 1;
            echo_missed += usize::from(echoes(&heard, spoken, Some("en")) < ECHO_THRESHOLD);
        }
        let score = echoes(answer, spoken, Some("en"));
        if score >= ECHO_THRESHOLD {
            println!("taken for an echo, {score:.2}: {answer:?} after {spoken:?}");
            answer_taken += 1;
        }
    }
    println!(
        "{echo_missed} of {echo_count} echoes missed, {answer_taken} of {} answers taken",
        EXCHANGES.len()
    );
    assert!(echo_missed * 10 <= echo_count, "{echo_missed} of {echo_count} echoes are missed");
    // Who repeats an offer sounds like its echo.
    assert!(answer_taken <= 1, "{answer_taken} answers are taken for echoes");
}

#[test]
fn an_echo_is_found_in_order_and_close_together() {
    let spoken = "We are open from nine to five, and on Saturdays from ten to one.";
    for (heard, least, most) in [
        ("open from nine to five", 1.0, 1.0),
        ("Open from NINE to FIVE!", 1.0, 1.0),
        ("open from 9 to 5", 1.0, 1.0),
        ("open form nine to fife", 0.5, 1.0),
        ("on satudays from ten", 1.0, 1.0),
        ("five to nine", 0.0, 0.7),
        ("we on from one", 0.0, 0.6),
        ("stop please", 0.0, 0.0),
        ("", 0.0, 0.0),
        ("...", 0.0, 0.0),
    ] {
        let share = echoes(heard, spoken, Some("en"));
        assert!((least..=most).contains(&share), "{heard:?}: {share}");
    }
    assert!(echoes("anything", "", None).abs() < f32::EPSILON);
    let german = "Ihr Termin ist am Dienstag um halb elf.";
    assert!(echoes("ihr termin ist am dienstag", german, Some("de")) > 0.99);
}

#[test]
fn transcripts_match_but_for_case_punctuation_fillers_and_figures() {
    for (a, b, language, same) in [
        ("I'd like two pizzas.", "i'd like two pizzas", Some("en"), true),
        ("I'd like 2 pizzas", "i'd like two pizzas", Some("en"), true),
        ("um, my number is 555 12 12", "My number is five five five, one two one two.", Some("en"), true),
        ("twenty-one", "21", Some("en"), true),
        ("yes uh please", "Yes, please.", Some("en"), true),
        ("yes please", "no please", Some("en"), false),
        ("I want it", "I want it today", Some("en"), false),
        ("mm-hm", "", Some("en"), false),
        ("um", "", Some("en"), true),
        ("um acht Uhr", "acht Uhr", Some("de"), false),
        ("äh ja", "Ja.", Some("de"), true),
        ("euh oui", "Oui !", Some("fr"), true),
        ("eh sí", "Sí.", Some("es"), true),
        ("one", "1", None, false),
        ("B12", "12", Some("en"), false),
        ("", "…", None, true),
    ] {
        assert_eq!(matches(a, b, language), same, "{a:?} {b:?}");
        assert_eq!(matches(b, a, language), same, "{b:?} {a:?}");
    }
}
