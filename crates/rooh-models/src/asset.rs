//! An asset: what it is, whether it is there, whether it is whole, and how it is brought.

use std::fmt;
use std::path::PathBuf;

use rooh_core::provider::Progress;
use rooh_core::stream::Events;
use rooh_core::{Error, ErrorKind, Result};

use crate::embedded;
use crate::hash;
use crate::machine::Machine;
use crate::package::Package;
use crate::wheel::Wheel;

/// A model or library that a local provider needs.
#[derive(Debug)]
#[non_exhaustive]
pub struct Asset {
    /// The name on the command line.
    pub name: &'static str,
    /// The name as people write it.
    pub title: &'static str,
    /// About how much room it takes, in bytes.
    pub size: u64,
    /// Its license.
    pub license: &'static str,
    /// The providers that need it, each as kind and name: `tts flite`.
    pub needed_by: &'static [&'static str],
    pub(crate) source: Source,
}

/// Where an asset comes from.
#[derive(Debug)]
pub(crate) enum Source {
    /// The code of a provider carries it.
    Embedded { feature: &'static str, sha256: &'static str },
    /// A package of the system brings it.
    Package(Package),
    /// It lies in a Python package, of which nothing else is needed.
    Wheel(Wheel),
}

/// Whether an asset is there.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Status {
    /// It is part of this program.
    BuiltIn,
    /// It is installed.
    Installed {
        /// A file or folder of it.
        at: PathBuf,
    },
    /// It is not there.
    Missing {
        /// The command that brings it, or what to look for.
        bring: String,
    },
}

impl Status {
    /// Whether it can be used.
    pub const fn is_there(&self) -> bool {
        !matches!(self, Self::Missing { .. })
    }

    /// The status as one lower-case word, as programs read it.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::BuiltIn => "built_in",
            Self::Installed { .. } => "installed",
            Self::Missing { .. } => "missing",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => f.write_str("built in"),
            Self::Installed { at } => write!(f, "installed: {}", at.display()),
            Self::Missing { bring } => write!(f, "missing: {bring}"),
        }
    }
}

impl Asset {
    /// Whether it is there; reads a few folders.
    pub fn status(&self) -> Status {
        self.status_on(&Machine::this())
    }

    pub(crate) fn status_on(&self, machine: &Machine) -> Status {
        match &self.source {
            Source::Embedded { feature, .. } => match embedded::bytes(self.name) {
                Some(_) => Status::BuiltIn,
                None => Status::Missing { bring: not_linked(feature) },
            },
            Source::Package(package) => package.status(machine),
            Source::Wheel(wheel) => wheel.status(self.name, machine),
        }
    }

    /// Compares bytes that somebody else read with what was published; takes some milliseconds
    /// for each ten megabytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unexpected`] if they differ, with both hashes; [`ErrorKind::Unsupported`] if it
    /// is not published as one file.
    pub fn compare(&self, bytes: &[u8]) -> Result<()> {
        let sha256 = match &self.source {
            Source::Embedded { sha256, .. } => sha256,
            Source::Wheel(wheel) => wheel.sha256,
            Source::Package(_) => {
                let message = "it is not one file that could be compared";
                return Err(Error::new(ErrorKind::Unsupported, message).with("asset", self.name));
            }
        };
        hash::compare(bytes, sha256).map_err(|error| error.with("asset", self.name))
    }

    /// Compares it with what was published, and says in a few words what was compared.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if it is not there, [`ErrorKind::Unexpected`] if it is another than
    /// was published, with what differs.
    pub async fn verify(&self) -> Result<String> {
        self.verify_on(&Machine::this()).await.map_err(|error| error.with("asset", self.name))
    }

    pub(crate) async fn verify_on(&self, machine: &Machine) -> Result<String> {
        match &self.source {
            Source::Embedded { feature, sha256 } => match embedded::bytes(self.name) {
                Some(bytes) => embedded::verify(bytes, sha256).await,
                None => Err(Error::new(ErrorKind::NotFound, not_linked(feature))),
            },
            Source::Package(package) => package.verify(machine).await,
            Source::Wheel(wheel) => wheel.verify(self.name, machine).await,
        }
    }

    /// Brings it, where this program may; does nothing if it is there already.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] with the command to run if it may not be brought from here,
    /// [`ErrorKind::Unexpected`] if the package manager failed, with its last words.
    ///
    /// # Cancellation
    ///
    /// Dropping the stream leaves a package manager of the system that was started to finish by
    /// itself: one that is stopped halfway leaves the system's packages broken. A download ends, and
    /// leaves nothing behind.
    pub fn pull(&'static self) -> Events<Progress> {
        self.pull_on(Machine::this())
    }

    /// Takes it from `path`: the file itself, the wheel in which it is published, or a folder with
    /// one of these. For machines that reach no package index.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if it is not there, [`ErrorKind::Unexpected`] if what is there is not
    /// what was published, [`ErrorKind::Unsupported`] if it does not come as a file.
    ///
    /// # Cancellation
    ///
    /// Dropping the stream leaves what was there before.
    pub fn pull_from(&'static self, path: PathBuf) -> Events<Progress> {
        self.pull_from_on(path, Machine::this())
    }

    pub(crate) fn pull_from_on(&'static self, path: PathBuf, machine: Machine) -> Events<Progress> {
        Events::new(move |mut out| async move {
            match &self.source {
                Source::Wheel(wheel) => wheel.pull_from(path, &machine, &mut out).await,
                Source::Embedded { .. } => {
                    Err(Error::new(ErrorKind::Unsupported, "it comes with the program, not as a file"))
                }
                Source::Package(package) => Err(package.not_a_file()),
            }
            .map_err(|error| error.with("asset", self.name))
        })
    }

    pub(crate) fn pull_on(&'static self, machine: Machine) -> Events<Progress> {
        Events::new(move |mut out| async move {
            match (self.status_on(&machine), &self.source) {
                (Status::Missing { .. }, Source::Package(package)) => package.pull(&machine, &mut out).await,
                // Looks itself, because a file that is there may be damaged.
                (_, Source::Wheel(wheel)) => wheel.pull(self.name, &machine, &mut out).await,
                (Status::Missing { bring }, _) => Err(Error::new(ErrorKind::NotFound, bring)),
                _ => {
                    out.emit(Progress::new(format!("{} is there", self.title), Some(1.0))).await;
                    Ok(())
                }
            }
            .map_err(|error| error.with("asset", self.name))
        })
    }
}

fn not_linked(feature: &str) -> String {
    format!("it is not part of this program; build it with the Cargo feature {feature}")
}
