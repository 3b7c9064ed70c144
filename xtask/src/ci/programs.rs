//! The steps that run what people run: a stranger's crate, new crates, the program, the browser.

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::ValueEnum as _;

use super::Outcome;
use super::cells::copy;
use super::steps::here;
use crate::new::{self, Kind, Options};
use crate::packages::{Brought, SPEECH, bring};
use crate::shell::{Result, cargo, run, which};
use crate::tree::Tree;

/// Cargo in another workspace, set up so that what both build of others is built once.
fn elsewhere(tree: &Tree, folder: &Path) -> Result<Command> {
    // The same versions, or the two would share nothing.
    fs::copy(tree.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let mut command = cargo();
    command.current_dir(folder).env("CARGO_TARGET_DIR", tree.root.join("target"));
    command.env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
    command.args(["--config", "profile.dev.package.\"*\".debug=false"]);
    Ok(command)
}

pub(super) fn third_party(tree: &Tree) -> Result<Outcome> {
    let folder = tree.root.join("examples/third-party");
    run(elsewhere(tree, &folder)?.args(["test", "--workspace"]))?;
    run(elsewhere(tree, &folder)?.args(["run", "--quiet", "--package=hello"]))?;
    Ok(Outcome::Passed)
}

/// One crate of each kind as a stranger would begin it, and one in a copy of the workspace.
pub(super) fn new(tree: &Tree) -> Result<Outcome> {
    let folder = tree.root.join("target/xtask/new");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("Cargo.toml"), "[workspace]\nresolver = \"3\"\nmembers = [\"rooh-*\"]\n")?;
    for kind in Kind::value_variants() {
        let options =
            Options { kind: *kind, name: "acme".to_owned(), title: None, path: Some(folder.clone()) };
        new::write_crate(&options, &tree.root)?;
    }
    run(elsewhere(tree, &folder)?.args(["test", "--workspace"]))?;

    // In a copy of the workspace the facade must know the crate as well, and nothing be untidy.
    let copy = copy(tree, "with-acme")?;
    let task = |arguments: &[&str]| -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).env("CARGO_MANIFEST_DIR", copy.join("xtask")).current_dir(&copy);
        Ok(command)
    };
    run(Command::new("git").args(["init", "--quiet"]).current_dir(&copy))?;
    run(&mut task(&["new", "tts", "acme"])?)?;
    run(&mut task(&["tidy"])?)?;
    let check = ["check", "--package=rooh", "--package=rooh-tts-acme", "--features=rooh/tts-acme"];
    let target = tree.root.join("target/with-acme");
    run(cargo().args(check).env("CARGO_TARGET_DIR", target).current_dir(&copy))?;
    Ok(Outcome::Passed)
}

/// Human speech, as Debian's `asterisk-core-sounds-en-wav` brings it.
const SPEECH_FILE: &str = "/usr/share/asterisk/sounds/en/demo-thanks.wav";

/// What every call has in its events.
const EVENTS: [&str; 6] =
    ["session_started", "reply_started", "speech_started", "user_final", "user_turn", "session_ended"];

pub(super) fn talk(tree: &Tree) -> Result<Outcome> {
    if let Brought::Missing(how) = bring(&SPEECH)? {
        return Ok(Outcome::Skipped(how));
    }
    if which("sox").is_none() || !Path::new(SPEECH_FILE).is_file() {
        return Ok(Outcome::Skipped("there is no recorded speech, or no sox to prepare it".to_owned()));
    }
    let folder = tree.root.join("target/xtask/talk");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    // The caller lets the agent greet, speaks, and waits for the answer.
    run(Command::new("sox").args([SPEECH_FILE, "caller.wav", "pad", "4", "8"]).current_dir(&folder))?;

    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| tree.root.join("target"), Into::into);
    let program = target.join("debug/rooh");
    run(here(tree).args(["build", "--package=rooh-cli"]))?;
    for call in ["first", "second"] {
        let arguments = ["talk", "--input=caller.wav"]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("--output={call}.wav"), format!("--events={call}.jsonl")]);
        let command = &mut Command::new(&program);
        command.args(arguments).env("ROOH_DATA_DIR", folder.join("data")).current_dir(&folder);
        run(command)?;
    }
    for kind in ["wav", "jsonl"] {
        let [first, second] = ["first", "second"].map(|call| fs::read(folder.join(format!("{call}.{kind}"))));
        if first? != second? {
            return Err(
                format!("two calls with the same recording differ: first.{kind}, second.{kind}").into()
            );
        }
    }
    let events = fs::read_to_string(folder.join("first.jsonl"))?;
    if let Some(missing) = EVENTS.iter().find(|event| !events.contains(&format!("\"type\":\"{event}\""))) {
        return Err(format!("the call has no event {missing:?}; see {}", folder.display()).into());
    }
    let quickstart = ["run", "--quiet", "--package=quickstart", "--"];
    run(here(tree).args(quickstart).arg(folder.join("caller.wav")))?;
    run(here(tree).args(["run", "--quiet", "--package=custom-voice"]))?;
    Ok(Outcome::Passed)
}

pub(super) fn e2e(tree: &Tree) -> Result<Outcome> {
    let folder = tree.root.join("crates/rooh-server/e2e");
    for program in ["node", "npm", "chromium"] {
        if which(program).is_none() {
            return Ok(Outcome::Skipped(format!("{program} is not installed")));
        }
    }
    run(here(tree).args(["build", "--package=rooh-cli"]))?;
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    run(Command::new("npm").arg("test").current_dir(&folder))?;
    Ok(Outcome::Passed)
}
