//! From what the agent expects to a grammar that the recognizer listens for.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use rooh_core::expect::{Expected, Hints};
use rooh_words::ENGLISH_ORDINALS;

use crate::phrases::{
    AFTER, BEFORE, BEFORE_DIGITS, MONTHS, ONES, SHORT_YES_NO, TEENS, TENS, WEEKDAYS, YES_NO, words,
};

/// More phrases than this are no help to a recognizer that has to tell them apart.
const MOST_PHRASES: usize = 2_000;
/// Numbers with more digits than this are not counted.
const MOST_DIGITS: usize = 20;
/// A phrase with more words than this is nothing that people say word for word.
const LONGEST_PHRASE: usize = 12;

/// What the recognizer listens for, and how that is written down.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Grammar {
    /// The grammar in the Java Speech Grammar Format.
    pub(crate) text: String,
    pub(crate) form: Form,
    /// What to listen for if the count of digits cannot be right.
    pub(crate) strict: Option<Strict>,
}

/// A grammar that allows only the right number of digits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Strict {
    pub(crate) text: String,
    pub(crate) digits: RangeInclusive<usize>,
}

/// How the words of a grammar are written down.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// As one row of figures.
    Digits,
    /// As an e-mail address.
    Email,
    /// As the phrase was given, where its words were heard.
    Phrases(Vec<(String, String)>),
    /// As words.
    Words,
}

/// The grammar for an answer, made of words that the dictionary `knows`; `None` where there is
/// none, and anything may be said.
pub(crate) fn grammar(hints: &Hints, knows: &mut dyn FnMut(&str) -> bool) -> Option<Grammar> {
    let mut rules = Rules { knows, text: String::from("#JSGF V1.0;\ngrammar rooh;\n") };
    let form = match &hints.expected {
        Expected::Date => {
            date(&mut rules)?;
            Form::Words
        }
        Expected::Digits { .. } => {
            digits(&mut rules)?;
            Form::Digits
        }
        Expected::Email => {
            email(&mut rules, &hints.phrases)?;
            Form::Email
        }
        // Any of thousands of names may come; only where they are known beforehand is there a list.
        Expected::Name if hints.phrases.is_empty() => return None,
        Expected::Name => phrases(&mut rules, &hints.phrases)?,
        Expected::OneOf(options) => phrases(&mut rules, options)?,
        Expected::Time => {
            time(&mut rules)?;
            Form::Words
        }
        Expected::YesNo => {
            rules.list("short", SHORT_YES_NO)?;
            rules.list("long", YES_NO)?;
            rules.list("before", &["uh", "um", "well", "oh"])?;
            rules.answer("[<before>] (/0.6/ <short> | /0.4/ <long>)");
            Form::Words
        }
        _ => return None,
    };
    let strict = match (&hints.expected, &form) {
        (Expected::Digits { min, max }, Form::Digits) => strict(&rules.text, *min, *max),
        _ => None,
    };
    Some(Grammar { text: rules.text, form, strict })
}

/// The grammar of digits with one item for each digit, from `min` to `max` of them.
fn strict(text: &str, min: usize, max: usize) -> Option<Strict> {
    if min == 0 || min > max || max > MOST_DIGITS {
        return None;
    }
    let must = "<one> ".repeat(min);
    let may = "[<one> ".repeat(max - min) + &"]".repeat(max - min);
    let text = text.replace("<item>+", &format!("{must}{may}"));
    Some(Strict { text, digits: min..=max })
}

/// A grammar in the making.
struct Rules<'a> {
    knows: &'a mut dyn FnMut(&str) -> bool,
    text: String,
}

