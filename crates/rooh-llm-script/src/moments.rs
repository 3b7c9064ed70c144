//! Dates and times of day, as people say them.

use std::ops::Range;

use rooh_words::ENGLISH_ORDINALS;

use crate::digits;
use crate::words::Words;

/// The date in `range` as it was said, or as year-month-day if all three were.
pub(crate) fn date(words: &Words<'_>, range: Range<usize>) -> Option<String> {
    let end = range.end.min(words.len());
    (range.start..end).find_map(|at| date_at(words, at, end))
}

fn date_at(words: &Words<'_>, at: usize, end: usize) -> Option<String> {
    let word = words.get(at);
    if matches!(word, "today" | "tomorrow" | "tonight" | "yesterday") {
        return Some(word.to_owned());
    }
    if let Some(day) = weekday(word) {
        let before = at.checked_sub(1).map_or("", |before| words.get(before));
        return Some(match before {
            "next" | "this" | "last" => format!("{before} {day}"),
            _ => day.to_owned(),
        });
    }
    if word == "next" && matches!(words.get(at + 1), "week" | "month" | "year") && at + 1 < end {
        return Some(words.quote(at..at + 2).to_lowercase());
    }
    // 2026-03-04, and 3/4/2026 which each country reads its own way, so it stays as it is.
    let number = |at: usize| (at < end).then(|| words.get(at).parse::<u32>().ok()).flatten();
    if let (Some(first), Some(second), Some(third)) = (number(at), number(at + 1), number(at + 2)) {
        if words.get(at).len() == 4 && (1..=12).contains(&second) && (1..=31).contains(&third) {
            return Some(format!("{first:04}-{second:02}-{third:02}"));
        }
        if (1..=31).contains(&first) && (1..=31).contains(&second) {
            return Some(words.quote(at..at + 3).to_owned());
        }
    }
    let month = month(word)?;
    // "May" is also a word: it takes a day to be a month.
    let (day, year_at) = match day(words, at + 1, end) {
        Some((day, length)) => (day, at + 1 + length),
        None => {
            let of = at.checked_sub(1).filter(|before| words.get(*before) == "of").unwrap_or(at);
            let (day, _) = (of.saturating_sub(2)..of)
                .find_map(|start| day(words, start, of).filter(|(_, length)| start + length == of))?;
            (day, at + 1)
        }
    };
    Some(match year(words, year_at, end) {
        Some(year) => format!("{year:04}-{:02}-{day:02}", month + 1),
        None => format!("{} {day}", MONTHS[month]),
    })
}

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

fn month(word: &str) -> Option<usize> {
    MONTHS.iter().position(|month| {
        month.eq_ignore_ascii_case(word) || word.len() == 3 && month[..3].eq_ignore_ascii_case(word)
    })
}

fn weekday(word: &str) -> Option<&'static str> {
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        .into_iter()
        .find(|day| day.eq_ignore_ascii_case(word))
}

/// A day of the month, and how many words it takes.
fn day(words: &Words<'_>, at: usize, end: usize) -> Option<(u32, usize)> {
    if at >= end {
        return None;
    }
    if words.get(at) == "the" {
        return day(words, at + 1, end).map(|(day, length)| (day, length + 1));
    }
    let word = words.get(at);
    let numeric = word.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    if let Ok(day) = numeric.parse::<u32>() {
        return (1..=31).contains(&day).then_some((day, 1));
    }
    if let Some(day) = ordinal(word).or_else(|| digits::unit(word)).filter(|day| *day > 0) {
        return Some((day, 1));
    }
    let tens = digits::teen_or_ten(word).filter(|tens| *tens <= 30)?;
    let next = if at + 1 < end { words.get(at + 1) } else { "" };
    match ordinal(next).or_else(|| digits::unit(next)).filter(|unit| tens >= 20 && (1..10).contains(unit)) {
        Some(unit) if tens + unit <= 31 => Some((tens + unit, 2)),
        _ => Some((tens, 1)),
    }
}

fn ordinal(word: &str) -> Option<u32> {
    let at = ENGLISH_ORDINALS.iter().position(|ordinal| *ordinal == word)?;
    u32::try_from(at + 1).ok()
}

fn year(words: &Words<'_>, at: usize, end: usize) -> Option<u32> {
    if at >= end {
        return None;
    }
    let said = digits::answer(words, at..end.min(at + 4), 4);
    said.parse().ok().filter(|year| (1900..=2100).contains(year))
}

/// The time of day in `range`: `15:30` where it is certain, `3:30` where it may be either half.
pub(crate) fn time(words: &Words<'_>, range: Range<usize>) -> Option<String> {
    let end = range.end.min(words.len());
    (range.start..end).find_map(|at| time_at(words, at, end))
}

