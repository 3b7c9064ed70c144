//! Phrases of callers by language, with what a patient listener would make of them.
//!
//! A line is `class | what was asked for | what the caller has said so far`.

use rooh_words::{Expected, judge};

pub(crate) struct Phrase {
    pub(crate) class: &'static str,
    pub(crate) expected: Expected,
    pub(crate) said: &'static str,
}

pub(crate) const LANGUAGES: [(&str, &str); 4] = [
    ("en", include_str!("phrases/en.txt")),
    ("es", include_str!("phrases/es.txt")),
    ("de", include_str!("phrases/de.txt")),
    ("fr", include_str!("phrases/fr.txt")),
];

pub(crate) fn read(table: &'static str) -> Vec<Phrase> {
    table
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let mut cells = line.splitn(3, '|').map(str::trim);
            let mut cell = || cells.next().unwrap_or_else(|| panic!("three cells: {line:?}"));
            Phrase { class: cell(), expected: expected(cell()), said: cell() }
        })
        .collect()
}

fn expected(cell: &str) -> Expected {
    if let Some(phrases) = cell.strip_prefix("one of: ") {
        return Expected::OneOf(phrases.split(';').map(|phrase| phrase.trim().to_owned()).collect());
    }
    if let Some(counts) = cell.strip_prefix("digits ") {
        let (min, max) = counts.split_once(' ').expect("two counts of digits");
        let count = |count: &str| count.parse().expect("a count of digits");
        return Expected::Digits { min: count(min), max: count(max) };
    }
    match cell {
        "" => Expected::Anything,
        "date" => Expected::Date,
        "email" => Expected::Email,
        "name" => Expected::Name,
        "time" => Expected::Time,
        "yes no" => Expected::YesNo,
        other => panic!("nobody asks for {other:?}"),
    }
}

#[test]
fn callers_are_judged_as_a_patient_listener_would() {
    let mut wrong = String::new();
    for (language, table) in LANGUAGES {
        let phrases = read(table);
        assert!(phrases.len() >= if language == "en" { 60 } else { 40 }, "{language}: {}", phrases.len());
        for Phrase { class, expected, said } in phrases {
            let judgement = judge(said, Some(language), &expected);
            if judgement.completeness.as_str() != class {
                wrong += &format!(
                    "{language} {said:?} ({expected:?}): {class}, not {} by {:?}\n",
                    judgement.completeness.as_str(),
                    judgement.rule
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{wrong}", wrong.lines().count());
}
