//! The program as people and scripts meet it: what it prints, and how it ends.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod agents;
mod chat;
mod help;
mod looking;
mod replay;
mod secrets;
mod serve;
mod talk;

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a command may take before it counts as hanging; builds run beside the tests.
const LONGEST: Duration = Duration::from_secs(120);

/// What became of a command.
#[derive(Debug)]
struct Done {
    code: i32,
    out: String,
    err: String,
}

impl Done {
    #[track_caller]
    fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    #[track_caller]
    fn says(self, what: &str) -> Self {
        assert!(self.out.contains(what) || self.err.contains(what), "{what:?} is not in {self:#?}");
        self
    }

    #[track_caller]
    fn does_not_say(self, what: &str) -> Self {
        assert!(!self.out.contains(what) && !self.err.contains(what), "{what:?} is in {self:#?}");
        self
    }

    #[track_caller]
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:#?}"))
    }
}

/// A data directory of its own for each test.
struct Rooh {
    data: TempDir,
}

impl Rooh {
    fn new() -> Self {
        Self { data: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.data.path()
    }

    /// Writes a file beside the data of the program, and says where.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rooh"));
        command
            .args(arguments)
            .env_clear()
            .env("ROOH_DATA_DIR", self.path())
            .env("HOME", self.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str]) -> Done {
        finish(self.command(arguments).spawn().unwrap())
    }

    fn run_with(&self, arguments: &[&str], input: &str) -> Done {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // A program that ends early does not read.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        finish(child)
    }
}

/// Waits for the end of a program, but not for ever.
fn finish(mut child: Child) -> Done {
    let out = read(child.stdout.take().unwrap());
    let err = read(child.stderr.take().unwrap());
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > LONGEST {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("the program hangs: {} {}", out.join().unwrap(), err.join().unwrap());
        }
        thread::sleep(Duration::from_millis(5));
    };
    Done { code: status.code().unwrap_or(-1), out: out.join().unwrap(), err: err.join().unwrap() }
}

fn read(mut from: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        from.read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    })
}
