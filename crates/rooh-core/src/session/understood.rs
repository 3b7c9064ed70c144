//! Which turn the words belong to that a speech-to-speech model has understood.
//!
//! A turn may be closed before its words are final, and taken for one by the model where the floor
//! has found two: no word is to be lost by that, or counted twice.

use std::collections::VecDeque;

use rooh_audio::SessionTime;

use crate::realtime::UserWords;

/// The turn that final words belong to.
#[derive(Clone, Debug)]
pub(super) enum Settled {
    /// One that was closed with these words.
    Closed(String),
    /// One that was closed with these words, and goes on.
    Kept(String),
    /// The one that is open.
    Open,
}

/// The words with which a turn was closed, before all of them were final.
#[derive(Debug)]
struct Owed {
    known: String,
    /// How many words of what the model understands at a time belong to the turns before.
    skipped: usize,
    until: SessionTime,
}

/// Which turn the words belong to that a speech-to-speech model has understood.
#[derive(Debug)]
pub(super) struct Understood {
    floor_judges: bool,
    words: UserWords,
    /// Of the last turn that was closed, if its final words may still come.
    owed: Option<Owed>,
    /// Of the last turn that was closed and goes on.
    kept: Option<Owed>,
    /// How many words are not final, and how many of them belong to a turn that was closed.
    count: usize,
    skipped: usize,
    /// For each final that waits for hooks, what it settles.
    settled: VecDeque<Settled>,
}

impl Understood {
    pub(super) fn new(words: UserWords, floor_judges: bool) -> Self {
        Self { floor_judges, words, owed: None, kept: None, count: 0, skipped: 0, settled: VecDeque::new() }
    }

    /// Another connection understands what it hears from now on.
    pub(super) fn begin(&mut self) {
        self.kept = None;
        self.count = 0;
        self.skipped = 0;
    }

    /// A turn is closed with these words, which may not be the last until then.
    pub(super) fn close(&mut self, known: String, has_partial: bool, until: SessionTime) {
        let is_owed = (known.is_empty() || has_partial) && self.words != UserWords::Never;
        let owed = Owed { known, skipped: self.skipped, until };
        self.owed = is_owed.then(|| match self.kept.take_if(|_| !self.floor_judges) {
            // For the model it was one turn all along.
            Some(kept) => Owed { known: format!("{} {}", kept.known, owed.known), until, ..kept },
            None => owed,
        });
        // Where the floor judges turns, the model begins anew with each.
        self.skipped = if self.floor_judges { 0 } else { self.count };
    }

    /// The turn that was closed last goes on with the words that it has.
    pub(super) fn reopen(&mut self) {
        self.kept = self.owed.take().filter(|owed| !owed.known.is_empty());
    }

    /// The words that are not final, as far as they belong to what is said now.
    pub(super) fn partial(&mut self, text: &str, is_open: bool) -> Option<String> {
        self.count = text.split_whitespace().count();
        // What comes after its turn says nothing of the next one.
        let trails = self.owed.is_some() || self.words == UserWords::AfterTurn;
        (is_open || !trails).then(|| without_first(text, self.skipped))
    }

    /// The words that are final now, turn by turn, as far as they belong to any.
    ///
    /// [`settled`](Self::settled) says of each, in order, which turn that is.
    pub(super) fn take(&mut self, text: &str, is_open: bool, now: SessionTime) -> Vec<String> {
        self.count = 0;
        let skipped = std::mem::take(&mut self.skipped);
        let owed = self.owed.take().filter(|owed| now <= owed.until);
        let kept = self.kept.take().filter(|kept| now <= kept.until);
        let parts = match (kept, owed) {
            (Some(kept), _) => vec![(without_first(text, kept.skipped), Settled::Kept(kept.known))],
            (None, Some(owed)) if is_open && !self.floor_judges => {
                let closed = without_first(&first(text, skipped), owed.skipped);
                vec![(closed, Settled::Closed(owed.known)), (without_first(text, skipped), Settled::Open)]
            }
            (None, Some(owed)) => vec![(without_first(text, owed.skipped), Settled::Closed(owed.known))],
            // What is understood once a turn is over belongs to none that is still to come.
            _ if !is_open && self.words == UserWords::AfterTurn => Vec::new(),
            _ => vec![(without_first(text, skipped), Settled::Open)],
        };
        let (words, settled): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        self.settled.extend(settled);
        words
    }

    /// Which turn the next final words belong to that the hooks have seen.
    pub(super) fn settled(&mut self) -> Settled {
        self.settled.pop_front().unwrap_or(Settled::Open)
    }

    /// Whether a turn that goes on is another one for the model.
    pub(super) fn begins_anew(&self) -> bool {
        self.floor_judges
    }
}

/// The first `count` words.
fn first(text: &str, count: usize) -> String {
    text.split_whitespace().take(count).collect::<Vec<_>>().join(" ")
}

/// The words behind the first `count`.
fn without_first(text: &str, count: usize) -> String {
    if count == 0 {
        return text.to_owned();
    }
    text.split_whitespace().skip(count).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SessionTime = SessionTime::ZERO;

    #[test]
    fn final_words_put_right_the_turn_that_was_closed_before_they_came() {
        let mut understood = Understood::new(UserWords::AsSpoken, true);
        assert_eq!(understood.partial("when are you", true).as_deref(), Some("when are you"));
        understood.close("when are you".into(), true, NOW);
        assert_eq!(understood.partial("when are you open", false), None);
        assert_eq!(understood.take("when are you open", false, NOW), ["when are you open"]);
        assert!(matches!(understood.settled(), Settled::Closed(known) if known == "when are you"));
    }

    #[test]
    fn what_is_one_turn_for_the_model_and_two_for_the_floor_has_each_word_once() {
        let mut understood = Understood::new(UserWords::AsSpoken, false);
        understood.partial("when are you", true);
        understood.close("when are you".into(), true, NOW);
        // Another turn of the floor begins before the model has finished the first.
        assert_eq!(understood.partial("when are you on mondays", true).as_deref(), Some("on mondays"));
        assert_eq!(understood.take("when are you on mondays", true, NOW), ["when are you", "on mondays"]);
        assert!(matches!(understood.settled(), Settled::Closed(known) if known == "when are you"));
        assert!(matches!(understood.settled(), Settled::Open));
        assert_eq!(understood.partial("thanks", true).as_deref(), Some("thanks"));
    }

    #[test]
    fn words_of_a_turn_that_was_dropped_open_no_other() {
        let mut understood = Understood::new(UserWords::AfterTurn, true);
        assert_eq!(understood.partial("yeah", false), None);
        assert!(understood.take("yeah", false, NOW).is_empty());
    }

    #[test]
    fn words_that_are_long_overdue_are_those_of_the_turn_that_is_open() {
        let mut understood = Understood::new(UserWords::AfterTurn, true);
        understood.close(String::new(), false, SessionTime::from_millis(5000));
        assert_eq!(understood.take("hello", true, SessionTime::from_millis(6000)), ["hello"]);
        assert!(matches!(understood.settled(), Settled::Open));
    }
}
