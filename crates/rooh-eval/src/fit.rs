//! Fits the weights: a logistic model of whether the turn has ended, given that it is still silent.
//!
//! Each pause gives a row for each moment at which the caller is still silent (person-period data,
//! Allison 1982); the logarithm of the pause so far is one of the features. Where the model says
//! that an end is likely enough, solved for the pause, each feature becomes a factor of the wait.

use std::time::Duration;

use rooh_floor::Patience;
use rooh_words::Completeness;

use crate::measure::Tally;
use crate::policy::{Engine, Mask, Policy, Weighed, audio_at, words_at};
use crate::record::TurnRecord;
use crate::weights::{BUDGETS, CLASSES, EXPECTATIONS, Weights};

/// The moments of a pause that give a row, in seconds: from 0.2 to 3 by 0.1.
///
/// Before 0.2 s nobody decides; after 3 s nearly all pauses are ends.
const STEPS: std::ops::RangeInclusive<u32> = 2..=30;

/// Log-odds of the sound are kept within this, about 2 % and 98 %: what a model says beyond it is
/// more sure than it is right.
const SURE: f64 = 4.0;

/// Pulls weights towards zero, so that a class that was hardly seen stays near it: worth as much as
/// one row against it.
const RIDGE: f64 = 1.0;

/// The waits that are tried for a budget: from 50 ms to 10 s, each one percent longer.
const WAITS: u32 = 533;

/// Fits the weights for one set of signals, and finds the base wait for each budget.
///
/// The sound of synthesized voices counts as unknown: espeak-ng does not sound as if it went on
/// (over its pauses Smart Turn tells ends from pauses no better than chance, over those of people
/// it does), and a weight that was fitted on it would be too small for people.
/// The same turns give the same weights, to the last bit.
pub fn fit(turns: &[TurnRecord], mask: Mask) -> Weights {
    let turns = without_synthesized_sound(turns);
    let rows = rows(&turns, mask);
    let solution = logistic(&rows);
    let mut weights = weights(&solution, mask);
    weights.budget =
        budgets(&turns, |base| Weighed { weights: &weights, mask, base, bounds: Weighed::BOUNDS });
    weights
}

/// The base wait of the engine, with the weights that it ships, for each budget of false cut-offs:
/// percent and seconds.
pub fn engine_budgets(turns: &[TurnRecord], mask: Mask) -> Vec<(f64, f64)> {
    let patience = |base| Patience::new(Duration::from_secs_f64(base), Patience::MIN, Patience::MAX);
    budgets(&without_synthesized_sound(turns), |base| Engine { mask, patience: patience(base) })
}

fn without_synthesized_sound(turns: &[TurnRecord]) -> Vec<TurnRecord> {
    let mut turns = turns.to_vec();
    for turn in turns.iter_mut().filter(|turn| !turn.is_human) {
        turn.pauses.iter_mut().for_each(|pause| pause.audio.clear());
    }
    turns
}

struct Row {
    features: Vec<f64>,
    ended: bool,
}

fn rows(turns: &[TurnRecord], mask: Mask) -> Vec<Row> {
    let mut rows = Vec::new();
    for turn in turns {
        for pause in &turn.pauses {
            for moment in STEPS.map(|step| f64::from(step) / 10.0) {
                let is_silent = pause.resumed.is_none_or(|resumed| moment < resumed);
                if moment < pause.noticed || !is_silent {
                    continue;
                }
                let mut features = vec![1.0, moment.ln()];
                if mask.words {
                    let class = words_at(pause, moment);
                    features.extend(one_hot(&CLASSES, &class, &Completeness::Neutral));
                }
                if mask.audio {
                    features.push(audio_at(pause, moment).map_or(0.0, log_odds));
                }
                if mask.expected {
                    features.extend(one_hot(&EXPECTATIONS, &turn.expected, &EXPECTATIONS[0]));
                }
                rows.push(Row { features, ended: pause.is_end });
            }
        }
    }
    rows
}

/// One for the place of `value`, zero for all others; the reference has no place.
fn one_hot<T: PartialEq>(all: &[T], value: &T, reference: &T) -> Vec<f64> {
    all.iter().filter(|one| *one != reference).map(|one| f64::from(u8::from(one == value))).collect()
}

fn log_odds(likely: f32) -> f64 {
    let likely = f64::from(likely).clamp(1e-6, 1.0 - 1e-6);
    (likely / (1.0 - likely)).ln().clamp(-SURE, SURE)
}

