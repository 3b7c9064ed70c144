//! An e-mail address, written or said word by word.

use crate::judge::{Completeness, Judgement};
use crate::language::{Ending, Roles};
use crate::turn::Turn;

/// Where many mailboxes are: nobody's address ends here, though the name of the company does.
const PROVIDERS: &[&str] = &[
    "aol",
    "gmail",
    "gmx",
    "googlemail",
    "hotmail",
    "icloud",
    "laposte",
    "libero",
    "live",
    "mailbox",
    "me",
    "msn",
    "orange",
    "outlook",
    "posteo",
    "proton",
    "protonmail",
    "sfr",
    "telefonica",
    "verizon",
    "wanadoo",
    "web",
    "yahoo",
    "ymail",
    "zoho",
];

/// The ends of most addresses: of everybody, and of the countries where the four languages are spoken.
const ENDS: &[&str] = &[
    "app", "ar", "at", "au", "be", "biz", "ca", "cat", "ch", "cl", "co", "com", "de", "dev", "edu", "es",
    "eu", "fr", "gov", "ie", "in", "info", "io", "it", "li", "lu", "me", "mx", "net", "nl", "nz", "org",
    "pe", "pt", "uk", "us", "uy", "ve", "za",
];

/// How many words an address has behind its "at": "mail dot my company dot co dot uk".
const DOMAIN: usize = 9;

/// How many words are more likely an address than a sentence, where one was asked for.
const BEGINNING: usize = 3;

/// How much of an address is there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Shape {
    None,
    Begun,
    /// Whole, unless it goes on: "dot co", "dot uk".
    Perhaps,
    Whole,
}

pub(super) fn judge(turn: &Turn) -> Option<Judgement> {
    let end = turn.before_tail();
    match shape(turn, end, true) {
        Shape::Whole => Some(Completeness::Answer.by("a whole e-mail address")),
        Shape::Perhaps => Some(Completeness::Neutral.by("an e-mail address that may go on")),
        Shape::Begun => Some(Completeness::Partial.by("an e-mail address goes on")),
        Shape::None => is_beginning(turn, end).then(|| Completeness::Partial.by("an e-mail address begins")),
    }
}

/// Whether what was said before any "at" looks like an address.
fn is_beginning(turn: &Turn, end: usize) -> bool {
    let start = turn.after_lead(0..end, Roles::EMAIL_CUE);
    let rest = start..end;
    let sign = Roles::DOT.or(Roles::SIGN);
    let letter = |at: usize| turn.words.get(at).chars().count() == 1;
    let plain = |at: usize| {
        let entry = turn.entry(at..at + 1);
        let grammar = matches!(entry.ending, Some((Ending::Never | Ending::Seldom, _)));
        letter(at)
            || entry.roles.any(sign.or(Roles::PARTICLE).or(Roles::NAME))
            || !grammar && !entry.roles.any(Roles::SHORT.or(Roles::NO).or(Roles::ASKS))
    };
    let spells = rest.clone().any(|at| turn.is(at, sign)) || rest.len() > 1 && rest.clone().all(letter);
    turn.language.is_some()
        && !rest.is_empty()
        && !turn.last_mark().ends_sentence()
        && rest.clone().all(plain)
        && (spells || rest.len() <= BEGINNING)
}

/// How much of an address the words before `end` are; `asked` says that one was asked for.
pub(crate) fn shape(turn: &Turn, end: usize, asked: bool) -> Shape {
    if end == 0 {
        return Shape::None;
    }
    let last = turn.words.get(end - 1);
    if let Some((_, domain)) = last.split_once('@').filter(|(local, _)| !local.is_empty()) {
        return if ends_domain(domain) { Shape::Whole } else { Shape::Begun };
    }
    let dot = |at: usize| turn.is(at, Roles::DOT);
    let Some((at, length)) = (1..end).rev().take(DOMAIN + 1).find_map(|at| {
        let sign = turn.words.get(at) == "@";
        let length = turn.phrase(at, end, Roles::AT).map(|(length, _)| length).or(sign.then_some(1))?;
        // "Punkt at" ends an Austrian address.
        (!dot(at - 1)).then_some((at, length))
    }) else {
        return Shape::None;
    };
    // "At" is a preposition too; "arroba" is not.
    let firm = !matches!(turn.entry(at..at + length).ending, Some((Ending::Never | Ending::Seldom, _)));
    let domain = at + length..end;
    if domain.is_empty() {
        let start = turn.after_lead(0..at, Roles::EMAIL_CUE);
        let spelled = (start..at).any(dot) || at - start.min(at) <= BEGINNING;
        return if firm || asked && spelled { Shape::Begun } else { Shape::None };
    }
    if dot(end - 1) {
        return Shape::Begun;
    }
    if ends_domain(last) {
        return Shape::Whole;
    }
    if end >= 2 && dot(end - 2) {
        return match last {
            "co" => Shape::Perhaps,
            last if ENDS.contains(&last) => Shape::Whole,
            _ if asked || firm => Shape::Perhaps,
            _ => Shape::None,
        };
    }
    let known = domain.len() == 1 && PROVIDERS.contains(&last);
    if known || firm || asked { Shape::Begun } else { Shape::None }
}

/// Whether a word is a domain with its end: "gmail.com".
fn ends_domain(word: &str) -> bool {
    word.rsplit_once('.').is_some_and(|(name, end)| {
        !name.is_empty() && end.chars().count() >= 2 && end.chars().all(char::is_alphabetic)
    })
}
