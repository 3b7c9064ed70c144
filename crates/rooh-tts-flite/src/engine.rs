//! The one Flite of the process, and the lock in front of it.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rooh_core::{Error, ErrorKind, Result};

use crate::Voice;
use crate::ffi::{Library, Registered, Utterance};

/// Flite counts references to shared values without any lock of its own, so that two calls at
/// once corrupt them, whatever their voices; hence one lock for all.
static ENGINE: Mutex<Option<Engine>> = Mutex::new(None);

struct Engine {
    library: Library,
    folder: Option<PathBuf>,
    voices: BTreeMap<Voice, Registered>,
}

/// What to speak, and how.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    pub(crate) folder: Option<PathBuf>,
    pub(crate) voice: Voice,
    /// A factor of the voice's own speed.
    pub(crate) speed: f32,
    /// A factor of the voice's own pitch.
    pub(crate) pitch: f32,
}

/// Opens the library and the voice, if that has not been done.
pub(crate) fn load(manner: &Manner) -> Result<()> {
    with_voice(manner, |_, _| Ok(()))
}

/// Speaks `text`, which is plain ASCII without zeros.
pub(crate) fn speak(manner: &Manner, text: &str) -> Result<Utterance> {
    let text = CString::new(text)
        .map_err(|error| Error::new(ErrorKind::Unexpected, "a clause holds a zero").caused_by(error))?;
    with_voice(manner, |library, voice| library.speak(voice, &text, manner.speed, manner.pitch))
}

fn with_voice<T>(manner: &Manner, f: impl FnOnce(&mut Library, Registered) -> Result<T>) -> Result<T> {
    if let Some(folder) = manner.folder.as_deref().filter(|folder| !folder.is_dir()) {
        return Err(Error::new(ErrorKind::NotFound, "there is no such folder with the libraries of Flite")
            .at_path("library_dir")
            .with("given", folder.display()));
    }
    // A panic under the lock leaves nothing half done that Rust would know of.
    let mut guard: MutexGuard<'_, Option<Engine>> = ENGINE.lock().unwrap_or_else(PoisonError::into_inner);
    let engine = match &mut *guard {
        Some(engine) => engine,
        // What failed is not kept: the library may be installed while we run.
        none => none.insert(Engine {
            library: Library::open(manner.folder.as_deref())?,
            folder: manner.folder.clone(),
            voices: BTreeMap::new(),
        }),
    };
    if engine.folder != manner.folder {
        return Err(Error::new(
            ErrorKind::Config,
            "one process can open one Flite, and another library_dir was asked for before",
        )
        .at_path("library_dir"));
    }
    let voice = match engine.voices.get(&manner.voice) {
        Some(voice) => *voice,
        None => {
            let voice = engine.library.register(manner.voice, engine.folder.as_deref())?;
            engine.voices.insert(manner.voice, voice);
            voice
        }
    };
    f(&mut engine.library, voice)
}
