//! How much of a text has been heard, from how much of its audio has.

use std::time::Duration;

use crate::tts::Spoken;

/// How fast a voice speaks if nothing is known about it: 15 characters a second.
///
/// English speech at 150 words a minute is about 14 characters a second, spaces counted.
const BYTES_PER_SECOND: f64 = 15.0;

/// How long a voice about which nothing is known takes for a text.
pub(super) fn speaking_time(text: &str) -> Duration {
    Duration::from_secs_f64(text.len() as f64 / BYTES_PER_SECOND)
}

/// The bytes of `text` that were heard when `played` of its audio was.
///
/// `marks` say what has been spoken where, in rising order; between two of them the words are
/// taken to be spread evenly. `audio` is all the audio there is, and `complete` whether it speaks
/// the whole text. The answer is the end of a word.
pub(super) fn heard(
    text: &str,
    marks: &[Spoken],
    audio: Duration,
    complete: bool,
    played: Duration,
) -> usize {
    if complete && played >= audio {
        return text.len();
    }
    let before = marks.iter().rev().find(|mark| mark.audio <= played);
    let before = before.copied().unwrap_or(Spoken { text: 0, audio: Duration::ZERO });
    let after = marks.iter().find(|mark| mark.audio > played && mark.text > before.text).copied();
    let after =
        after.or_else(|| (complete && audio > before.audio).then_some(Spoken { text: text.len(), audio }));
    let rest = (played - before.audio).as_secs_f64();
    let bytes = match after {
        Some(after) => {
            let share = rest / (after.audio - before.audio).as_secs_f64();
            (after.text - before.text) as f64 * share
        }
        None => rest * BYTES_PER_SECOND,
    };
    word_end(text, (before.text + bytes as usize).min(text.len()), before.text)
}

/// The end of the last word that ends at or before `at`, but not before `least`.
fn word_end(text: &str, at: usize, least: usize) -> usize {
    let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    if at == text.len() || text[at..].starts_with(char::is_whitespace) {
        return at;
    }
    let end = text[..at].rfind(char::is_whitespace).unwrap_or(0);
    let end = text[..end].trim_end().len();
    // A mark stands at the end of a word already.
    let least = (0..=least.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    end.max(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "We are open every day from nine to five.";

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn heard_text(marks: &[(usize, u64)], audio: u64, complete: bool, played: u64) -> &'static str {
        let marks: Vec<Spoken> =
            marks.iter().map(|&(text, audio)| Spoken { text, audio: ms(audio) }).collect();
        &TEXT[..heard(TEXT, &marks, ms(audio), complete, ms(played))]
    }

    #[test]
    fn nothing_played_is_nothing_heard() {
        assert_eq!(heard_text(&[(2, 100)], 2000, true, 0), "");
        assert_eq!(heard_text(&[], 0, false, 0), "");
    }

    #[test]
    fn all_played_is_all_heard() {
        assert_eq!(heard_text(&[], 2000, true, 2000), TEXT);
        assert_eq!(heard_text(&[(2, 100)], 2000, true, 3000), TEXT);
    }

    #[test]
    fn word_times_decide_where_there_are_some() {
        let words = [(2, 100), (6, 300), (11, 700), (17, 1100)];
        assert_eq!(heard_text(&words, 2000, true, 299), "We");
        assert_eq!(heard_text(&words, 2000, true, 300), "We are");
        assert_eq!(heard_text(&words, 2000, true, 1105), "We are open every");
    }

    #[test]
    fn between_marks_the_words_are_spread_evenly() {
        assert_eq!(heard_text(&[(TEXT.len(), 4000)], 4000, true, 2000), "We are open every");
    }

    #[test]
    fn without_marks_the_usual_speed_is_taken() {
        assert_eq!(heard_text(&[], 5000, false, 1000), "We are open");
    }

    #[test]
    fn a_character_is_never_torn() {
        let text = "äöüäöü äöü";
        for played in 0..2000 {
            let end = heard(text, &[], ms(2000), true, ms(played));
            assert!(text.is_char_boundary(end));
        }
    }
}
