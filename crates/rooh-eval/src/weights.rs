//! By how much each signal multiplies the wait, and the waits for budgets of false cut-offs.

use std::fmt::Write as _;

use rooh_words::Completeness;

use crate::policy::Mask;

/// The classes of words, in the order of their weights.
pub const CLASSES: [Completeness; 7] = [
    Completeness::Unknown,
    Completeness::Hesitating,
    Completeness::Open,
    Completeness::Partial,
    Completeness::Neutral,
    Completeness::Closed,
    Completeness::Answer,
];

/// The kinds of expectation, in the order of their weights.
pub const EXPECTATIONS: [&str; 8] =
    ["anything", "date", "digits", "digits of known count", "email", "name", "time", "yes_no"];

/// Budgets of false cut-offs for which a wait is found, in percent of all pauses within turns.
pub const BUDGETS: [f64; 6] = [1.0, 2.0, 5.0, 10.0, 15.0, 20.0];

/// By how much each signal multiplies the wait.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// For each of [`CLASSES`]; neutral words are 1.
    pub words: [f64; 7],
    /// For a likelihood of the end from the sound of 0, 0.1, ... 1; between them it is interpolated.
    pub audio: [f64; 11],
    /// For each of [`EXPECTATIONS`]; where anything is expected it is 1.
    pub expected: [f64; 8],
    /// Budgets in percent and the base waits for them in seconds.
    pub budget: Vec<(f64, f64)>,
}

impl Weights {
    /// Weights that change nothing.
    pub fn neutral() -> Self {
        Self { words: [1.0; 7], audio: [1.0; 11], expected: [1.0; 8], budget: Vec::new() }
    }

    /// What the words do to the wait.
    pub fn words(&self, class: Completeness) -> f64 {
        CLASSES.iter().position(|one| *one == class).map_or(1.0, |place| self.words[place])
    }

    /// What the sound does to the wait.
    pub fn audio(&self, likely: f32) -> f64 {
        let place = f64::from(likely.clamp(0.0, 1.0)) * 10.0;
        let low = (place as usize).min(9);
        self.audio[low] + (self.audio[low + 1] - self.audio[low]) * (place - low as f64)
    }

    /// What the expectation does to the wait.
    pub fn expected(&self, kind: &str) -> f64 {
        EXPECTATIONS.iter().position(|one| *one == kind).map_or(1.0, |place| self.expected[place])
    }

    /// The base wait for a budget in percent, in seconds.
    pub fn base(&self, budget: f64) -> Option<f64> {
        let table = &self.budget;
        let place = table.windows(2).find(|pair| (pair[0].0..=pair[1].0).contains(&budget));
        match (place, table.first()) {
            (Some(pair), _) => {
                let part = (budget - pair[0].0) / (pair[1].0 - pair[0].0);
                Some(pair[0].1 + (pair[1].1 - pair[0].1) * part)
            }
            (None, Some(only)) if table.len() == 1 && only.0 == budget => Some(only.1),
            _ => None,
        }
    }
}

/// The weights of several masks as a Rust source file, as `rooh-floor` holds them.
pub fn source(fitted: &[(Mask, Weights)], provenance: &str) -> String {
    let mut text = String::from("//! What each signal does to the wait, fitted by `rooh eval fit`.\n//!\n");
    for line in provenance.lines() {
        let _ = writeln!(text, "//! {line}");
    }
    text.push_str(
        "\n/// By how much each signal multiplies the wait, for one set of signals that are there.\n\
         #[derive(Clone, Copy, Debug)]\n\
         pub(crate) struct Weights {\n    \
         /// For words that are unknown, hesitating, open, partial, neutral, closed, an answer.\n    \
         pub(crate) words: [f32; 7],\n    \
         /// For a likelihood of the end from the sound, at equal steps from 0 to 1.\n    \
         pub(crate) audio: [f32; 11],\n    \
         /// Shares of false cut-offs in percent, and the base waits for them in milliseconds.\n    \
         pub(crate) budget: [(f32, f32); 6],\n}\n",
    );
    for (mask, weights) in fitted {
        let name = mask.name().to_uppercase().replace(" + ", "_");
        let list =
            |values: &[f64]| values.iter().map(|value| format!("{value:.3}")).collect::<Vec<_>>().join(", ");
        let budget: Vec<String> = weights
            .budget
            .iter()
            .map(|(percent, wait)| format!("({percent:.1}, {:.1})", wait * 1000.0))
            .collect();
        let _ = write!(
            text,
            "\n/// With these signals: {}.\npub(crate) const {name}: Weights = Weights {{\n    \
             words: [{}],\n    audio: [{}],\n    budget: [{}],\n}};\n",
            mask.name(),
            list(&weights.words),
            list(&weights.audio),
            budget.join(", "),
        );
        if mask.expected {
            let _ = writeln!(
                text,
                "/// And for what is expected: {}.\npub(crate) const {name}_EXPECTED: [f32; 8] = [{}];",
                EXPECTATIONS.join(", "),
                list(&weights.expected)
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_likelihoods_the_weight_lies_between() {
        let mut weights = Weights::neutral();
        weights.audio = [3.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5];
        assert!((weights.audio(0.05) - 2.0).abs() < 1e-6);
        assert!((weights.audio(1.0) - 0.5).abs() < 1e-6);
        assert!((weights.audio(0.95) - 0.75).abs() < 1e-6);
    }

    #[test]
    fn a_budget_between_two_has_a_wait_between_theirs() {
        let weights = Weights { budget: vec![(2.0, 2.0), (5.0, 1.0)], ..Weights::neutral() };
        assert_eq!(weights.base(2.0), Some(2.0));
        assert!(weights.base(3.5).is_some_and(|base| (base - 1.5).abs() < 1e-9));
        assert_eq!(weights.base(50.0), None);
    }
}
