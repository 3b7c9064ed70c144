//! The words of the user's turn while it is open.

/// The words of the user's turn while it is open.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// From before: a turn that was held, or taken back.
    kept: String,
    /// What was kept was to be answered, and the answer was taken back.
    owed: bool,
    finals: Vec<String>,
    partial: String,
    /// How often it was held.
    pub(super) held: u32,
    /// Something was heard for which no final transcript was asked yet.
    pub(super) unfinalized: bool,
}

impl Turn {
    /// Keeps a turn that was given back to the user, so that what follows joins it.
    pub(super) fn hold(&mut self, text: String, held: u32) {
        self.kept = text;
        self.held = held;
        self.owed = false;
    }

    /// Keeps a turn whose answer was taken back; it is answered even if nothing follows.
    pub(super) fn take_back(&mut self, text: String, held: u32) {
        self.kept = text;
        self.held = held;
        self.owed = true;
    }

    /// Whether it has to be answered even if nothing was added.
    pub(super) fn is_owed(&self) -> bool {
        self.owed
    }

    /// Puts right with which words the turn ended that was taken back.
    pub(super) fn put_right(&mut self, known: &str, words: &str) {
        put_right(&mut self.kept, known, words);
    }

    /// Takes words that may change; returns whether they are others than before.
    pub(super) fn set_partial(&mut self, text: String) -> bool {
        let is_new = self.partial != text;
        self.partial = text;
        is_new
    }

    /// Adds words that will not change any more; they take the place of the partial ones.
    pub(super) fn add_final(&mut self, text: &str) {
        self.partial.clear();
        let text = text.trim();
        if !text.is_empty() {
            self.finals.push(text.to_owned());
        }
    }

    pub(super) fn has_partial(&self) -> bool {
        !self.partial.trim().is_empty()
    }

    /// All that was said so far.
    pub(super) fn text(&self) -> String {
        join([self.kept.as_str()].into_iter().chain(self.latest_parts()))
    }

    /// What was said since the turn was held or taken back.
    pub(super) fn latest(&self) -> String {
        join(self.latest_parts())
    }

    fn latest_parts(&self) -> impl Iterator<Item = &str> {
        self.finals.iter().map(String::as_str).chain([self.partial.as_str()])
    }

    /// Forgets what was said, but not what was kept from before.
    pub(super) fn forget(&mut self) {
        self.finals.clear();
        self.partial.clear();
        self.unfinalized = false;
    }
}

/// Replaces the words at the end of a text, if it ends with them.
pub(super) fn put_right(text: &mut String, known: &str, words: &str) {
    if let Some(before) = text.strip_suffix(known) {
        *text = join([before, words].into_iter());
    }
}

fn join<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}
