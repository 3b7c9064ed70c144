//! A small file that nobody else may read: written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use rooh_core::{Error, ErrorKind, Result};

/// The longest file that is read, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Reads the file, or nothing if it is not there.
///
/// # Errors
///
/// [`ErrorKind::Config`] if it is a link, belongs to somebody else, is open to others, or cannot
/// be read; the message says what to do.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        // The flags are those of `open(2)`; the type of the call is signed.
        (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32,
    );
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let is_link = fs::symlink_metadata(path).is_ok_and(|data| data.is_symlink());
            let message = if is_link {
                "the file is a link; put the file itself in its place"
            } else {
                "the file cannot be read"
            };
            return Err(wrong(message, path).caused_by(error));
        }
    };
    let data = file.metadata().map_err(|error| wrong("the file cannot be read", path).caused_by(error))?;
    if !data.is_file() {
        return Err(wrong("the file is not a plain file", path));
    }
    check_owner(path, &data)?;
    let mut bytes = Vec::new();
    file.take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong("the file cannot be read", path).caused_by(error))?;
    Ok(Some(bytes))
}

#[cfg(unix)]
fn check_owner(path: &Path, data: &fs::Metadata) -> Result<()> {
    use std::os::unix::fs::MetadataExt;

    let us = rustix::process::geteuid().as_raw();
    if data.uid() != us {
        return Err(wrong("the file belongs to somebody else", path)
            .with("fix", format!("chown {us} {}", path.display())));
    }
    if data.mode() & 0o077 != 0 {
        return Err(wrong("the file is open to other users of this machine", path)
            .with("fix", format!("chmod 600 {}", path.display())));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_owner(_: &Path, _: &fs::Metadata) -> Result<()> {
    Ok(())
}

/// Replaces the file by one that its owner alone may read; makes its folder if need be.
///
/// Once this returns, the file survives a power cut.
///
/// # Errors
///
/// The old file is as it was, or the new one is there.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error: io::Error| wrong("the file cannot be written", path).caused_by(error);
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(failed)?;

    let unfinished = path.with_extension("unfinished");
    // A left-over of a crash; a link in its place is removed, never followed.
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished).map_err(failed)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file);
    let done = written.and_then(|()| fs::rename(&unfinished, path)).and_then(|()| sync(folder));
    if let Err(error) = done {
        // What the disk holds after a failed sync is not known: the new file is given up.
        let _ = fs::remove_file(&unfinished);
        return Err(failed(error));
    }
    Ok(())
}

fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn wrong(message: &str, path: &Path) -> Error {
    Error::new(ErrorKind::Config, message).with("file", path.display())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    #[test]
    fn the_file_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server/auth.json");
        assert_eq!(read(&path).unwrap(), None);
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);

        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("chmod 600"));
        fs::remove_file(&path).unwrap();
        symlink("/etc/passwd", &path).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("link"));
    }
}
