//! Everything that must pass, in the order in which it fails soonest.

mod cells;
mod deny;
mod programs;
mod steps;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::shell::Result;
use crate::tree::Tree;

/// How a step ended, if it did not fail.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    /// Something that it needs is not to be had here.
    Skipped(String),
}

/// One thing that must pass.
struct Step {
    name: &'static str,
    what: &'static str,
    run: fn(&Tree) -> Result<Outcome>,
}

const STEPS: &[Step] = &[
    Step { name: "fmt", what: "every file is formatted", run: steps::fmt },
    Step { name: "tidy", what: "layers, first lines, order, names", run: steps::tidy },
    Step { name: "packages", what: "system packages that tests use", run: steps::packages },
    Step { name: "models", what: "model files that tests use", run: steps::models },
    Step { name: "clients", what: "vendors' clients that certify fakes", run: steps::clients },
    Step { name: "deny", what: "licenses, bans, sources, advisories", run: deny::deny },
    Step { name: "clippy", what: "no warning, in no target", run: steps::clippy },
    Step { name: "test", what: "all tests, those in documentation too", run: steps::test },
    Step { name: "codegen", what: "generated files are fresh", run: steps::codegen },
    Step { name: "doc", what: "the documentation builds without a warning", run: steps::doc },
    Step { name: "matrix", what: "every combination of features builds", run: cells::features },
    Step { name: "third-party", what: "a stranger's provider is found by name", run: programs::third_party },
    Step { name: "new", what: "what `cargo xtask new` writes passes its contract", run: programs::new },
    Step { name: "talk", what: "the program holds a conversation from a WAV file", run: programs::talk },
    Step { name: "e2e", what: "a browser holds a conversation", run: programs::e2e },
    Step { name: "oldest", what: "the oldest dependencies and the oldest Rust build", run: cells::oldest },
    Step { name: "wasm", what: "pure crates build for WebAssembly", run: cells::wasm },
];

/// What the command line asks of `ci`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Run this step alone; may be given several times.
    #[arg(long = "step", value_name = "NAME")]
    steps: Vec<String>,
    /// Go on after a step has failed.
    #[arg(long)]
    keep_going: bool,
    /// Print the steps and run none.
    #[arg(long)]
    list: bool,
}

/// Runs the steps, and says at the end how many passed.
///
/// # Errors
///
/// Names the steps that failed.
pub(crate) fn ci(options: &Options) -> Result {
    if let Some(unknown) = options.steps.iter().find(|name| !STEPS.iter().any(|step| step.name == **name)) {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(format!("there is no step {unknown:?}; there are {}", names.join(", ")).into());
    }
    let wanted =
        |step: &&Step| options.steps.is_empty() || options.steps.iter().any(|name| name == step.name);
    let steps: Vec<&Step> = STEPS.iter().filter(wanted).collect();
    if options.list {
        steps.iter().for_each(|step| println!("{:12} {}", step.name, step.what));
        return Ok(());
    }
    let tree = Tree::here()?;
    let mut report = String::new();
    let (mut passed, mut skipped, mut failed) = (0, 0, Vec::new());
    for step in &steps {
        println!("\n== {}: {}", step.name, step.what);
        let begin = Instant::now();
        let outcome = (step.run)(&tree);
        let took = seconds(begin.elapsed());
        let line = match outcome {
            Ok(Outcome::Passed) => {
                passed += 1;
                format!("{:12} passed   {took}", step.name)
            }
            Ok(Outcome::Skipped(why)) => {
                skipped += 1;
                format!("{:12} skipped  {took}  {why}", step.name)
            }
            Err(error) => {
                eprintln!("{error}");
                failed.push(step.name);
                format!("{:12} FAILED   {took}", step.name)
            }
        };
        println!("-- {line}");
        let _ = writeln!(report, "{line}");
        if !failed.is_empty() && !options.keep_going {
            break;
        }
    }
    println!("\n{report}");
    println!("{passed} passed, {} failed, {skipped} skipped", failed.len());
    match failed.as_slice() {
        [] => Ok(()),
        names => {
            Err(format!("failed: {}; once more: cargo xtask ci --step {}", names.join(", "), names[0]).into())
        }
    }
}

fn seconds(took: Duration) -> String {
    format!("{:5} s", took.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_does_not_exist_is_refused_with_those_that_do() {
        let options = Options { steps: vec!["clipy".to_owned()], keep_going: false, list: false };
        let error = ci(&options).unwrap_err().to_string();
        assert!(error.contains("clipy") && error.contains("clippy"), "{error}");
    }

    #[test]
    fn no_two_steps_have_one_name() {
        for (place, step) in STEPS.iter().enumerate() {
            assert!(STEPS[..place].iter().all(|other| other.name != step.name), "{}", step.name);
        }
    }
}