/// Logistic regression by Newton's method.
fn logistic(rows: &[Row]) -> Vec<f64> {
    let size = rows.first().map_or(2, |row| row.features.len());
    let mut solution = vec![0.0; size];
    // Newton's method on a convex function of this size settles within ten steps.
    for _ in 0..50 {
        let mut gradient: Vec<f64> = solution.iter().map(|weight| -RIDGE * weight).collect();
        let mut curvature = vec![vec![0.0; size]; size];
        // The constant is not pulled anywhere.
        gradient[0] = 0.0;
        for (index, line) in curvature.iter_mut().enumerate().skip(1) {
            line[index] = RIDGE;
        }
        for row in rows {
            let odds: f64 = row.features.iter().zip(&solution).map(|(x, w)| x * w).sum();
            let likely = 1.0 / (1.0 + (-odds).exp());
            let error = f64::from(u8::from(row.ended)) - likely;
            let spread = (likely * (1.0 - likely)).max(1e-9);
            for (index, x) in row.features.iter().enumerate().filter(|(_, x)| **x != 0.0) {
                gradient[index] += error * x;
                for (other, y) in row.features.iter().enumerate().filter(|(_, y)| **y != 0.0) {
                    curvature[index][other] += spread * x * y;
                }
            }
        }
        let step = solve(curvature, gradient);
        let longest = step.iter().fold(0.0_f64, |longest, part| longest.max(part.abs()));
        solution.iter_mut().zip(&step).for_each(|(weight, part)| *weight += part);
        if longest < 1e-10 {
            break;
        }
    }
    solution
}

/// Solves a system of linear equations by elimination with pivots.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let size = right.len();
    for column in 0..size {
        let pivot = (column..size)
            .max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))
            .unwrap_or(column);
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let top = matrix[column].clone();
        if top[column].abs() < 1e-12 {
            continue;
        }
        for line in column + 1..size {
            let factor = matrix[line][column] / top[column];
            for (place, value) in matrix[line].iter_mut().enumerate().skip(column) {
                *value -= factor * top[place];
            }
            right[line] -= factor * right[column];
        }
    }
    let mut solution = vec![0.0; size];
    for line in (0..size).rev() {
        let rest: f64 = (line + 1..size).map(|place| matrix[line][place] * solution[place]).sum();
        let pivot = matrix[line][line];
        solution[line] = if pivot.abs() < 1e-12 { 0.0 } else { (right[line] - rest) / pivot };
    }
    solution
}

/// Factors of the wait: a feature that is worth as much as a pause that is `k` times as long makes
/// the wait `k` times shorter.
fn weights(solution: &[f64], mask: Mask) -> Weights {
    let mut weights = Weights::neutral();
    // An end that does not become likelier with time would make every wait endless.
    let by_time = solution[1].max(0.1);
    let factor = |weight: f64| (-weight / by_time).exp().clamp(LEAST, MOST);
    let mut rest = solution[2..].iter();
    if mask.words {
        for (place, class) in CLASSES.iter().enumerate() {
            if *class != Completeness::Neutral {
                weights.words[place] = rest.next().map_or(1.0, |weight| factor(*weight));
            }
        }
    }
    if mask.audio
        && let Some(weight) = rest.next()
    {
        for (step, place) in weights.audio.iter_mut().enumerate() {
            *place = factor(weight * log_odds(step as f32 / 10.0));
        }
    }
    if mask.expected {
        for place in weights.expected.iter_mut().skip(1) {
            *place = rest.next().map_or(1.0, |weight| factor(*weight));
        }
    }
    weights
}

/// No signal alone makes a wait shorter or longer than by these factors: beyond them the shortest
/// and the longest wait hold anyway.
const LEAST: f64 = 0.05;
const MOST: f64 = 20.0;

/// The shortest base wait, in seconds, with which a policy keeps each budget, in percent.
fn budgets<P: Policy>(turns: &[TurnRecord], policy: impl Fn(f64) -> P) -> Vec<(f64, f64)> {
    let wait = |step: u32| 0.05 * 1.01_f64.powi(step as i32);
    let cut = |step: u32| Tally::of(turns, &policy(wait(step))).cut_per_pause();
    let base_for = |share: f64| {
        // Longer waits never cut off more.
        let (mut low, mut high) = (0, WAITS);
        while low < high {
            let middle = (low + high) / 2;
            if cut(middle) <= share { high = middle } else { low = middle + 1 }
        }
        wait(low)
    };
    BUDGETS.map(|budget| (budget, base_for(budget / 100.0))).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logistic_fit_finds_the_weights_that_made_the_data() {
        let truth = [-0.5, 2.0];
        let mut random = crate::Random::new(3, "fit");
        let rows: Vec<Row> = (0..40_000)
            .map(|_| {
                let x = random.between(-2.0, 2.0);
                let likely = 1.0 / (1.0 + (-(truth[0] + truth[1] * x)).exp());
                Row { features: vec![1.0, x], ended: random.unit() < likely }
            })
            .collect();
        let found = logistic(&rows);
        assert!((found[0] - truth[0]).abs() < 0.05 && (found[1] - truth[1]).abs() < 0.05, "{found:?}");
    }

    #[test]
    fn equations_are_solved() {
        let solution = solve(vec![vec![0.0, 2.0], vec![3.0, 1.0]], vec![4.0, 5.0]);
        assert!((solution[0] - 1.0).abs() < 1e-12 && (solution[1] - 2.0).abs() < 1e-12);
    }

    #[test]
    fn a_sign_of_the_end_shortens_the_wait() {
        let weights = weights(&[0.0, 2.0, 4.0], Mask::AUDIO);
        assert!(weights.audio[10] < weights.audio[5] && weights.audio[5] < weights.audio[0]);
        assert!((weights.audio[5] - 1.0).abs() < 1e-9);
    }
}
