//! Looks at the ONNX Runtime library before anything is asked of it.
//!
//! The bindings of this version wait forever if their library is missing or too old; so nothing of
//! them is called before the library was opened, asked for its version, and closed again here.

use std::ffi::{CStr, OsStr, c_char};
use std::fmt;

use libloading::Library;
use rooh_core::{Error, ErrorKind, Result};

/// The oldest version whose interface the bindings use.
pub const OLDEST: Version = Version { major: 1, minor: 18 };

/// The version of a library.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(str::parse);
        Some(Self { major: numbers.next()?.ok()?, minor: numbers.next()?.ok()? })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What `OrtGetApiBase` returns: the part of the interface that is the same in all versions.
#[repr(C)]
struct ApiBase {
    get_api: Option<unsafe extern "C" fn(u32) -> *const ()>,
    get_version_string: Option<unsafe extern "C" fn() -> *const c_char>,
}

/// The version of the ONNX Runtime library at `path`, if it can be used.
///
/// # Errors
///
/// [`ErrorKind::NotFound`] if there is none that can be opened, [`ErrorKind::Unsupported`] if it is
/// older than [`OLDEST`] or no ONNX Runtime at all.
pub fn probe(path: &OsStr) -> Result<Version> {
    let about = |kind, message: &str| Error::new(kind, message).with("library", path.display());
    // SAFETY: opening a library runs its initializers. The one at this path is the one that the
    // user names as ONNX Runtime, or what the system's loader knows by that name, and it is about to
    // be used as such anyway.
    let library = unsafe { Library::new(path) }.map_err(|error| {
        about(
            ErrorKind::NotFound,
            "the ONNX Runtime library cannot be opened; set ORT_DYLIB_PATH to libonnxruntime, which \
             the Python package onnxruntime brings along",
        )
        .caused_by(error)
    })?;
    let stranger = || about(ErrorKind::Unsupported, "the library is no ONNX Runtime");
    // SAFETY: `OrtGetApiBase` has had this signature since the first version of the library; a
    // library that lacks the symbol is refused.
    let version = unsafe {
        let base = library
            .get::<unsafe extern "C" fn() -> *const ApiBase>(b"OrtGetApiBase\0")
            .map_err(|error| stranger().caused_by(error))?;
        // SAFETY: the pointer is null or leads to a static of the library, which is still open.
        let base = base().as_ref().ok_or_else(stranger)?;
        let text = base.get_version_string.ok_or_else(stranger)?();
        if text.is_null() {
            return Err(stranger());
        }
        // SAFETY: the string is a static of the library, ends in a zero, and is copied here.
        CStr::from_ptr(text).to_string_lossy().into_owned()
    };
    let found = Version::parse(&version).ok_or_else(stranger)?;
    if found < OLDEST || found.major != OLDEST.major {
        return Err(about(ErrorKind::Unsupported, "the ONNX Runtime library has the wrong version")
            .with("found", version)
            .with("needed", format_args!("{OLDEST} or newer")));
    }
    Ok(found)
}
