//! Words as the library is to read them, each with its place in the clause.

use crate::text::{Spot, plain};

/// No longer text is spoken at once: the first sound is early and a dropped reply ends soon.
const LONGEST_PIECE: usize = 200;
/// A piece ends at a comma only if it has at least this much text.
const SHORTEST_PIECE: usize = 60;
/// A longer word is cut: nobody says it, and the library was not written for it.
const LONGEST_WORD: usize = 40;
/// With fewer digits a number is an amount or a year, from here on it is read digit by digit.
const FEWEST_PHONE_DIGITS: usize = 7;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const TOP_LEVEL: [&str; 14] =
    ["ai", "app", "co", "com", "de", "dev", "edu", "eu", "gov", "info", "io", "net", "org", "uk"];

/// One word to speak, without spaces, and where it ends in the clause, in bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Unit {
    pub(crate) text: String,
    pub(crate) end: usize,
}

impl Unit {
    /// The punctuation that follows it.
    pub(crate) fn pause(&self) -> Option<char> {
        self.text.chars().last().filter(|c| is_pause(*c))
    }
}

fn is_pause(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '?' | '!')
}

/// The words of a clause; none if there is nothing to pronounce.
pub(crate) fn units(clause: &str) -> Vec<Unit> {
    let spots = plain(clause);
    let words: Vec<Source<'_>> = spots.split(|(c, _)| *c == ' ').filter_map(Source::new).collect();
    let mut units: Vec<Unit> = Vec::with_capacity(words.len());
    let mut at = 0;
    while at < words.len() {
        let together = telephone(&words[at..]);
        if together > 0 {
            for word in &words[at..at + together] {
                digit_by_digit(word, &mut units);
            }
            at += together;
        } else {
            expand(&words[at], &mut units);
            at += 1;
        }
    }
    // What follows the last word without a sound is over with it.
    if let Some(last) = units.last_mut() {
        last.end = clause.len();
    }
    units
}

/// Splits words into pieces that are spoken one after the other.
pub(crate) fn pieces(mut units: Vec<Unit>) -> Vec<Vec<Unit>> {
    let mut pieces = Vec::new();
    loop {
        let mut length = 0;
        let mut comma = None;
        let mut full = None;
        for (place, unit) in units.iter().enumerate() {
            length += unit.text.len() + 1;
            if length > LONGEST_PIECE && place > 0 {
                full = Some(comma.unwrap_or(place));
                break;
            }
            if length >= SHORTEST_PIECE && unit.pause().is_some() {
                comma = Some(place + 1);
            }
        }
        match full {
            Some(place) => {
                let rest = units.split_off(place);
                pieces.push(std::mem::replace(&mut units, rest));
            }
            None => {
                if !units.is_empty() {
                    pieces.push(units);
                }
                return pieces;
            }
        }
    }
}

/// A word as written: what can be said of it, and the pause after it.
struct Source<'a> {
    /// From the first to the last character that has a sound; empty for a mere sign.
    core: &'a [Spot],
    /// Whether it opened with a bracket.
    bracket: bool,
    pause: Option<char>,
    end: usize,
}

impl<'a> Source<'a> {
    fn new(word: &'a [Spot]) -> Option<Self> {
        let end = word.last()?.1;
        let has_sound = |(c, _): &Spot| c.is_ascii_alphanumeric();
        let first = word.iter().position(has_sound);
        let last = word.iter().rposition(has_sound);
        let (Some(mut first), Some(mut last)) = (first, last) else {
            let sign = word.iter().position(|(c, _)| "&+=%@£€".contains(*c));
            let core = sign.map_or(&word[..0], |sign| &word[sign..=sign]);
            let pause = word.iter().map(|(c, _)| *c).find(|c| is_pause(*c));
            return Some(Self { core, bracket: false, pause, end });
        };
        let bracket = word[..first].iter().any(|(c, _)| *c == '(');
        // Signs that belong to a number, and the percent or degree after it.
        while first > 0 && "$£€+-".contains(word[first - 1].0) && word[first].0 != '-' {
            first -= 1;
        }
        while word.get(last + 1).is_some_and(|(c, _)| "%°€£+".contains(*c)) {
            last += 1;
        }
        let pause = word[last + 1..].iter().map(|(c, _)| *c).find(|c| is_pause(*c));
        Some(Self { core: &word[first..=last], bracket, pause, end })
    }

