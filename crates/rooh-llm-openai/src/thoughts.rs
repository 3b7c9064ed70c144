//! Thoughts that a server leaves in the text of a reply, between `<think>` and `</think>`.

const BEGIN: &str = "<think>";
const END: &str = "</think>";
/// How many blanks a reply may begin with, in bytes, before they count as something said.
const MOST_BLANKS: usize = 64;

/// Takes the thoughts from the beginning of a reply; what follows is passed on as it comes.
#[derive(Debug, Default)]
pub(crate) struct Thoughts {
    held: String,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum State {
    /// Nothing but blanks was said, and perhaps a part of [`BEGIN`].
    #[default]
    Beginning,
    Thinking,
    /// The thoughts have ended; blanks are still theirs.
    Waking,
    Speaking,
}

impl Thoughts {
    /// What of the next piece is said.
    pub(crate) fn said(&mut self, piece: &str) -> String {
        if self.state == State::Speaking {
            return piece.to_owned();
        }
        self.held.push_str(piece);
        if self.state == State::Beginning {
            let start = self.held.trim_start();
            if start.len() < BEGIN.len() && BEGIN.starts_with(start) && self.held.len() < MOST_BLANKS {
                return String::new();
            }
            if start.starts_with(BEGIN) {
                self.state = State::Thinking;
            } else {
                return self.speak();
            }
        }
        if self.state == State::Thinking {
            match self.held.find(END) {
                Some(at) => {
                    self.held.drain(..at + END.len());
                    self.state = State::Waking;
                }
                None => {
                    // The end may be in its middle; no more than that is kept.
                    let keep = (0..END.len()).rev().find(|length| self.held.ends_with(&END[..*length]));
                    self.held.drain(..self.held.len() - keep.unwrap_or(0));
                }
            }
        }
        if self.state == State::Waking {
            let blanks = self.held.len() - self.held.trim_start().len();
            self.held.drain(..blanks);
            if !self.held.is_empty() {
                return self.speak();
            }
        }
        String::new()
    }

    /// What was held and is no thought, now that nothing more comes.
    pub(crate) fn rest(&mut self) -> String {
        if self.state == State::Beginning { self.speak() } else { String::new() }
    }

    fn speak(&mut self) -> String {
        self.state = State::Speaking;
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let characters: Vec<char> = text.chars().collect();
        for size in 1..=characters.len().max(1) {
            let mut thoughts = Thoughts::default();
            let mut said: String =
                characters.chunks(size).map(|piece| thoughts.said(&String::from_iter(piece))).collect();
            said += &thoughts.rest();
            assert_eq!(said, expected, "{text:?} by {size}");
        }
    }

    #[test]
    fn thoughts_are_not_said() {
        check("", "");
        check("Hello.", "Hello.");
        check(" Hello.", " Hello.");
        check("<think>Hm, grüße?</think>\n\nHello <b>.", "Hello <b>.");
        check("\n<think>\n</think>Hello", "Hello");
        check("<think></</think></think>x", "</think>x");
        check("<think>cut off </thi", "");
        check("<thin", "<thin");
        check("<thinner>", "<thinner>");
        check("I say <think>aloud</think>.", "I say <think>aloud</think>.");
    }

    #[test]
    fn thoughts_are_not_kept() {
        let mut thoughts = Thoughts::default();
        thoughts.said("<think>");
        for _ in 0..1_000 {
            assert_eq!(thoughts.said("hm <</thin"), "");
            assert!(thoughts.held.len() < END.len());
        }
    }
}