impl Rules<'_> {
    /// Defines `name` as any of these phrases; `None` if the dictionary has none of them.
    fn list<S: AsRef<str>>(&mut self, name: &str, phrases: &[S]) -> Option<()> {
        let mut known: Vec<&str> = Vec::new();
        for phrase in phrases.iter().map(AsRef::as_ref) {
            match phrase.split(' ').find(|word| !(self.knows)(word)) {
                None => known.push(phrase),
                Some(word) => {
                    tracing::debug!(word, "the dictionary lacks a word: its phrase is not listened for")
                }
            }
        }
        if known.is_empty() {
            return None;
        }
        self.rule(name, &known.join(" | "));
        Some(())
    }

    fn rule(&mut self, name: &str, body: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "<{name}> = {body};");
    }

    fn answer(&mut self, body: &str) {
        let _ = writeln!(self.text, "public <answer> = {body};");
    }
}

/// Digits one by one, doubled, or in pairs.
fn digits(rules: &mut Rules<'_>) -> Option<()> {
    let mut one: Vec<&str> = ONES.to_vec();
    one.push("oh");
    rules.list("one", &one)?;
    rules.list("teen", &TEENS)?;
    rules.list("ten", &TENS[2..])?;
    rules.list("some", &ONES[1..])?;
    rules.list("before", BEFORE_DIGITS)?;
    rules.list("after", AFTER)?;
    // Most people say digits one by one; the weights say so.
    rules.rule("item", "/0.98/ <one> | /0.004/ double <one> | /0.002/ triple <one> | /0.005/ <teen> | /0.005/ <ten> [<some>] | /0.004/ <some> hundred");
    rules.answer("[<before>] <item>+ [<after>]");
    Some(())
}

/// Dates by name, by number, and from today.
fn date(rules: &mut Rules<'_>) -> Option<()> {
    rules.list("month", MONTHS)?;
    rules.list("weekday", WEEKDAYS)?;
    rules.list("ordinal", &ENGLISH_ORDINALS)?;
    rules.list("one", &ONES[1..])?;
    rules.list("teen", &TEENS)?;
    rules.list("ten", &TENS[2..])?;
    rules.list("before", BEFORE)?;
    rules.list("after", AFTER)?;
    rules.rule("cardinal", "<one> | <teen> | twenty [<one>] | thirty [one]");
    rules.rule("pair", "<teen> | <ten> [<one>] | oh <one>");
    rules.rule("year", "nineteen <pair> | twenty <pair> | two thousand [[and] (<one> | <teen>)]");
    rules.rule("day", "<ordinal> | <cardinal>");
    rules.rule("near", "today | tomorrow | tonight | the day after tomorrow | [this | next | on] <weekday> | next week | a week from today | a week from tomorrow | in (<one> | a) (day | days | week | weeks)");
    rules.rule(
        "date",
        "[[on] [next | this] <weekday>] [the] (<month> [the] <day> | [the] <ordinal> [[day] of] <month>) [<year>] | [<weekday>] the <ordinal> | <near> [<near>]",
    );
    rules.answer("[<before>] <date> [<after>]");
    Some(())
}

/// Times of day.
fn time(rules: &mut Rules<'_>) -> Option<()> {
    let mut hours: Vec<&str> = ONES[1..].to_vec();
    hours.extend(&TEENS[..3]);
    rules.list("hour", &hours)?;
    rules.list("one", &ONES[1..])?;
    rules.list("teen", &TEENS)?;
    rules.list("before", BEFORE)?;
    rules.list("after", AFTER)?;
    rules.rule("minute", "oh <one> | <teen> | (twenty | thirty | forty | fifty) [<one>]");
    rules.rule(
        "half",
        "a.m. | p.m. | in the morning | in the afternoon | in the evening | at night | tonight",
    );
    rules.rule("of", "past | after | to | before");
    rules.rule(
        "time",
        "<hour> [/0.5/ (o'clock | oh clock) | /0.4/ <minute> | /0.1/ hundred] | half past <hour> | [a] quarter <of> <hour> | (five | ten | twenty | twenty five) [minutes] <of> <hour> | noon | midnight | midday",
    );
    rules.answer("[<before>] [at | around | about] <time> [<half>] [<after>]");
    Some(())
}