    fn text(&self) -> String {
        self.core.iter().map(|(c, _)| *c).collect()
    }

    fn digits(&self) -> usize {
        self.core.iter().filter(|(c, _)| c.is_ascii_digit()).count()
    }

    /// Whether it is made of digits and what stands between the digits of a telephone number.
    fn is_dialed(&self) -> bool {
        self.digits() > 0 && self.core.iter().all(|(c, _)| c.is_ascii_digit() || "()+-./".contains(*c))
    }
}

/// How many of `words`, from the first, are one telephone number.
fn telephone(words: &[Source<'_>]) -> usize {
    let mut count = 0;
    let mut digits = 0;
    for word in words {
        if !word.is_dialed() || digits + word.digits() > 15 {
            break;
        }
        count += 1;
        digits += word.digits();
        if word.pause.is_some() {
            break;
        }
    }
    // A list of numbers is no telephone number: that has a sign of one, or groups of three and
    // a last one of four.
    while count > 0 {
        let run = &words[..count];
        let digits: usize = run.iter().map(Source::digits).sum();
        let signed = run[0].bracket || matches!(run[0].core[0].0, '+' | '0');
        let grouped = count > 1
            && run[..count - 1].iter().all(|word| word.core.len() == 3)
            && run[count - 1].digits() >= 4;
        let alone = count == 1 && is_code(&run[0]);
        if digits >= FEWEST_PHONE_DIGITS && (signed || grouped || alone) {
            return count;
        }
        count -= 1;
    }
    0
}

/// Whether a single word of digits is read digit by digit.
fn is_code(word: &Source<'_>) -> bool {
    let text = word.text();
    let separators = text.chars().filter(|c| !c.is_ascii_digit()).count();
    let decimal = separators == 1 && text.contains('.');
    word.digits() >= FEWEST_PHONE_DIGITS && !decimal && !text.contains('/') && iso_date(&text).is_none()
}

/// Says every digit, with a short pause between the groups.
fn digit_by_digit(word: &Source<'_>, units: &mut Vec<Unit>) {
    let mut grouped = false;
    for (c, end) in word.core {
        match c {
            c if c.is_ascii_digit() => {
                units.push(Unit { text: name_of(*c).to_owned(), end: *end });
                grouped = true;
            }
            '+' => units.push(Unit { text: "plus".to_owned(), end: *end }),
            _ if grouped => {
                pause(units, ',');
                grouped = false;
            }
            _ => {}
        }
    }
    finish(word, units);
    if word.pause.is_none() {
        pause(units, ',');
    }
}

fn name_of(digit: char) -> &'static str {
    const NAMES: [&str; 10] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    digit.to_digit(10).and_then(|digit| NAMES.get(digit as usize)).copied().unwrap_or_default()
}

/// Puts a pause after the last word, if it has none yet.
fn pause(units: &mut [Unit], mark: char) {
    if let Some(last) = units.last_mut()
        && last.pause().is_none()
    {
        last.text.push(mark);
    }
}

/// Ends what was made of a word where the word ends, with its pause.
fn finish(word: &Source<'_>, units: &mut [Unit]) {
    if let Some(last) = units.last_mut() {
        last.end = word.end;
    }
    if let Some(mark) = word.pause {
        pause(units, mark);
    }
}

/// Says one word that is no telephone number.
fn expand(word: &Source<'_>, units: &mut Vec<Unit>) {
    let text = word.text();
    let say = |text: &str, units: &mut Vec<Unit>| {
        units.extend(text.split(' ').map(|text| Unit { text: text.to_owned(), end: word.end }));
    };
    if word.core.is_empty() {
        // A sign alone, such as a dash, is part of what came before it.
    } else if is_address(&text) {
        address(word, units);
    } else if let Some(date) = iso_date(&text) {
        say(&date, units);
    } else if let Some(amount) = amount(&text) {
        say(&amount, units);
    } else if text.eq_ignore_ascii_case("ok") {
        say("okay", units);
    } else {
        parts(word, units);
    }
    finish(word, units);
}

