//! When each word of a recording is said.

use std::ops::Range;

use super::Word;
use crate::sound::{seconds, voiced};

/// The words of a piece that begins at `start` seconds.
///
/// Where the speaker pauses, the text is divided: at punctuation if there is some near the place
/// that the time would suggest. In between, words get as much time as they have letters.
pub(crate) fn place(text: &str, samples: &[i16], start: f64, gap: f64) -> Vec<Word> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let parts = voiced(samples, gap);
    let mut placed = Vec::with_capacity(words.len());
    let mut next = 0;
    for (index, part) in parts.iter().enumerate() {
        let end = match parts.get(index + 1..) {
            None | Some([]) => words.len(),
            Some(rest) => divide(&words, next, part, rest),
        };
        spread(&words[next..end], part, start, &mut placed);
        next = end;
    }
    placed
}

/// Where the words from `next` on are divided between `part` and the `rest` of the speech.
fn divide(words: &[&str], next: usize, part: &Range<usize>, rest: &[Range<usize>]) -> usize {
    let here = part.len() as f64;
    let all = here + rest.iter().map(|part| part.len() as f64).sum::<f64>();
    let letters: f64 = words[next..].iter().map(|word| weight(word)).sum();
    let (mut sum, mut nearest, mut best) = (0.0, next, f64::MAX);
    for (index, word) in words.iter().enumerate().skip(next) {
        sum += weight(word);
        let off = (sum / letters - here / all).abs();
        // A pause at a full stop or a comma is more likely than one that fits a little better.
        let penalty = if word.ends_with([',', '.', '?', '!', ';', ':']) { 0.0 } else { 0.1 };
        if off + penalty < best {
            (nearest, best) = (index + 1, off + penalty);
        }
    }
    nearest
}

fn spread(words: &[&str], part: &Range<usize>, start: f64, placed: &mut Vec<Word>) {
    let letters: f64 = words.iter().map(|word| weight(word)).sum();
    let length = seconds(part.len());
    let mut at = start + seconds(part.start);
    for word in words {
        let end = at + length * weight(word) / letters;
        placed.push(Word { text: (*word).to_owned(), start: at, end });
        at = end;
    }
}

/// How much of the time a word gets.
pub(crate) fn weight(word: &str) -> f64 {
    // A letter that is spelled, or a digit, takes as long as a short word.
    word.chars().filter(|c| c.is_alphanumeric()).count().max(2) as f64 + 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::at;

    fn sound(lengths: &[(f64, bool)]) -> Vec<i16> {
        let mut samples = Vec::new();
        for &(length, is_loud) in lengths {
            let level = if is_loud { 8_000 } else { 0 };
            samples.extend((0..at(length)).map(|n| if n % 8 < 4 { level } else { -level }));
        }
        samples
    }

    #[test]
    fn words_fill_the_time_in_which_there_is_speech() {
        let samples = sound(&[(1.0, true), (0.5, false), (1.0, true)]);
        let words = place("One two. Three four.", &samples, 10.0, 0.25);
        assert_eq!(words.len(), 4);
        assert!((words[0].start - 10.0).abs() < 0.02);
        assert!((words[1].end - 11.0).abs() < 0.02, "{words:?}");
        assert!((words[2].start - 11.5).abs() < 0.02, "{words:?}");
        assert!((words[3].end - 12.5).abs() < 0.02);
    }

    #[test]
    fn a_pause_is_put_at_the_full_stop_that_is_near() {
        let samples = sound(&[(0.9, true), (0.5, false), (1.1, true)]);
        let words = place("Please wait now. I am looking", &samples, 0.0, 0.25);
        let second: Vec<&str> =
            words.iter().filter(|word| word.start > 1.0).map(|word| word.text.as_str()).collect();
        assert_eq!(second, ["I", "am", "looking"]);
    }
}
