//! The steps that are one call of Cargo, or of another task.

use std::process::Command;

use super::Outcome;
use crate::packages::{Brought, SPEECH, bring};
use crate::shell::{Result, cargo, run};
use crate::tree::Tree;
use crate::{clients, codegen, models, tidy};

/// What tests listen to, and what they open pages with.
const FOR_TESTS: [&str; 12] = [
    "asterisk-core-sounds-en",
    "asterisk-core-sounds-en-g722",
    "asterisk-core-sounds-en-wav",
    "asterisk-core-sounds-es",
    "asterisk-core-sounds-es-g722",
    "asterisk-core-sounds-fr",
    "asterisk-core-sounds-fr-g722",
    "chromium",
    "espeak-ng",
    "ffmpeg",
    "sox",
    "unzip",
];

pub(super) fn fmt(tree: &Tree) -> Result<Outcome> {
    run(here(tree).args(["fmt", "--all", "--", "--check"]))?;
    let stranger = tree.root.join("examples/third-party");
    // Not `--all`: that would follow the paths back into this workspace.
    let packages = ["--package=hello", "--package=rooh-tts-beeper"];
    run(cargo().arg("fmt").args(packages).args(["--", "--check"]).current_dir(stranger))?;
    Ok(Outcome::Passed)
}

pub(super) fn tidy(_: &Tree) -> Result<Outcome> {
    tidy::check().map(|()| Outcome::Passed)
}

/// Tests that miss a package skip with a line of their own, so a machine that may not install any
/// still runs the rest.
pub(super) fn packages(_: &Tree) -> Result<Outcome> {
    let all: Vec<&str> = SPEECH.into_iter().chain(FOR_TESTS).collect();
    Ok(match bring(&all)? {
        Brought::All => Outcome::Passed,
        Brought::Missing(how) => Outcome::Skipped(how),
    })
}

/// The same for model files: tests that miss one skip with a line of their own.
pub(super) fn models(tree: &Tree) -> Result<Outcome> {
    Ok(match models::bring_smart_turn(tree)? {
        Brought::All => Outcome::Passed,
        Brought::Missing(how) => Outcome::Skipped(how),
    })
}

/// The same for the clients of vendors: a fake whose client is missing goes without its certificate.
pub(super) fn clients(tree: &Tree) -> Result<Outcome> {
    Ok(match clients::bring(tree)? {
        Brought::All => Outcome::Passed,
        Brought::Missing(how) => Outcome::Skipped(how),
    })
}

pub(super) fn clippy(tree: &Tree) -> Result<Outcome> {
    for features in [&[][..], &["--all-features"]] {
        let command = &mut here(tree);
        command.args(["clippy", "--workspace", "--all-targets"]).args(features);
        run(command.args(["--", "--deny=warnings"]))?;
    }
    Ok(Outcome::Passed)
}

pub(super) fn test(tree: &Tree) -> Result<Outcome> {
    run(here(tree).args(["test", "--workspace", "--all-features"]))?;
    Ok(Outcome::Passed)
}

pub(super) fn codegen(_: &Tree) -> Result<Outcome> {
    codegen::check().map(|()| Outcome::Passed)
}

pub(super) fn doc(tree: &Tree) -> Result<Outcome> {
    let command = &mut here(tree);
    command.args(["doc", "--workspace", "--all-features", "--no-deps"]);
    run(command.env("RUSTDOCFLAGS", "--deny=warnings"))?;
    Ok(Outcome::Passed)
}

/// Cargo at the root of the workspace.
pub(super) fn here(tree: &Tree) -> Command {
    let mut command = cargo();
    command.current_dir(&tree.root);
    command
}
