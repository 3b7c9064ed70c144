//! Assets that a package of the system brings.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use rooh_core::provider::Progress;
use rooh_core::stream::{Emitter, Feed, inlet};
use rooh_core::{Error, ErrorKind, Result};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::asset::Status;
use crate::machine::Machine;

/// A package of Debian and Ubuntu, and how to tell that what it brings is there.
#[derive(Debug)]
pub(crate) struct Package {
    pub(crate) name: &'static str,
    /// What to do on other systems.
    pub(crate) elsewhere: &'static str,
    pub(crate) proof: Proof,
}

/// What small systems leave out of every package.
const SPARED: [&str; 3] = ["/usr/share/doc/", "/usr/share/locale/", "/usr/share/man/"];

/// How to tell that a package is there, whoever brought it.
#[derive(Debug)]
pub(crate) enum Proof {
    /// All these files in one of these folders, seen from the root.
    Files { folders: &'static [&'static str], files: &'static [&'static str] },
    /// All these libraries, by what stands between `lib` and `.so`.
    Libraries(&'static [&'static str]),
}

impl Package {
    pub(crate) fn status(&self, machine: &Machine) -> Status {
        match self.found(machine) {
            Some(at) => Status::Installed { at },
            None => Status::Missing { bring: self.command(machine) },
        }
    }

    fn found(&self, machine: &Machine) -> Option<PathBuf> {
        match &self.proof {
            Proof::Files { folders, files } => machine.folder(folders, files),
            Proof::Libraries(names) => {
                let all: Option<Vec<PathBuf>> = names.iter().map(|name| machine.library(name)).collect();
                all?.into_iter().next()
            }
        }
    }

    /// The command that brings it, or what to do where there is none.
    fn command(&self, machine: &Machine) -> String {
        match machine.program("apt-get") {
            Some(_) => format!("sudo apt-get install -y {}", self.name),
            None => format!("{} (on Debian and Ubuntu: the package {})", self.elsewhere, self.name),
        }
    }

    /// The error for whoever has it as a file.
    pub(crate) fn not_a_file(&self) -> Error {
        Error::new(ErrorKind::Unsupported, "a package of the system brings it; install that")
            .with("package", self.name)
    }

