//! The corpus and whole calls, on a small part of what is reported on.

use std::sync::{Arc, LazyLock};

use rooh_eval::call::{CallTally, call};
use rooh_eval::corpus::{self, CorpusOptions, Item, Part, PauseKind, Role, SHORTEST_PAUSE, TAIL};
use rooh_eval::{Curve, Hearing, Mask, Signals, Tally, Timer, Weighed, fit, record, waits};
use rooh_vad_silero::Silero;

/// So few that a test takes seconds.
const FEW: usize = 36;

const SEED: u64 = 1;

/// All English and French callers of a part, or nothing, said aloud, where what they are made of is
/// not installed. They are built once for all tests.
fn all(part: Part) -> &'static [Item] {
    static BUILT: [LazyLock<Vec<Item>>; 2] = [
        LazyLock::new(|| build(Part::Fit, &["en", "fr"])),
        LazyLock::new(|| build(Part::HeldOut, &["en", "fr"])),
    ];
    &BUILT[usize::from(part == Part::HeldOut)]
}

fn build(part: Part, languages: &[&str]) -> Vec<Item> {
    let missing = corpus::missing_packages();
    if !missing.is_empty() {
        eprintln!("skipped: speech is missing: apt-get install -y {}", missing.join(" "));
        return Vec::new();
    }
    println!("seed {SEED}");
    let languages = languages.iter().map(|&language| language.to_owned()).collect();
    let options = CorpusOptions { seed: SEED, languages, part: Some(part), ..CorpusOptions::default() };
    corpus::build(&options).expect("all packages are there")
}

/// A few callers of all kinds.
fn few(part: Part) -> Vec<Item> {
    let all = all(part);
    all.iter().step_by((all.len() / FEW).max(1)).take(FEW).cloned().collect()
}

fn signals() -> Signals {
    Signals { vad: Arc::new(Silero::new()), turn: None, hearing: Hearing::default() }
}

#[test]
fn the_same_seed_gives_the_same_callers() {
    let [first, second] = [0, 1].map(|_| build(Part::HeldOut, &["de"]));
    assert_eq!(first.len(), second.len());
    for (first, second) in first.iter().zip(&second) {
        assert_eq!((&first.name, &first.words, &first.pauses), (&second.name, &second.words, &second.pauses));
        assert_eq!(first.audio(), second.audio(), "{}", first.name);
    }
}

#[test]
fn what_is_known_of_a_caller_fits_together() {
    for part in Part::ALL {
        for item in all(part) {
            let name = &item.name;
            assert_eq!(item.audio().len(), (item.duration() * 16_000.0).round() as usize, "{name}");
            let (end, holds) = item.pauses.split_last().expect("a turn ends");
            assert_eq!(end.kind, PauseKind::EndOfTurn, "{name}");
            assert!((end.end - end.start - TAIL).abs() < 1e-9, "{name}");
            assert!(holds.iter().all(|pause| pause.kind == PauseKind::Hold), "{name}");
            assert!(holds.iter().all(|pause| pause.end - pause.start > SHORTEST_PAUSE - 1e-6), "{name}");
            assert!(!item.words.is_empty(), "{name}");
            for pair in item.words.windows(2) {
                assert!(
                    pair[0].start < pair[0].end && pair[0].end <= pair[1].start + 1e-9,
                    "{name}: {pair:?}"
                );
            }
            for word in &item.words {
                // Half of a word may lie over the edge of a pause: it is placed by its letters.
                let middle = (word.start + word.end) / 2.0;
                let in_pause = item.pauses.iter().any(|pause| pause.start < middle && middle < pause.end);
                assert!(!in_pause, "{name}: {word:?} is said in a pause");
            }
        }
    }
}

#[test]
fn no_voice_and_no_sentence_is_in_both_parts() {
    let pairs = |items: &[Item]| -> Vec<(String, String)> {
        items.iter().map(|item| (item.speaker.clone(), item.text())).collect()
    };
    let (fit, held_out) = (pairs(all(Part::Fit)), pairs(all(Part::HeldOut)));
    for (speaker, text) in &held_out {
        assert!(fit.iter().all(|(other, _)| other != speaker), "{speaker} is in both parts");
        assert!(fit.iter().all(|(_, other)| other != text), "{text:?} is in both parts");
    }
}

#[test]
fn whole_calls_come_out_the_same_and_agree_with_what_was_recorded() {
    let items = few(Part::HeldOut);
    if items.is_empty() {
        return;
    }
    let signals = signals();
    let calls = call(&items, &signals, &|agent| agent).expect("the agent can be built");
    assert_eq!(calls, call(&items, &signals, &|agent| agent).expect("the agent can be built"));
    let failures: Vec<&String> = calls.iter().flat_map(|call| &call.failures).collect();
    assert!(failures.is_empty(), "{failures:?}");
    let tally = CallTally::of(items.iter().zip(&calls));
    println!("{tally:#?}");
    let turns = items.iter().filter(|item| item.role == Role::Turn).count();
    assert_eq!(tally.turns.turns, turns);
    assert!(tally.turns.missed * 4 < turns, "{} of {turns} ends were missed", tally.turns.missed);
    assert!(tally.turns.percentile(0.5) < 1.5, "half of the callers wait {} s", tally.turns.percentile(0.5));
    assert!(
        tally.recall() > 0.9,
        "only {} of {} interruptions stopped the agent",
        tally.stopped,
        tally.interruptions
    );

    // The detector hears the same in a call and outside of it.
    let recorded = record(&items, &signals).expect("the model is built in");
    let seen = Tally::of(&recorded, &Timer(1.0));
    let apart = seen.holds.abs_diff(tally.turns.holds);
    assert!(
        apart * 10 <= seen.holds,
        "{} pauses were recorded, {} were heard",
        seen.holds,
        tally.turns.holds
    );
}

#[test]
fn a_fit_is_the_same_each_time_and_keeps_its_budget_where_it_was_made() {
    let items = few(Part::Fit);
    if items.is_empty() {
        return;
    }
    let turns = record(&items, &signals()).expect("the model is built in");
    assert_eq!(turns, record(&items, &signals()).expect("the model is built in"));
    let weights = fit(&turns, Mask::WORDS);
    assert_eq!(weights, fit(&turns, Mask::WORDS));
    for (budget, base) in &weights.budget {
        let policy = Weighed { weights: &weights, mask: Mask::WORDS, base: *base, bounds: Weighed::BOUNDS };
        let cut = Tally::of(&turns, &policy).cut_per_pause();
        assert!(cut <= budget / 100.0, "{cut} of the pauses are cut with a budget of {budget} %");
    }
    let curve = Curve::sweep("timer", &turns, waits(), Timer);
    let is_falling = |pair: &[rooh_eval::Point]| pair[0].delay <= pair[1].delay && pair[0].cut > pair[1].cut;
    assert!(curve.points.windows(2).all(is_falling), "{:?}", curve.points);
}
