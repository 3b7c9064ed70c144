//! What holds for any text.

use proptest::prelude::*;
use rooh_words::{Completeness, Expected, digits, echoes, judge, matches, overlap, significant};

use crate::phrases::{LANGUAGES, read};

fn expectations() -> Vec<Expected> {
    vec![
        Expected::Anything,
        Expected::Date,
        Expected::Digits { min: 7, max: 10 },
        Expected::Digits { min: 0, max: 0 },
        Expected::Digits { min: 9, max: 2 },
        Expected::Email,
        Expected::Name,
        Expected::OneOf(vec![]),
        Expected::OneOf(vec![String::new(), "the first".to_owned(), "L'".to_owned(), "the".to_owned()]),
        Expected::Time,
        Expected::YesNo,
    ]
}

const TAGS: [Option<&str>; 7] =
    [None, Some("en"), Some("es-MX"), Some("de_AT"), Some("fr"), Some("ja"), Some("-")];

/// Words that rules look at, in any order, with any marks: what a random text seldom has.
fn talk() -> impl Strategy<Value = String> {
    let word = prop::sample::select(
        "a I the of at dot com @ gmail.com x@y x@y.zz one oh five 5 55 0171 +49 twenty hundred thousand double \
         first may march monday half past three pm a m 10:30 3/4/2026 s m i as in bravo my name is number um uh \
         mm hm so well you know yes no please thank let me see either or between and what where if when not \
         weil ich und ein einundzwanzig hundert tausend zwei drei wie martha punkt ät dritten que de la y mil \
         cien arroba quatre vingt dix soixante et l' d' qu' c'est l'après midi İ ß é 日本 ... - — … ? ! . , ¿"
            .split_whitespace()
            .collect::<Vec<_>>(),
    );
    let mark = prop::sample::select(vec!["", "", "", ".", ",", "?", "...", "-", " —"]);
    prop::collection::vec((word, mark), 0..40)
        .prop_map(|words| words.into_iter().map(|(word, mark)| format!("{word}{mark} ")).collect())
}

fn all(text: &str) {
    for tag in TAGS {
        for expected in expectations() {
            let judgement = judge(text, tag, &expected);
            assert!(!judgement.rule.is_empty());
        }
        digits(text, tag);
        assert!(significant(text, tag) <= text.len());
        overlap(text, tag);
        let share = echoes(text, "we are open from nine to five", tag);
        assert!((0.0..=1.0).contains(&share), "{share}");
        assert!(matches(text, text, tag));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        all(&text);
    }

    #[test]
    fn no_talk_makes_it_panic(text in talk()) {
        all(&text);
    }

    #[test]
    fn case_does_not_matter(text in talk()) {
        let upper = text.to_uppercase();
        // Some letters have no way back: "ß" becomes "SS".
        prop_assume!(upper.to_lowercase() == text.to_lowercase());
        for tag in TAGS {
            for expected in expectations() {
                prop_assert_eq!(judge(&upper, tag, &expected), judge(&text, tag, &expected));
            }
            prop_assert_eq!(overlap(&upper, tag), overlap(&text, tag));
            prop_assert_eq!(digits(&upper, tag), digits(&text, tag));
            prop_assert!(matches(&upper, &text, tag));
        }
    }

    #[test]
    fn what_takes_the_floor_is_the_same_with_marks_between_its_words(text in talk()) {
        let marked = text.split_whitespace().collect::<Vec<_>>().join(" , ");
        for tag in TAGS {
            prop_assert_eq!(overlap(&marked, tag), overlap(&text, tag));
            prop_assert_eq!(significant(&marked, tag), significant(&text, tag));
        }
    }

    #[test]
    fn a_text_contains_itself(text in talk()) {
        let share = echoes(&text, &text, Some("en"));
        prop_assert!(share > 0.999 || matches(&text, "", Some("en")), "{}", share);
    }
}

/// Words that no sentence ends with, in the order of the languages.
const AND: [(&str, &str); 4] = [("en", "and"), ("es", "y"), ("de", "und"), ("fr", "et")];

