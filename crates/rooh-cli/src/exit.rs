//! How the program ends: exit codes that scripts can rely on.

use std::fmt;
use std::io;
use std::process::ExitCode;

use rooh_core::{Error, ErrorKind};

use crate::plain::plain;

/// Why the program ends without having done what it was asked; the numbers are those of
/// `sysexits.h` where it has one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Something went wrong while it worked.
    Failure = 1,
    /// The command line is wrong.
    Usage = 2,
    /// What was given to read is damaged.
    Data = 65,
    /// What was given to read is not there.
    Missing = 66,
    /// A provider is not linked, not installed or does not answer.
    Unavailable = 69,
    /// What was to be written cannot be.
    Output = 73,
    /// The data directory or a setting is wrong.
    Config = 78,
}

/// What the help says about it.
pub(crate) const TABLE: &str = "\
Exit codes:
   0  done
   1  something went wrong while it worked
   2  the command line is wrong
  65  a file that was read is damaged
  66  a file or an agent is not there
  69  a provider is not linked, not installed or does not answer
  73  a file cannot be written
  78  the data directory or a setting is wrong";

/// The end of a command that did not do what it was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    /// What to say; nothing if it has been said.
    message: String,
    quiet: bool,
}

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string(), quiet: false }
    }

    /// The end with a code alone, where all was said already.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self { exit, message: String::new(), quiet: true }
    }

    /// Says in front what it was about.
    pub(crate) fn about(self, what: impl fmt::Display) -> Self {
        Self { message: format!("{what}: {}", self.message), ..self }
    }

    pub(crate) fn report(self) -> ExitCode {
        if !self.quiet {
            eprintln!("error: {}", plain(&self.message));
        }
        ExitCode::from(self.exit as u8)
    }
}

/// Nobody reads the output any more: `rooh agents list | head -1` is no failure.
pub(crate) fn written(result: io::Result<()>) -> Outcome {
    match result {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::new(Exit::Output, format!("the output cannot be written: {error}"))),
    }
}

/// What an error means for the exit code, given what it means where nothing more is known.
pub(crate) trait OrExit<T> {
    /// Ends with `exit`.
    fn or_exit(self, exit: Exit) -> Outcome<T>;

    /// Ends with 69 if a provider is what is missing, and with `exit` otherwise.
    fn or_unavailable(self, exit: Exit) -> Outcome<T>;
}

impl<T> OrExit<T> for rooh_core::Result<T> {
    fn or_exit(self, exit: Exit) -> Outcome<T> {
        self.map_err(|error| Failure::new(exit, error))
    }

    fn or_unavailable(self, exit: Exit) -> Outcome<T> {
        self.map_err(|error| {
            Failure::new(if is_unavailable(&error) { Exit::Unavailable } else { exit }, error)
        })
    }
}

/// Whether all that is wrong is something that is not there or does not answer.
pub(crate) fn is_unavailable(error: &Error) -> bool {
    error.parts().iter().all(|part| match part.kind() {
        ErrorKind::Config | ErrorKind::Protocol | ErrorKind::Unexpected => false,
        ErrorKind::Auth
        | ErrorKind::Network
        | ErrorKind::NotFound
        | ErrorKind::RateLimited
        | ErrorKind::Timeout
        | ErrorKind::Unsupported => true,
        _ => false,
    })
}
