//! System packages: which are missing, and bringing them where this program may.

use std::process::Command;

use crate::shell::{Result, capture, run, succeeds, which};

/// What the built-in recognizer and voice need to talk.
pub(crate) const SPEECH: [&str; 3] = ["libflite1", "libpocketsphinx3", "pocketsphinx-en-us"];

/// How far bringing packages came.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Brought {
    /// All are there.
    All,
    /// They may not be installed from here; this is what to run, or to look for.
    Missing(String),
}

/// Brings those of `packages` that are missing, through the package manager of Debian and Ubuntu.
///
/// # Errors
///
/// The package manager was asked and failed.
pub(crate) fn bring(packages: &[&str]) -> Result<Brought> {
    if which("dpkg-query").is_none() {
        return Ok(Brought::Missing(format!(
            "this system is not Debian or Ubuntu: look for what these packages bring: {}",
            packages.join(" ")
        )));
    }
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(Brought::All);
    }
    let Some(prefix) = privilege() else {
        return Ok(Brought::Missing(format!("sudo apt-get install -y {}", missing.join(" "))));
    };
    println!("bringing {}", missing.join(", "));
    let apt = |arguments: &[&str]| {
        let words: Vec<&str> =
            prefix.iter().copied().chain(["apt-get"]).chain(arguments.iter().copied()).collect();
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    let install: Vec<&str> =
        ["install", "-y", "-q", "--no-install-recommends"].into_iter().chain(missing).collect();
    // The lists may be old or, in a fresh container, not there at all.
    if run(&mut apt(&install)).is_err() {
        run(&mut apt(&["update", "-q"]))?;
        run(&mut apt(&install))?;
    }
    Ok(Brought::All)
}

fn is_installed(package: &str) -> bool {
    let mut command = Command::new("dpkg-query");
    command.args(["--show", "--showformat=${db:Status-Status}", package]);
    capture(&mut command).is_ok_and(|status| status == "installed")
}

/// What to put in front of a command that changes the system; `None` if it may not be run.
fn privilege() -> Option<&'static [&'static str]> {
    let is_root = capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if is_root {
        return Some(&[]);
    }
    // `-n`: never wait for a password that nobody is there to type.
    succeeds(Command::new("sudo").args(["-n", "true"])).then_some(&["sudo", "-n"])
}