    pub(crate) async fn verify(&self, machine: &Machine) -> Result<String> {
        let Some(at) = self.found(machine) else {
            let message = format!("it is not installed: {}", self.command(machine));
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        let seen = format!("{} is there; it was not compared with anything", at.display());
        let Some(dpkg) = machine.program("dpkg") else { return Ok(seen) };
        let failed = |error| Error::new(ErrorKind::Unexpected, "dpkg could not be run").caused_by(error);
        let run = |arguments: &[&str]| {
            let mut command = Command::new(&dpkg);
            command.args(arguments).arg(self.name).stdin(Stdio::null()).kill_on_drop(true);
            command
        };
        if !run(&["--status"]).output().await.map_err(failed)?.status.success() {
            // Somebody else than the package manager brought it.
            return Ok(seen);
        }
        let output = run(&["--verify"]).output().await.map_err(failed)?;
        let report = String::from_utf8_lossy(&output.stdout);
        let differing: Vec<&str> = report
            .lines()
            // A file that was left out on purpose, such as documentation, is marked as missing.
            .filter(|line| !line.starts_with("missing") || !SPARED.iter().any(|folder| line.contains(folder)))
            .filter_map(|line| line.split_whitespace().last())
            .collect();
        if differing.is_empty() {
            return Ok(format!("all files of the package {} are as published", self.name));
        }
        Err(Error::new(
            ErrorKind::Unexpected,
            format!("files differ from the package; sudo apt-get install --reinstall -y {}", self.name),
        )
        .with("files", differing.join(", ")))
    }

    pub(crate) async fn pull(&self, machine: &Machine, out: &mut Emitter<Progress>) -> Result<()> {
        let refused = |why: &str| {
            let message = format!("{why}: {}", self.command(machine));
            Error::new(ErrorKind::NotFound, message).with("package", self.name)
        };
        let apt = machine.program("apt-get").ok_or_else(|| refused("there is no apt-get on this system"))?;
        let prefix = machine
            .privilege()
            .await
            .ok_or_else(|| refused("packages may not be installed from here; run this, then try again"))?;
        let install = ["install", "-y", "-q", "--no-install-recommends", self.name];
        // The lists may be old or, in a fresh container, not there at all.
        if self.apt(&prefix, &apt, &install, out).await.is_err() {
            self.apt(&prefix, &apt, &["update", "-q"], out).await?;
            self.apt(&prefix, &apt, &install, out).await?;
        }
        match self.status(machine) {
            Status::Missing { .. } => Err(Error::new(
                ErrorKind::Unexpected,
                "the package was installed, and what it should bring is not there",
            )
            .with("package", self.name)),
            _ => Ok(()),
        }
    }

    async fn apt(
        &self,
        prefix: &[PathBuf],
        apt: &Path,
        arguments: &[&str],
        out: &mut Emitter<Progress>,
    ) -> Result<()> {
        let mut words = prefix.iter().map(PathBuf::as_path).chain([apt]);
        let mut command = Command::new(words.next().unwrap_or(apt));
        command
            .args(words)
            // Another run of the package manager may go on.
            .args(["-o", "DPkg::Lock::Timeout=120", "-o", "APT::Status-Fd=1"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let doing = format!("apt-get {} {}", arguments[0], self.name);
        out.emit(Progress::new(&doing, None)).await;
        let child = command.spawn().map_err(not_run)?;
        let (feed, mut progress) = inlet(64);
        // A task of its own that nobody aborts: if what apt-get writes were not read to its end, it
        // would be killed by its next line and leave the packages of the system half installed.
        let watching = tokio::spawn(watch(child, feed));
        while let Some(step) = progress.next().await {
            out.emit(step).await;
        }
        let (status, complaints) = watching
            .await
            .map_err(|_| Error::new(ErrorKind::Unexpected, "reading what apt-get writes panicked"))?
            .map_err(not_run)?;
        if status.success() {
            return Ok(());
        }
        let last: Vec<&str> = complaints.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = last[last.len().saturating_sub(3)..].join("; ");
        Err(Error::new(ErrorKind::Unexpected, format!("{doing} failed")).with("it said", last))
    }
}

fn not_run(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Unexpected, "apt-get could not be run").caused_by(error)
}

/// Reads all that the package manager writes, passes its progress on, and waits for its end.
async fn watch(mut child: Child, feed: Feed<Progress>) -> std::io::Result<(ExitStatus, String)> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let complaints = async {
        let mut text = Vec::new();
        if let Some(stderr) = stderr {
            // More is not worth keeping; but all is read.
            let mut stderr = stderr.take(64 * 1024);
            let _ = stderr.read_to_end(&mut text).await;
            let _ = tokio::io::copy(&mut stderr.into_inner(), &mut tokio::io::sink()).await;
        }
        String::from_utf8_lossy(&text).into_owned()
    };
    let progress = async {
        let Some(stdout) = stdout else { return };
        let mut lines = BufReader::new(stdout).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            if let Some((done, what)) = progress_of(&String::from_utf8_lossy(&line)) {
                feed.push(Progress::new(what, Some(done)));
            }
        }
    };
    let (complaints, ()) = tokio::join!(complaints, progress);
    Ok((child.wait().await?, complaints))
}

/// Reads a line such as `pmstatus:libflite1:40.0:Unpacking libflite1`.
fn progress_of(line: &str) -> Option<(f32, String)> {
    let mut parts = line.splitn(4, ':');
    if !matches!(parts.next(), Some("dlstatus" | "pmstatus")) {
        return None;
    }
    let percent: f32 = parts.nth(1)?.trim().parse().ok()?;
    Some(((percent / 100.0).clamp(0.0, 1.0), parts.next()?.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_of_the_package_manager_is_read_and_other_lines_are_not() {
        let read = progress_of("pmstatus:libflite1:40.5:Unpacking libflite1 (amd64)");
        assert_eq!(read, Some((0.405, "Unpacking libflite1 (amd64)".to_owned())));
        assert_eq!(progress_of("dlstatus:1:200:Retrieving").map(|(done, _)| done), Some(1.0));
        for line in ["", "Reading package lists...", "pmstatus:x", "pmstatus:x:y:z", "pmconffile:a:1:b"] {
            assert_eq!(progress_of(line), None, "{line}");
        }
    }
}