/// An address spelled or said, letter by letter and word by word.
fn email(rules: &mut Rules<'_>, hosts: &[String]) -> Option<()> {
    let letters: Vec<String> = ('a'..='z').map(String::from).collect();
    rules.list("letter", &letters)?;
    let mut one: Vec<&str> = ONES.to_vec();
    one.push("oh");
    rules.list("digit", &one)?;
    rules.list("sign", &["dot", "dash", "hyphen", "underscore", "minus", "plus"])?;
    let mut names: Vec<String> =
        ["gmail", "hotmail", "outlook", "yahoo", "mail", "example", "info", "contact", "office"]
            .map(str::to_owned)
            .to_vec();
    names.extend(
        hosts
            .iter()
            .take(MOST_PHRASES)
            .map(|phrase| words(phrase).join(" "))
            .filter(|words| !words.is_empty()),
    );
    rules.list("name", &names)?;
    rules.list("end", &["com", "org", "net", "edu", "co dot u k", "io", "gov"])?;
    rules.list("before", &["it's", "it is", "my email is", "that's", "sure", "um", "uh"])?;
    rules.rule("part", "<letter> | <digit> | <sign> | <name>");
    rules.answer("[<before>] <part>+ at <part>+ dot <end>");
    Some(())
}

/// One of the phrases that were given, with what people say around it.
fn phrases(rules: &mut Rules<'_>, options: &[String]) -> Option<Form> {
    let mut said: Vec<(String, String)> = Vec::new();
    for option in options.iter().take(MOST_PHRASES) {
        let words = words(option);
        if !words.is_empty() && words.len() <= LONGEST_PHRASE {
            said.push((words.join(" "), option.trim().to_owned()));
        }
    }
    let spoken: Vec<&str> = said.iter().map(|(spoken, _)| spoken.as_str()).collect();
    rules.list("said", &spoken)?;
    rules.list("before", BEFORE)?;
    rules.list("after", AFTER)?;
    rules.answer("[<before>] [the | a] <said> [<after>]");
    // The longest first, so that the whole of what was said is found.
    said.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    Some(Form::Phrases(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(expected: Expected, phrases: &[&str]) -> Option<Grammar> {
        let hints = Hints { expected, phrases: phrases.iter().map(|&phrase| phrase.to_owned()).collect() };
        grammar(&hints, &mut |word| word != "xyzzy")
    }

    #[test]
    fn every_expectation_with_a_known_shape_has_a_grammar() {
        for expected in [
            Expected::Date,
            Expected::Digits { min: 7, max: 10 },
            Expected::Email,
            Expected::OneOf(vec!["Pizza".to_owned()]),
            Expected::Time,
            Expected::YesNo,
        ] {
            assert!(of(expected.clone(), &[]).is_some(), "{expected:?}");
        }
        assert_eq!(of(Expected::Anything, &["Rooh"]), None);
        assert_eq!(of(Expected::Name, &[]), None);
        assert!(of(Expected::Name, &["Joan"]).is_some());
    }

    #[test]
    fn phrases_with_unknown_words_are_left_away() {
        let grammar = of(Expected::OneOf(vec!["Xyzzy pizza".to_owned(), "Pasta 2".to_owned()]), &[]).unwrap();
        assert!(grammar.text.contains("<said> = pasta two;"), "{}", grammar.text);
        assert_eq!(of(Expected::OneOf(vec!["xyzzy".to_owned()]), &[]), None);
    }

    #[test]
    fn nothing_in_a_phrase_can_change_the_grammar() {
        let evil = "a; public <b> = c | /9/ d {tag} \"e\" \\ #JSGF".to_owned();
        let grammar = of(Expected::OneOf(vec![evil]), &[]).unwrap();
        assert!(grammar.text.contains("<said> = a public b c nine d tag e jsgf;"), "{}", grammar.text);
    }
}
