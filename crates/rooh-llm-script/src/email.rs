//! E-mail addresses, written or spoken.

use crate::words::Words;

/// The first address in a turn: "john dot smith at example dot com".
pub(crate) fn email(words: &Words<'_>) -> Option<String> {
    written(words.original).or_else(|| spoken(words))
}

fn written(text: &str) -> Option<String> {
    text.split_whitespace().find_map(|part| {
        let part = part.trim_matches(|edge: char| !edge.is_alphanumeric());
        let (user, host) = part.split_once('@')?;
        (is_user(user) && is_host(host)).then(|| part.to_lowercase())
    })
}

fn spoken(words: &Words<'_>) -> Option<String> {
    (1..words.len()).filter(|at| words.get(*at) == "at").find_map(|at| {
        let host = host(words, at + 1)?;
        let user = user(words, at)?;
        (is_user(&user) && is_host(&host)).then(|| format!("{user}@{host}"))
    })
}

/// What stands after "at": words joined by "dot".
fn host(words: &Words<'_>, mut at: usize) -> Option<String> {
    let mut host = String::new();
    let mut dots = 0;
    while at < words.len() {
        match sign(words.get(at)) {
            Some('.') if !host.is_empty() => {
                host.push('.');
                dots += 1;
            }
            Some(sign @ '-') if !host.is_empty() => host.push(sign),
            Some(_) => return None,
            // After the last dot one word stands: "example dot com thank you".
            None if dots > 0 && !host.ends_with('.') => break,
            None => push_spoken(&mut host, words.get(at)),
        }
        at += 1;
    }
    (dots > 0).then(|| host.trim_end_matches('.').to_owned())
}

/// What stands before "at": one word, more where signs join them, and letters and digits.
fn user(words: &Words<'_>, at: usize) -> Option<String> {
    let mut start = at.checked_sub(1)?;
    sign(words.get(start)).is_none().then_some(())?;
    while start > 0 {
        let before = words.get(start - 1);
        let short = |word: &str| word.chars().count() == 1 && !matches!(word, "a" | "i") || is_digit(word);
        if sign(before).is_some() && start > 1 {
            start -= 2;
        } else if short(before) || short(words.get(start)) && !is_opening(before) {
            start -= 1;
        } else {
            break;
        }
    }
    let mut user = String::new();
    for place in start..at {
        match sign(words.get(place)) {
            Some(sign) => user.push(sign),
            None => push_spoken(&mut user, words.get(place)),
        }
    }
    Some(user)
}

fn push_spoken(text: &mut String, word: &str) {
    match crate::digits::unit(word).filter(|_| is_digit(word)) {
        Some(digit) => text.push_str(&digit.to_string()),
        None => text.push_str(word),
    }
}

fn is_digit(word: &str) -> bool {
    word != "o" && word != "oh" && crate::digits::unit(word).is_some()
        || !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_opening(word: &str) -> bool {
    matches!(
        word,
        "is" | "it's" | "its" | "at" | "email" | "address" | "mail" | "e" | "to" | "me" | "um" | "uh"
    )
}

fn sign(word: &str) -> Option<char> {
    Some(match word {
        "dot" | "point" | "period" => '.',
        "dash" | "hyphen" | "minus" => '-',
        "underscore" => '_',
        "plus" => '+',
        _ => return None,
    })
}

fn is_user(user: &str) -> bool {
    (1..=64).contains(&user.len())
        && user.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '\''))
        && !user.starts_with('.')
}

fn is_host(host: &str) -> bool {
    let labels = host.split('.').collect::<Vec<_>>();
    labels.len() > 1
        && host.len() <= 253
        && labels
            .iter()
            .all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_understood() {
        for (said, found) in [
            ("It's John.Smith@Example.com.", Some("john.smith@example.com")),
            ("john dot smith at example dot com", Some("john.smith@example.com")),
            (
                "my email is jane underscore doe at mail dash house dot co dot uk",
                Some("jane_doe@mail-house.co.uk"),
            ),
            ("j d five at example dot org thank you", Some("jd5@example.org")),
            ("meet me at noon", None),
            ("@", None),
            ("at dot com", None),
            ("", None),
        ] {
            assert_eq!(email(&Words::of(said)).as_deref(), found, "{said:?}");
        }
    }
}