/// Whether `text` is an e-mail or web address.
fn is_address(text: &str) -> bool {
    if text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) {
        return true;
    }
    let text = text.to_ascii_lowercase();
    if text.starts_with("http://") || text.starts_with("https://") || text.starts_with("www.") {
        return true;
    }
    let host = text.split('/').next().unwrap_or_default();
    let mut labels = host.rsplit('.');
    labels.next().is_some_and(|last| TOP_LEVEL.contains(&last))
        && labels.clone().count() > 0
        && labels.all(|label| label.len() > 1 && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

/// Says an address part by part.
fn address(word: &Source<'_>, units: &mut Vec<Unit>) {
    let text = word.text();
    let scheme = text.find("://").map_or(0, |at| at + 3);
    let mut run: Vec<Spot> = Vec::new();
    for spot in &word.core[scheme..] {
        let name = match spot.0 {
            '@' => "at",
            '.' => "dot",
            '-' => "dash",
            '_' => "underscore",
            '/' => "slash",
            '+' => "plus",
            c if c.is_ascii_alphanumeric() => {
                // A run of digits is said apart from the letters before it.
                if run.last().is_some_and(|(last, _)| last.is_ascii_digit() != c.is_ascii_digit()) {
                    say_run(&mut run, units);
                }
                run.push(*spot);
                continue;
            }
            _ => continue,
        };
        say_run(&mut run, units);
        units.push(Unit { text: name.to_owned(), end: spot.1 });
    }
    say_run(&mut run, units);
}

fn say_run(run: &mut Vec<Spot>, units: &mut Vec<Unit>) {
    let text: String = run.iter().map(|(c, _)| *c).collect();
    if text.eq_ignore_ascii_case("www") || text.bytes().all(|b| b.is_ascii_digit()) {
        for (c, end) in run.iter() {
            let text = if c.is_ascii_digit() { name_of(*c).to_owned() } else { c.to_string() };
            units.push(Unit { text, end: *end });
        }
    } else {
        cut(run, units);
    }
    run.clear();
}

/// A date such as 2026-05-12 as it is said.
fn iso_date(text: &str) -> Option<String> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let year: u16 = year.parse().ok().filter(|year| (1000..=2999).contains(year))?;
    let month = MONTHS.get(usize::from(month.parse::<u8>().ok()?.checked_sub(1)?))?;
    let day: u8 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let ending = match (day % 10, day / 10) {
        (_, 1) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    Some(format!("{month} {day}{ending}, {year}"))
}

/// An amount in pounds or euros, or degrees, as it is said; dollars the library knows.
fn amount(text: &str) -> Option<String> {
    let is_number = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || c == ',' || c == '.')
    };
    for (sign, name) in [('£', "pounds"), ('€', "euros")] {
        let number = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign));
        if let Some(number) = number.filter(|number| is_number(number)) {
            return Some(match number.split_once('.') {
                Some((whole, part)) if part.len() == 2 => format!("{whole} {name} {part}"),
                _ => format!("{number} {name}"),
            });
        }
        if text.len() == sign.len_utf8() && text.starts_with(sign) {
            return Some(name.to_owned());
        }
    }
    let (number, scale) = text.split_once('°')?;
    let number_alone = number.strip_prefix('-').unwrap_or(number);
    if !is_number(number_alone) || !scale.chars().all(|c| c.is_ascii_alphabetic()) {
        return None;
    }
    let minus = if number.starts_with('-') { "minus " } else { "" };
    let scale = match scale {
        "C" | "c" => " Celsius",
        "F" | "f" => " Fahrenheit",
        _ => "",
    };
    Some(format!("{minus}{number_alone} degrees{scale}"))
}

