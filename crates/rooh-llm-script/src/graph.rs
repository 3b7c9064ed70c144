//! Whether every state can be reached, and whether the dialogue always comes to listen or to end.

use crate::compile::Faults;
use crate::dialogue::{Dialogue, Does, State};

/// Adds what is wrong with the ways between the states.
pub(crate) fn check(dialogue: &Dialogue, names: &[String], faults: &mut Faults<'_>) {
    let reached = reachable(dialogue);
    for (state, name) in names.iter().enumerate().filter(|(state, _)| !reached[*state]) {
        faults.add(&format!("states.{name}"), format!("the state {name:?} cannot be reached from the start"));
        debug_assert!(state < dialogue.states.len());
    }
    if let Some(cycle) = silent_cycle(dialogue) {
        let told: Vec<&str> = cycle.iter().map(|state| names[*state].as_str()).collect();
        faults.add(
            &format!("states.{}", told[0]),
            format!("the dialogue would go round without ever listening: {} and again", told.join(", ")),
        );
    }
    let asked = |slot: usize| {
        dialogue.states.iter().any(|state| {
            matches!(state.does, Does::Ask(asked) if asked == slot)
                || state.on.iter().any(|route| route.set.iter().any(|(set, _)| *set == slot))
        })
    };
    for (place, slot) in dialogue.slots.iter().enumerate() {
        if slot.cues.is_empty() && !asked(place) {
            faults.add(
                &format!("slots.{}", slot.name),
                "nothing ever fills the slot: ask for it, or give it \"cues\"",
            );
        }
    }
}

fn reachable(dialogue: &Dialogue) -> Vec<bool> {
    let mut reached = vec![false; dialogue.states.len()];
    let mut open = vec![dialogue.start];
    open.extend(dialogue.intents.iter().filter_map(|intent| intent.next));
    while let Some(state) = open.pop() {
        if !std::mem::replace(&mut reached[state], true) {
            let state = &dialogue.states[state];
            open.extend(silent_ways(state));
            open.extend([state.yes, state.no, state.give_up].into_iter().flatten());
            open.extend(state.on.iter().map(|route| route.next));
        }
    }
    reached
}

/// Where a state leads without anybody having said anything.
///
/// An `ask` whose slot is filled is skipped, and so is a `confirm` of what was confirmed.
fn silent_ways(state: &State) -> impl Iterator<Item = usize> {
    let failed = match &state.does {
        Does::Call { failed, .. } => *failed,
        _ => None,
    };
    let next = state.next.filter(|_| !matches!(state.does, Does::Listen | Does::End));
    next.into_iter().chain(failed)
}

fn silent_cycle(dialogue: &Dialogue) -> Option<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; dialogue.states.len()];
    for start in 0..marks.len() {
        // Each entry: the state, and the ways out of it that were not tried yet.
        let mut path: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut enter = (marks[start] == Mark::New).then_some(start);
        loop {
            if let Some(state) = enter.take() {
                marks[state] = Mark::Open;
                path.push((state, silent_ways(&dialogue.states[state]).collect()));
            }
            let Some((state, ways)) = path.last_mut() else { break };
            match ways.pop() {
                Some(next) if marks[next] == Mark::Open => {
                    let from = path.iter().position(|(state, _)| *state == next)?;
                    return Some(path[from..].iter().map(|(state, _)| *state).collect());
                }
                Some(next) if marks[next] == Mark::New => enter = Some(next),
                Some(_) => {}
                None => {
                    marks[*state] = Mark::Done;
                    path.pop();
                }
            }
        }
    }
    None
}