#[test]
fn whatever_closes_a_turn_is_open_again_with_an_and_behind() {
    for ((language, table), (_, and)) in LANGUAGES.into_iter().zip(AND) {
        for phrase in read(table) {
            let judgement = judge(phrase.said, Some(language), &phrase.expected);
            if !matches!(judgement.completeness, Completeness::Closed | Completeness::Answer) {
                continue;
            }
            let said = phrase.said.trim_end_matches(['.', '!', '?', ' ']);
            for more in [format!("{said} {and}"), format!("{said}, {and}"), format!("{said} {and}.")] {
                for expected in [&phrase.expected, &Expected::Anything] {
                    let judgement = judge(&more, Some(language), expected);
                    // Of a number or an address, "and" is a part that goes on.
                    let waits = matches!(judgement.completeness, Completeness::Open | Completeness::Partial);
                    assert!(waits, "{language} {more:?}: {judgement:?}");
                    let open = judgement.completeness == Completeness::Open || language != "en";
                    assert!(open || *expected != Expected::Anything, "{more:?}: {judgement:?}");
                }
            }
        }
    }
}

#[test]
fn a_sound_behind_it_makes_any_turn_hesitate() {
    for ((language, table), sound) in LANGUAGES.into_iter().zip(["um", "eh", "äh", "euh"]) {
        for phrase in read(table).into_iter().filter(|phrase| phrase.class != "unknown") {
            let said = format!("{} {sound}", phrase.said);
            let judgement = judge(&said, Some(language), &phrase.expected);
            assert_eq!(
                judgement.completeness,
                Completeness::Hesitating,
                "{language} {said:?}: {judgement:?}"
            );
        }
    }
}

#[test]
fn without_rules_for_a_language_marks_figures_and_addresses_count() {
    let digits = Expected::Digits { min: 6, max: 8 };
    for (said, expected, class) in [
        ("dove siete", Expected::Anything, Completeness::Neutral),
        ("dove siete?", Expected::Anything, Completeness::Closed),
        ("Vorrei un tavolo.", Expected::Anything, Completeness::Closed),
        ("Vorrei un tavolo,", Expected::Anything, Completeness::Open),
        ("予約をお願いします。", Expected::Anything, Completeness::Closed),
        ("予約を", Expected::Anything, Completeness::Neutral),
        ("il mio numero è 06 12", Expected::Anything, Completeness::Partial),
        ("+39 06", Expected::Anything, Completeness::Partial),
        ("0039 06 1234 5678", Expected::Anything, Completeness::Neutral),
        ("12 34", digits.clone(), Completeness::Partial),
        ("12 34 56.", digits.clone(), Completeness::Neutral),
        ("1234 5678", digits, Completeness::Answer),
        ("mario@example.it", Expected::Email, Completeness::Answer),
        ("mario@example", Expected::Email, Completeness::Partial),
        ("La seconda!", Expected::OneOf(vec!["la seconda".to_owned()]), Completeness::Answer),
        ("sì", Expected::YesNo, Completeness::Neutral),
    ] {
        for tag in [None, Some("it-IT")] {
            let judgement = judge(said, tag, &expected);
            assert_eq!(judgement.completeness, class, "{said:?} {tag:?}: {judgement:?}");
        }
    }
}

#[test]
fn a_long_turn_is_judged_by_its_end() {
    let long = "and then I called again and nobody answered ".repeat(500);
    let said = |end: &str| judge(&format!("{long}{end}"), Some("en"), &Expected::Anything).completeness;
    assert_eq!(said("so please"), Completeness::Closed);
    assert_eq!(said("because"), Completeness::Open);
    assert_eq!(said("um"), Completeness::Hesitating);
    for part in ["hundert", "und", "a.", "x'", "'", "@", "-", "5", "five "] {
        all(&part.repeat(2_000));
    }
    let number = Expected::Digits { min: 1_000, max: 1_000 };
    let digits = "five ".repeat(1_000);
    assert_eq!(judge(&digits, Some("en"), &number).completeness, Completeness::Answer);
    assert_eq!(judge(&digits[5..], Some("en"), &number).completeness, Completeness::Partial);
}