/// Says a common word, apart at what the library would name or stumble over.
fn parts(word: &Source<'_>, units: &mut Vec<Unit>) {
    let core = word.core;
    let mut run: Vec<Spot> = Vec::new();
    for (place, spot) in core.iter().enumerate() {
        let letters = |place: Option<usize>| {
            place.and_then(|place| core.get(place)).is_some_and(|(c, _)| c.is_ascii_alphabetic())
        };
        let between_letters = letters(place.checked_sub(1)) && letters(Some(place + 1));
        let name = match spot.0 {
            '&' => "and",
            '+' => "plus",
            '=' => "equals",
            '@' => "at",
            '%' if core.len() == 1 => "percent",
            '/' if between_letters => "",
            c if c.is_ascii_alphanumeric() || "'.,:$%-/".contains(c) => {
                run.push(*spot);
                continue;
            }
            _ => "",
        };
        cut(&run, units);
        run.clear();
        if !name.is_empty() {
            units.push(Unit { text: name.to_owned(), end: spot.1 });
        }
    }
    cut(&run, units);
}

/// Takes a run as one word, or as several if it is too long for one.
fn cut(run: &[Spot], units: &mut Vec<Unit>) {
    for part in run.chunks(LONGEST_WORD) {
        let text: String = part.iter().map(|(c, _)| *c).collect();
        if let (true, Some((_, end))) = (text.contains(|c: char| c.is_ascii_alphanumeric()), part.last()) {
            units.push(Unit { text, end: *end });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(clause: &str, spoken: &str) {
        let units = units(clause);
        let text: Vec<&str> = units.iter().map(|unit| unit.text.as_str()).collect();
        assert_eq!(text.join(" "), spoken, "of {clause:?}");
        let mut last = 0;
        for unit in &units {
            assert!(unit.end >= last && clause.is_char_boundary(unit.end), "of {clause:?}: {units:?}");
            last = unit.end;
        }
    }

    #[test]
    fn telephone_numbers_are_read_digit_by_digit() {
        check("Call (555) 121-2345.", "Call five five five, one two one, two three four five.");
        check("at 555-1212, ok?", "at five five five, one two one two, okay?");
        check("+1 555 121 2345", "plus one, five five five, one two one, two three four five,");
        check("It is 5551212", "It is five five five one two one two,");
    }

    #[test]
    fn amounts_years_and_lists_are_not_telephone_numbers() {
        check("1984 and 100 200 300 400", "1984 and 100 200 300 400");
        check("$1,250,000 or 3.14159265", "$1,250,000 or 3.14159265");
        check("£12.50 or 5€", "12 pounds 50 or 5 euros");
        check("-5°C", "minus 5 degrees Celsius");
    }

    #[test]
    fn addresses_are_read_part_by_part() {
        check("Mail joe_b@example.com!", "Mail joe underscore b at example dot com!");
        check("https://www.rooh.dev/docs", "w w w dot rooh dot dev slash docs");
        check("at 9 p.m. e.g. the U.S. one", "at 9 p.m. e.g. the U.S. one");
    }

    #[test]
    fn dates_in_figures_are_said_as_dates() {
        check("on 2026-05-02.", "on May 2nd, 2026.");
        check("on 2026-13-02", "on two zero two six, one three, zero two,");
    }

    #[test]
    fn signs_alone_are_named_or_belong_to_what_came_before() {
        check("well — yes & no", "well, yes and no");
        check("- one", "one");
        check("... !", "");
        check("and/or A&B", "and or A and B");
    }

    #[test]
    fn every_piece_of_a_long_clause_is_short_and_ends_at_a_comma_where_it_can() {
        let clause = "one two three four, ".repeat(40);
        let all = units(&clause);
        let pieces = pieces(all.clone());
        assert!(pieces.len() > 3);
        for piece in &pieces {
            assert!(piece.iter().map(|unit| unit.text.len() + 1).sum::<usize>() <= LONGEST_PIECE);
            assert!(piece.last().unwrap().pause().is_some());
        }
        assert_eq!(pieces.concat(), all);
        let endless = super::pieces(units(&"x".repeat(100_000)));
        assert!(endless.iter().flatten().all(|unit| unit.text.len() <= LONGEST_WORD + 1));
        assert!(endless.len() >= 100_000 / LONGEST_PIECE);
    }
}
