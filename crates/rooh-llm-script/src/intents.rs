//! What is understood in every state: "hold on", "say that again", "goodbye".

use crate::dialogue::{Intent, Meaning};
use crate::run::Run;
use crate::steps::push_sentence;
use crate::words::{Words, is_filler, is_thinking};

/// How much else may be said around the phrase of an intent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Strictness {
    /// Next to nothing.
    Alone,
    /// Anything, after a phrase that asks for time.
    Opening,
    /// Anything, because nothing else was understood.
    Within,
}

impl<'a> Run<'a> {
    /// The intent that a turn shows, if it shows one.
    pub(crate) fn intent(
        &self,
        words: &Words<'_>,
        joined: &str,
        strictness: Strictness,
    ) -> Option<&'a Intent> {
        self.dialogue.intents.iter().find(|intent| {
            if strictness == Strictness::Opening && intent.meaning != Meaning::Wait {
                return false;
            }
            let place = match intent.pattern.phrases.find(words) {
                Some(place) => place,
                None => {
                    // A regular expression says itself how strict it is.
                    let expressions = &intent.pattern.expressions;
                    return !expressions.is_empty() && expressions.is_match(joined);
                }
            };
            let others = (0..words.len())
                .filter(|at| !place.contains(at) && !is_filler(words.get(*at)) && !is_asking(words.get(*at)))
                .count();
            match strictness {
                Strictness::Alone if place.len() == 1 => {
                    // "Bye bye", "wait wait".
                    (0..words.len()).all(|at| {
                        is_filler(words.get(at))
                            || is_polite(words.get(at))
                            || words.get(at) == words.get(place.start)
                    })
                }
                Strictness::Alone => others <= 1,
                Strictness::Opening => (0..place.start).all(|at| is_filler(words.get(at))),
                Strictness::Within => place.len() > 1 || intent.meaning == Meaning::Wait,
            }
        })
    }

    /// "Um" asks for time too.
    pub(crate) fn thinking(&self, words: &Words<'_>) -> Option<&'a Intent> {
        let thinking = words.len() > 0 && (0..words.len()).all(|at| is_thinking(words.get(at)));
        self.dialogue.intents.iter().find(|intent| thinking && intent.meaning == Meaning::Wait)
    }

    pub(crate) fn intend(&mut self, intent: &'a Intent) {
        let line = self.line(&intent.say);
        if let Some(next) = intent.next {
            return self.enter(next, line, true);
        }
        match intent.meaning {
            Meaning::Wait => {
                let unasked = !(self.delivered && self.heard);
                let question = std::mem::take(&mut self.question);
                self.say(line);
                self.question = question;
                self.unasked = unasked;
            }
            Meaning::Repeat => {
                let mut text = line;
                push_sentence(&mut text, &self.question);
                self.say(text);
            }
            Meaning::StartOver => {
                self.values.fill(None);
                self.confirmed.fill(false);
                self.last_filled = None;
                self.enter(self.dialogue.start, line, false);
            }
            Meaning::Other => self.again(&line),
        }
    }
}

/// "Can I", "I would like to": words in which people wrap what they ask for.
fn is_asking(word: &str) -> bool {
    matches!(
        word,
        "can"
            | "could"
            | "may"
            | "i"
            | "i'd"
            | "would"
            | "like"
            | "want"
            | "to"
            | "do"
            | "need"
            | "me"
            | "you"
            | "let"
            | "let's"
            | "really"
    )
}

fn is_polite(word: &str) -> bool {
    matches!(word, "thanks" | "thank" | "you" | "very" | "much" | "now" | "all")
}
