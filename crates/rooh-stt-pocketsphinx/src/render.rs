//! From the words that were recognized to the text of a transcript.

use crate::grammar::Form;
use crate::phrases::{ONES, TEENS, TENS};

/// The word as written: without the number of its pronunciation; `None` for what is no word.
pub(crate) fn plain(word: &str) -> Option<&str> {
    if word.is_empty() || word.starts_with(['<', '[', '+']) || word == "(NULL)" {
        return None;
    }
    Some(match word.find('(') {
        Some(at) if at > 0 => &word[..at],
        _ => word,
    })
}

/// Writes words down.
pub(crate) fn text(form: &Form, words: &[&str]) -> String {
    match form {
        Form::Digits => digits(words),
        Form::Email => email(words),
        Form::Phrases(phrases) => {
            let said = words.join(" ");
            for (spoken, written) in phrases {
                if let Some(at) = find(&said, spoken) {
                    return [&said[..at], written, &said[at + spoken.len()..]].concat();
                }
            }
            said
        }
        Form::Words => words.join(" ").replace("oh clock", "o'clock"),
    }
}

/// Where `phrase` stands in `said`, as whole words.
fn find(said: &str, phrase: &str) -> Option<usize> {
    said.match_indices(phrase).map(|(at, _)| at).find(|at| {
        let before = said[..*at].chars().next_back().is_none_or(|c| c == ' ');
        let after = said[at + phrase.len()..].chars().next().is_none_or(|c| c == ' ');
        before && after
    })
}

/// Figures alone, whatever was said around them.
fn digits(words: &[&str]) -> String {
    let mut figures = String::new();
    let mut times = 1;
    let mut tens: Option<usize> = None;
    for word in words {
        let one = ONES.iter().position(|name| name == word).or((*word == "oh").then_some(0));
        if let Some(ten) = tens.take() {
            // "fifty five" is 55; "fifty", and then something else, is 50.
            if let Some(one) = one.filter(|one| *one > 0) {
                figures.push_str(&(ten * 10 + one).to_string());
                continue;
            }
            figures.push_str(&(ten * 10).to_string());
        }
        if let Some(one) = one {
            for _ in 0..std::mem::replace(&mut times, 1) {
                figures.push_str(&one.to_string());
            }
        } else if let Some(teen) = TEENS.iter().position(|name| name == word) {
            figures.push_str(&(teen + 10).to_string());
        } else if let Some(ten) = TENS.iter().position(|name| name == word) {
            tens = Some(ten);
        } else {
            match *word {
                "double" => times = 2,
                "triple" => times = 3,
                "hundred" => figures.push_str("00"),
                _ => {}
            }
        }
    }
    if let Some(ten) = tens {
        figures.push_str(&(ten * 10).to_string());
    }
    figures
}

/// An address without spaces, without what was said before it.
fn email(words: &[&str]) -> String {
    let mut words = words;
    for before in ["it's", "it is", "my email is", "that's", "sure", "um", "uh"] {
        let before: Vec<&str> = before.split(' ').collect();
        if let Some(rest) = words.strip_prefix(before.as_slice()) {
            words = rest;
        }
    }
    let mut address = String::new();
    for word in words {
        match *word {
            "at" => address.push('@'),
            "dot" => address.push('.'),
            "dash" | "hyphen" | "minus" => address.push('-'),
            "oh" => address.push('0'),
            "plus" => address.push('+'),
            "underscore" => address.push('_'),
            word => match ONES.iter().position(|name| *name == word) {
                Some(one) => address.push_str(&one.to_string()),
                None => address.push_str(word),
            },
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(form: &Form, said: &str, written: &str) {
        assert_eq!(text(form, &said.split(' ').collect::<Vec<_>>()), written);
    }

    #[test]
    fn digits_are_written_as_figures() {
        check(&Form::Digits, "five five five one two one two", "5551212");
        check(&Form::Digits, "it's oh two double seven please", "0277");
        check(&Form::Digits, "eight hundred fifty five twelve", "8005512");
        check(&Form::Digits, "twenty twenty one fifty", "202150");
    }

    #[test]
    fn addresses_are_written_together() {
        check(&Form::Email, "it's j o e dot b one at gmail dot com", "joe.b1@gmail.com");
    }

    #[test]
    fn phrases_are_written_as_they_were_given() {
        let form = Form::Phrases(vec![
            ("new york".to_owned(), "New York".to_owned()),
            ("york".to_owned(), "York".to_owned()),
        ]);
        check(&form, "the new york please", "the New York please");
        check(&form, "york", "York");
        check(&form, "yorkshire", "yorkshire");
    }

    #[test]
    fn marks_of_the_recognizer_are_no_words() {
        assert_eq!(plain("the(2)"), Some("the"));
        assert_eq!(["<sil>", "++NOISE++", "[SPEECH]", "(NULL)", ""].map(plain), [None; 5]);
    }
}
