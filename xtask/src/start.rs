//! From a fresh checkout to a conversation: brings what speech needs, builds, starts the server.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use crate::models::SMART_TURN;
use crate::packages::{Brought, SPEECH, bring};
use crate::shell::{Result, cargo, run};
use crate::tree;

/// Brings the speech libraries and the turn detector where it may, builds the program and starts
/// it with `arguments`.
///
/// # Errors
///
/// The build failed, or the server ended with an error. Missing libraries and models are no error:
/// everything else runs without them.
pub(crate) fn start(arguments: &[String]) -> Result {
    match bring(&SPEECH) {
        Ok(Brought::All) => {}
        Ok(Brought::Missing(how)) => {
            println!("The built-in recognizer and voice are not there yet. To bring them:\n\n    {how}\n");
            println!("Everything else runs without them.");
        }
        Err(error) => println!("{error}\nThe built-in recognizer and voice stay away; all else runs."),
    }
    let root = tree::root();
    println!("Building the release; the first time takes some minutes.");
    run(cargo().args(["build", "--release", "--package=rooh-cli"]).current_dir(&root))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let program = target.join("release").join("rooh");
    bring_turn_detector(&program, &target.join("models"));
    let mut program = Command::new(program);
    program.arg("serve").args(arguments);
    // The server says itself where to go, with the token that opens the door.
    become_program(&mut program)
}

/// Brings the model of Smart Turn, 8.7 MB out of a Python package of 12 MB, to where the program
/// looks for models.
///
/// From `models` if CI has brought it there already; else through pip, as CI does.
fn bring_turn_detector(program: &Path, models: &Path) {
    let pull = |from: Option<&Path>| {
        let mut pull = Command::new(program);
        pull.args(["models", "pull", "smart-turn"]);
        pull.args(from.iter().flat_map(|from| [OsStr::new("--from"), from.as_os_str()]));
        run(&mut pull)
    };
    let file = models.join(SMART_TURN);
    let is_brought = file.is_file() && pull(Some(&file)).is_ok();
    if !is_brought && pull(None).is_err() {
        println!("The turn detector stays away: pauses are judged by their words; all else runs.");
    }
}

/// Goes on as the program, so that a signal to stop reaches it.
#[cfg(unix)]
fn become_program(program: &mut Command) -> Result {
    use std::os::unix::process::CommandExt as _;

    Err(program.exec().into())
}

/// Runs the program to its end.
#[cfg(not(unix))]
fn become_program(program: &mut Command) -> Result {
    let status = program.status()?;
    if status.success() { Ok(()) } else { Err(format!("`rooh serve` ended: {status}").into()) }
}
