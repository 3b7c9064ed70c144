//! `rooh eval`: how well the agent tells thinking from having finished.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rooh_core::floor::Patience;
use rooh_core::turn::{TurnDetector, TurnView};
use rooh_core::vad::VadProvider;
use rooh_eval::call::{CallTally, call};
use rooh_eval::corpus::{self, CorpusOptions, Item, Part, Role};
use rooh_eval::{Engine, Hearing, Mask, Report, Signals, Weights, fit, pauses, record, source};

use crate::args::{Callers, CorpusArguments, EvalCommand, EvalTurnsOptions, SignalArguments};
use crate::data::Data;
use crate::exit::{Exit, Failure, OrExit, Outcome};
use crate::show::print;

pub(crate) fn run(data: &Data, command: &EvalCommand) -> Outcome {
    match command {
        EvalCommand::Corpus { out, corpus } => {
            let items = build(corpus, None)?;
            corpus::write(&items, out).or_exit(Exit::Output)?;
            print(&format!("{} callers in {}", items.len(), out.display()))
        }
        EvalCommand::Fit { out, corpus, signals } => fit_weights(data, corpus, signals, out.as_deref()),
        EvalCommand::Turns(options) => turns(data, options),
    }
}

fn turns(data: &Data, options: &EvalTurnsOptions) -> Outcome {
    let (signals, about) = signals(data, &options.signals)?;
    let mut items = build(&options.corpus, Some(Part::HeldOut))?;
    items.retain(|item| match options.only {
        None => true,
        Some(Callers::Overlaps) => item.role != Role::Turn,
        Some(Callers::Turns) => item.role == Role::Turn,
    });
    eprintln!("{} callers; listening to their pauses", items.len());
    let recorded = record(&items, &signals).or_unavailable(Exit::Failure)?;
    let mut report = Report::new(&recorded, &[]);
    report.about =
        vec![format!("held-out part, seed {}, {} callers; {about}", options.corpus.seed, items.len())];
    let patience = Patience::budget(options.budget);
    if let Some(file) = &options.pauses {
        let mask = if signals.turn.is_some() { Mask::BOTH } else { Mask::WORDS };
        let lines = pauses(&items, &recorded, &Engine { mask, patience });
        write(file, &lines.iter().map(|line| format!("{line}\n")).collect::<String>())?;
    }
    let some: Vec<Item> = match options.calls {
        Some(most) => spread(&items, most),
        None => items,
    };
    let mut each = String::new();
    for eager in [false, true].into_iter().filter(|eager| !eager || options.eager) {
        if some.is_empty() {
            break;
        }
        eprintln!("{} whole calls", some.len());
        let configure = move |agent: rooh_core::AgentBuilder| agent.patience(patience).eager(eager);
        let before = processor_time();
        let calls = call(&some, &signals, &configure).or_exit(Exit::Failure)?;
        if let (Some(before), Some(after)) = (before, processor_time()) {
            let (spent, lasted) =
                ((after - before).as_secs_f64(), calls.iter().map(|call| call.duration).sum::<f64>());
            eprintln!(
                "{lasted:.0} s of calls in {spent:.0} s of a core, callers and the rest of the simulation included: \
                 {:.0} calls a core",
                lasted / spent.max(0.01)
            );
        }
        let mut failures: Vec<&String> = calls.iter().flat_map(|call| &call.failures).collect();
        failures.sort();
        failures.dedup();
        for failure in failures {
            eprintln!("in a call: {failure}");
        }
        for (item, _) in some.iter().zip(&calls).filter(|(item, call)| call.is_misjudged(item)) {
            let (what, condition) = (item.family, item.condition.name());
            eprintln!("misjudged: the {what} {:?} ({}, {condition})", item.text(), item.speaker);
        }
        let name = format!("budget {} %{}", options.budget, if eager { ", eager" } else { "" });
        for (item, call) in some.iter().zip(&calls) {
            writeln!(each, "{}", call.to_json(item, &name)).expect("a string takes any text");
        }
        report.calls.push((name, CallTally::of(some.iter().zip(&calls))));
    }
    if let Some(file) = &options.each {
        write(file, &each)?;
    }
    if let Some(file) = &options.json {
        write(file, &format!("{:#}\n", report.to_json()))?;
    }
    if let Some(file) = &options.svg {
        write(file, &report.to_svg())?;
    }
    print(report.to_string().trim_end())
}

/// How long processors have worked for this program.
#[cfg(unix)]
fn processor_time() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

/// Nothing says it here.
#[cfg(not(unix))]
fn processor_time() -> Option<Duration> {
    None
}

