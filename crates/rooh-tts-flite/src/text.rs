//! From a clause as written to plain ASCII that the library reads well, character by character.
//!
//! Each character keeps the place where it ends in the clause, so that what was spoken can be
//! told in bytes of the clause, whatever became of its words.

/// Further than this no closing bracket of markup is looked for.
const MARKUP_REACH: usize = 300;

/// A character to speak and where what it stands for ends in the clause, in bytes.
pub(crate) type Spot = (char, usize);

/// Strips markup and what has no sound, and folds letters to ASCII.
///
/// White space comes out as single spaces. Besides ASCII only `£`, `€` and `°` remain.
pub(crate) fn plain(clause: &str) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::with_capacity(clause.len());
    let mut at = 0;
    while let Some(c) = clause[at..].chars().next() {
        let rest = &clause[at + c.len_utf8()..];
        let mut end = at + c.len_utf8();
        let last = spots.last().map_or(' ', |(c, _)| *c);
        let next = rest.chars().next().unwrap_or(' ');
        let becomes: &str = match c {
            '<' if next.is_ascii_alphabetic() || "/!?".contains(next) => match reach(rest, '>') {
                Some(length) => {
                    end += length;
                    " "
                }
                None => " less than ",
            },
            '<' => " less than ",
            '>' if last == ' ' && next != ' ' => " ",
            '>' => " greater than ",
            // Of a link the text is spoken, not the address.
            ']' if next == '(' => {
                end += reach(rest, ')').unwrap_or(0);
                ""
            }
            '[' | ']' | '{' | '}' | '*' | '`' | '~' | '"' | '\\' | '^' | '|' => "",
            '#' if next.is_ascii_digit() => " number ",
            '#' => "",
            '‘' | '’' | 'ʼ' | '′' => "'",
            '–' | '—' | '―' | '−' if last.is_ascii_digit() && next.is_ascii_digit() => "-",
            '−' => "-",
            '–' | '—' | '―' | '…' => ", ",
            '“' | '”' | '„' | '«' | '»' => "",
            '×' => " times ",
            '÷' => " divided by ",
            '½' => " one half ",
            '¼' => " one quarter ",
            '¾' => " three quarters ",
            '£' => "£",
            '€' => "€",
            '°' => "°",
            c if c.is_whitespace() || c.is_control() => " ",
            c if c.is_ascii_graphic() => {
                spots.push((c, end));
                at = end;
                continue;
            }
            c => fold(c).unwrap_or_else(|| if c.is_alphanumeric() { " " } else { "" }),
        };
        for c in becomes.chars() {
            if c != ' ' || spots.last().is_some_and(|(last, _)| *last != ' ') {
                spots.push((c, end));
            } else if let Some(last) = spots.last_mut() {
                last.1 = end;
            }
        }
        // What is dropped without a trace is over once what stood before it is.
        if becomes.is_empty()
            && let Some(last) = spots.last_mut()
        {
            last.1 = end;
        }
        at = end;
    }
    spots
}

/// How many bytes of `rest` reach to `close` and over it, if it is near and in the same line.
fn reach(rest: &str, close: char) -> Option<usize> {
    let near = rest.char_indices().take_while(|(at, c)| *at < MARKUP_REACH && *c != '\n');
    near.into_iter().find(|(_, c)| *c == close).map(|(at, c)| at + c.len_utf8())
}

/// A letter of the Latin alphabet without its marks.
fn fold(c: char) -> Option<&'static str> {
    Some(match c {
        'À'..='Å' | 'Ā' | 'Ă' | 'Ą' => "A",
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'Æ' | 'æ' => "ae",
        'Ç' | 'Ć' | 'Č' => "C",
        'ç' | 'ć' | 'č' => "c",
        'Ð' | 'Ď' | 'Đ' => "D",
        'ð' | 'ď' | 'đ' => "d",
        'È'..='Ë' | 'Ē' | 'Ė' | 'Ę' | 'Ě' => "E",
        'è'..='ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'Ğ' => "G",
        'ğ' => "g",
        'Ì'..='Ï' | 'Ī' | 'İ' => "I",
        'ì'..='ï' | 'ī' | 'ı' => "i",
        'Ł' | 'Ľ' => "L",
        'ł' | 'ľ' => "l",
        'Ñ' | 'Ń' | 'Ň' => "N",
        'ñ' | 'ń' | 'ň' => "n",
        'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ő' => "O",
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => "o",
        'Œ' | 'œ' => "oe",
        'Ř' => "R",
        'ř' => "r",
        'Ś' | 'Š' | 'Ş' | 'Ș' => "S",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'Ť' | 'Ț' => "T",
        'ť' | 'ț' => "t",
        'Þ' | 'þ' => "th",
        'Ù'..='Ü' | 'Ū' | 'Ů' | 'Ű' => "U",
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => "u",
        'Ý' | 'Ÿ' => "Y",
        'ý' | 'ÿ' => "y",
        'Ź' | 'Ż' | 'Ž' => "Z",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(clause: &str, plainly: &str) {
        let spots = plain(clause);
        assert_eq!(spots.iter().map(|(c, _)| *c).collect::<String>(), plainly, "of {clause:?}");
        let mut last = 0;
        for (_, end) in spots {
            assert!(end >= last && clause.is_char_boundary(end), "of {clause:?}");
            last = end;
        }
    }

    #[test]
    fn markup_is_stripped() {
        check("**Yes**, `that` is ~fine~", "Yes, that is fine");
        check("# Title\n\n- one\n- two", "Title - one - two");
        check("see [the menu](https://example.com/menu) now", "see the menu now");
        check("<speak>Hi <break time=\"1s\"/>there</speak>", "Hi there ");
    }

    #[test]
    fn what_looks_like_markup_but_is_not_is_spoken() {
        check("1 < 2", "1 less than 2");
        check("a <b without an end", "a less than b without an end");
        check("room #5", "room number 5");
    }

    #[test]
    fn what_has_no_sound_is_dropped() {
        check("Hi 👋🏽 there \u{1}\u{200b}!", "Hi there !");
        check("你好", "");
        check("café “naïve” Łódź", "cafe naive Lodz");
    }

    #[test]
    fn dashes_are_pauses_except_between_digits() {
        check("well — yes", "well , yes");
        check("9–5", "9-5");
    }
}