fn time_at(words: &Words<'_>, at: usize, end: usize) -> Option<String> {
    let word = words.get(at);
    match word {
        "noon" | "midday" => return Some("12:00".to_owned()),
        "midnight" => return Some("00:00".to_owned()),
        "half" | "quarter" => {
            let minutes = if word == "half" { 30 } else { 15 };
            let past = words.get(at + 1);
            let (hour, length) = hour(words, at + 2, end)?;
            return match past {
                "past" | "after" => Some(clock(words, hour, minutes, at + 2 + length, end)),
                "to" | "of" if word == "quarter" => {
                    Some(clock(words, if hour <= 1 { hour + 11 } else { hour - 1 }, 45, at + 2 + length, end))
                }
                _ => None,
            };
        }
        _ => {}
    }
    let (hour, length) = hour(words, at, end)?;
    let mut next = at + length;
    if next < end && words.get(next) == "o'clock" {
        return Some(clock(words, hour, 0, next + 1, end));
    }
    let minutes = minutes(words, next, end);
    if let Some((_, length)) = minutes {
        next += length;
    }
    let half_day = next < end && half(words, next).is_some();
    // A lone number is a time only if it is all that was said.
    let certain = minutes.is_some() || half_day || at > 0 && words.get(at - 1) == "at" || end - at <= length;
    certain.then(|| clock(words, hour, minutes.map_or(0, |(minutes, _)| minutes), next, end))
}

fn hour(words: &Words<'_>, at: usize, end: usize) -> Option<(u32, usize)> {
    if at >= end {
        return None;
    }
    let word = words.get(at);
    // "3pm" is one word.
    let number = word.trim_end_matches("am").trim_end_matches("pm");
    let hour = number.parse().ok().or_else(|| digits::unit(word)).or_else(|| digits::teen_or_ten(word))?;
    (hour < 24).then_some((hour, 1))
}

fn minutes(words: &Words<'_>, at: usize, end: usize) -> Option<(u32, usize)> {
    if at >= end
        || words.pause_after(at.saturating_sub(1)) && !words.get(at).starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let word = words.get(at);
    let number = word.trim_end_matches("am").trim_end_matches("pm");
    if number.len() == 2
        && let Ok(minutes) = number.parse::<u32>()
    {
        return (minutes < 60).then_some((minutes, 1));
    }
    if matches!(word, "oh" | "o") {
        let next = if at + 1 < end { words.get(at + 1) } else { "" };
        return digits::unit(next).map(|minutes| (minutes, 2));
    }
    let tens = digits::teen_or_ten(word).filter(|tens| *tens < 60)?;
    let next = if at + 1 < end { digits::unit(words.get(at + 1)) } else { None };
    match next.filter(|unit| tens >= 20 && *unit > 0) {
        Some(unit) => Some((tens + unit, 2)),
        None => Some((tens, 1)),
    }
}

/// The half of the day that is named at or before `at`: afternoon or not.
fn half(words: &Words<'_>, at: usize) -> Option<bool> {
    let word = words.get(at);
    match word {
        "pm" => Some(true),
        "am" => Some(false),
        "p" if words.get(at + 1) == "m" => Some(true),
        "a" if words.get(at + 1) == "m" => Some(false),
        "in" if words.get(at + 1) == "the" => match words.get(at + 2) {
            "morning" => Some(false),
            "afternoon" | "evening" => Some(true),
            _ => None,
        },
        "at" if words.get(at + 1) == "night" => Some(true),
        _ => None,
    }
}

fn clock(words: &Words<'_>, hour: u32, minutes: u32, at: usize, end: usize) -> String {
    let glued = at.checked_sub(1).map_or("", |before| words.get(before));
    let attached = glued.starts_with(|first: char| first.is_ascii_digit());
    let half = if at < end { half(words, at) } else { None }
        .or((attached && glued.ends_with("pm")).then_some(true))
        .or((attached && glued.ends_with("am")).then_some(false));
    match half {
        Some(true) if hour < 12 => format!("{:02}:{minutes:02}", hour + 12),
        Some(false) if hour == 12 => format!("00:{minutes:02}"),
        Some(_) => format!("{hour:02}:{minutes:02}"),
        None if hour > 12 || hour == 0 => format!("{hour:02}:{minutes:02}"),
        None => format!("{hour}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_understood() {
        for (said, found) in [
            ("tomorrow please", Some("tomorrow")),
            ("next tuesday", Some("next Tuesday")),
            ("on friday", Some("Friday")),
            ("March 3rd", Some("March 3")),
            ("the third of march", Some("March 3")),
            ("the twenty first of june", Some("June 21")),
            ("may fifth two thousand and six", Some("2006-05-05")),
            ("december thirty first twenty twenty six", Some("2026-12-31")),
            ("2026-03-04", Some("2026-03-04")),
            ("3/4/2026", Some("3/4/2026")),
            ("next week", Some("next week")),
            ("you may call", None),
            ("", None),
        ] {
            let words = Words::of(said);
            assert_eq!(date(&words, 0..words.len()).as_deref(), found, "{said:?}");
        }
    }

    #[test]
    fn times_are_understood() {
        for (said, found) in [
            ("three thirty pm", Some("15:30")),
            ("at half past two", Some("2:30")),
            ("quarter to five in the afternoon", Some("16:45")),
            ("15:30", Some("15:30")),
            ("3pm", Some("15:00")),
            ("3:30pm", Some("15:30")),
            ("nine o'clock", Some("9:00")),
            ("nine a m", Some("09:00")),
            ("noon", Some("12:00")),
            ("midnight", Some("00:00")),
            ("twelve oh five a.m.", Some("00:05")),
            ("about five people came", None),
            ("", None),
        ] {
            let words = Words::of(said);
            assert_eq!(time(&words, 0..words.len()).as_deref(), found, "{said:?}");
        }
    }
}