fn fit_weights(
    data: &Data,
    arguments: &CorpusArguments,
    wanted: &SignalArguments,
    out: Option<&Path>,
) -> Outcome {
    let (signals, about) = signals(data, wanted)?;
    let fit_items = build(arguments, Some(Part::Fit))?;
    let held_out = build(arguments, Some(Part::HeldOut))?;
    eprintln!("{} callers to fit with, {} to report on", fit_items.len(), held_out.len());
    let turns = record(&fit_items, &signals).or_unavailable(Exit::Failure)?;
    let mut masks = vec![Mask::NONE, Mask::WORDS];
    if signals.turn.is_some() {
        masks.extend([Mask::AUDIO, Mask::BOTH]);
    }
    let fitted: Vec<(Mask, Weights)> = masks.iter().map(|mask| (*mask, fit(&turns, *mask))).collect();
    let command = format!(
        "rooh eval fit --seed {} --variants {}{}",
        arguments.seed,
        arguments.variants,
        if signals.turn.is_some() { "" } else { " --no-turn" },
    );
    let provenance = format!(
        "Data: the part `fit` of the corpus of `rooh-eval`, {} turns ({about}).\n\
         Command: `{command}`; `docs/evaluation.md` says what is in it.",
        turns.len()
    );
    let mut source = source(&fitted, &provenance);
    for mask in &masks {
        let kept: Vec<String> = rooh_eval::engine_budgets(&turns, *mask)
            .into_iter()
            .map(|(percent, wait)| format!("({percent:.1}, {:.1})", wait * 1000.0))
            .collect();
        let _ = write!(source, "\n// The engine as it is, {}: [{}]\n", mask.name(), kept.join(", "));
    }
    match out {
        Some(file) => write(file, &source)?,
        None => print(source.trim_end())?,
    }
    let recorded = record(&held_out, &signals).or_unavailable(Exit::Failure)?;
    let with_expectation: Vec<(Mask, Weights)> = masks
        .iter()
        .map(|mask| Mask { expected: true, ..*mask })
        .map(|mask| (mask, fit(&turns, mask)))
        .collect();
    let all: Vec<(Mask, Weights)> = fitted.into_iter().chain(with_expectation).collect();
    let mut report = Report::new(&recorded, &all);
    report.about = vec![format!("the fitted weights on the held-out part; {about}")];
    report.slices.clear();
    eprintln!("{}", report.to_string().trim_end());
    Ok(())
}

fn build(arguments: &CorpusArguments, part: Option<Part>) -> Outcome<Vec<Item>> {
    let options = CorpusOptions {
        seed: arguments.seed,
        languages: arguments.languages.clone(),
        most: arguments.most,
        part,
        variants: arguments.variants,
    };
    corpus::build(&options).or_unavailable(Exit::Failure)
}

/// Who listens, and that in words.
fn signals(data: &Data, arguments: &SignalArguments) -> Outcome<(Signals, String)> {
    let found = arguments.vad.parse().and_then(|name| data.registry.vad(&name));
    let (vad, vad_name): (Arc<dyn VadProvider>, String) = match found {
        Ok(vad) => (vad, arguments.vad.clone()),
        Err(error) => {
            eprintln!("speech is noticed by its loudness: {error}");
            (Arc::new(rooh_core::vad::Energy), "loudness".to_owned())
        }
    };
    let turn = if arguments.no_turn { None } else { judge(data, &arguments.turn) };
    let hearing = Hearing {
        word_errors: arguments.word_errors.clamp(0.0, 1.0),
        punctuation: arguments.punctuation,
        ..Hearing::default()
    };
    let about = format!(
        "speech by {vad_name}, sounds by {}, words simulated: {:.0} ms late, {:.0} % wrong{}",
        if turn.is_some() { &arguments.turn } else { "nobody" },
        hearing.partial.as_secs_f64() * 1000.0,
        hearing.word_errors * 100.0,
        if hearing.punctuation { ", with punctuation" } else { "" },
    );
    Ok((Signals { vad, turn, hearing }, about))
}

/// The judge of sounds, if it is linked and its model is there.
fn judge(data: &Data, name: &str) -> Option<Arc<dyn TurnDetector>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let found = name.parse().and_then(|name| data.registry.turn(&name)).and_then(|judge| {
        // Whether its model is there shows only when it is asked.
        runtime.block_on(judge.completeness(TurnView::default())).map(|_| judge)
    });
    found.map_err(|error| eprintln!("no judge of sounds: {error}")).ok()
}

/// So many of them, evenly.
fn spread(items: &[Item], most: usize) -> Vec<Item> {
    let all = items.len().max(1);
    let is_taken = |place: usize| (place + 1) * most / all != place * most / all || most >= all;
    items.iter().enumerate().filter(|(place, _)| is_taken(*place)).map(|(_, item)| item.clone()).collect()
}

fn write(file: &Path, text: &str) -> Outcome {
    fs::write(file, text)
        .map_err(|error| Failure::new(Exit::Output, format!("{} cannot be written: {error}", file.display())))
}
