//! Files of one's own: written whole or not at all, and read within bounds.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use rooh_core::{Error, ErrorKind, Result};

/// What begins the name of a file that is not finished; no name of ours begins with a dot.
const UNFINISHED: &str = ".unfinished-";

/// Whether a file of that name may be there already.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum IfThere {
    Fail,
    Replace,
}

/// An error of the file system, with the path.
pub(crate) fn failed(message: &str, path: &Path, error: io::Error) -> Error {
    let kind = match error.kind() {
        io::ErrorKind::NotFound => ErrorKind::NotFound,
        _ => ErrorKind::Config,
    };
    Error::new(kind, message).with("file", path.display()).caused_by(error)
}

/// Makes a folder that nobody else can read, or looks whether the one that is there is so.
///
/// # Errors
///
/// It is a link, belongs to somebody else or can be read by others; the message says what to do.
pub(crate) fn private_folder(path: &Path) -> Result<()> {
    make_folder(path)?;
    let data =
        fs::symlink_metadata(path).map_err(|error| failed("the folder cannot be read", path, error))?;
    if !data.is_dir() {
        return Err(Error::new(ErrorKind::Config, "must be a folder of its own, not a link or a file")
            .with("file", path.display()));
    }
    check_owner(path, &data, 0o077, "700")
}

/// Makes the folder in which all data lies, or looks whether the one that is there is safe.
///
/// It may be a link, and others may read it: what must not be read lies in private folders.
pub(crate) fn data_folder(path: &Path) -> Result<()> {
    make_folder(path)?;
    let data =
        fs::metadata(path).map_err(|error| failed("the data directory cannot be read", path, error))?;
    if !data.is_dir() {
        return Err(
            Error::new(ErrorKind::Config, "the data directory is not a folder").with("file", path.display())
        );
    }
    check_owner(path, &data, 0o022, "700")
}

fn make_folder(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.recursive(true).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(failed("the folder cannot be made", path, error))
        }
        _ => Ok(()),
    }
}

/// Refuses what belongs to somebody else, and what has one of the bits in `forbidden`.
#[cfg(unix)]
pub(crate) fn check_owner(path: &Path, data: &fs::Metadata, forbidden: u32, fix: &str) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    let us = rustix::process::geteuid().as_raw();
    if data.uid() != us {
        return Err(Error::new(ErrorKind::Config, "belongs to somebody else")
            .with("file", path.display())
            .with("owner", data.uid())
            .with("fix", format!("chown {us} {}", path.display())));
    }
    let mode = data.mode() & 0o7777;
    if mode & forbidden != 0 {
        return Err(Error::new(ErrorKind::Config, "is open to other users of this machine")
            .with("file", path.display())
            .with("mode", format!("{mode:o}"))
            .with("fix", format!("chmod {fix} {}", path.display())));
    }
    Ok(())
}

/// Elsewhere a file is as private as the folder of the user's profile that it lies in.
#[cfg(not(unix))]
pub(crate) fn check_owner(_: &Path, _: &fs::Metadata, _: u32, _: &str) -> Result<()> {
    Ok(())
}

/// Reads a plain file of at most `most` bytes, after `check` has seen what it is.
///
/// A link is not followed, and a pipe or device not waited for.
///
/// # Errors
///
/// [`ErrorKind::NotFound`] if it is not there; [`ErrorKind::Config`] for all else.
pub(crate) fn read(
    path: &Path,
    most: usize,
    check: impl FnOnce(&fs::Metadata) -> Result<()>,
) -> Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;

        // The flags are those of `open(2)`; the type of the call is signed.
        options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
    }
    let file = match options.open(path) {
        Err(_) if fs::symlink_metadata(path).is_ok_and(|data| data.is_symlink()) => {
            return Err(Error::new(ErrorKind::Config, "is a link; put the file itself in its place")
                .with("file", path.display()));
        }
        file => file.map_err(|error| failed("the file cannot be read", path, error))?,
    };
    let data = file.metadata().map_err(|error| failed("the file cannot be read", path, error))?;
    if !data.is_file() {
        return Err(Error::new(ErrorKind::Config, "is not a plain file").with("file", path.display()));
    }
    check(&data)?;
    let mut bytes = Vec::with_capacity((data.len() as usize).min(most) + 1);
    file.take(most as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed("the file cannot be read", path, error))?;
    if bytes.len() > most {
        return Err(Error::new(ErrorKind::Config, "the file is too long")
            .with("file", path.display())
            .with("allowed", format!("{most} bytes")));
    }
    Ok(bytes)
}

/// Writes `folder/name` whole or not at all, readable by its owner alone.
///
/// Once this returns, the file survives a power cut. If writing to disk fails, the old file stays
/// as it was: what the disk holds after a failed sync is not known, so the new one is given up.
///
/// # Errors
///
/// `None` if the file is there and must not be; otherwise what went wrong.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8], if_there: IfThere) -> Result<(), Option<Error>> {
    let path = folder.join(name);
    let error = |error| Some(failed("the file cannot be written", &path, error));
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder).map_err(error)?;
    file.write_all(bytes).map_err(error)?;
    file.as_file().sync_all().map_err(error)?;
    match if_there {
        IfThere::Replace => file.persist(&path).map_err(|failed| error(failed.error))?,
        IfThere::Fail => file.persist_noclobber(&path).map_err(|failed| match failed.error.kind() {
            io::ErrorKind::AlreadyExists => None,
            _ => error(failed.error),
        })?,
    };
    sync_folder(folder).map_err(error)
}

/// Removes `folder/name`; what is not there stays away.
pub(crate) fn remove(folder: &Path, name: &str) -> Result<()> {
    let path = folder.join(name);
    match fs::remove_file(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("the file cannot be removed", &path, error)),
        Ok(()) => sync_folder(folder).map_err(|error| failed("the file cannot be removed", &path, error)),
    }
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows has no such call, and writes the entry with the file.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
