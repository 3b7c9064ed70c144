//! Where the C library and its functions are found.

use std::ffi::{CStr, OsString, c_char, c_double, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rooh_core::{Error, ErrorKind, Result};

pub(crate) type Pointer = *mut c_void;
pub(crate) type Text = *const c_char;

/// What to do about a library or model that is not there.
pub(crate) const INSTALL: &str = "on Debian and Ubuntu run \
     `apt-get install libpocketsphinx3 pocketsphinx-en-us`; elsewhere install PocketSphinx with its shared \
     library and its US English model, and name their folders in the options library_dir and model_dir";

/// The library and what we call of it, release 5 and the one before it.
pub(crate) struct Library {
    /// Never closed: decoders run its code.
    _open: Vec<libloading::Library>,
    pub(crate) configure: Configure,
    /// The mean of the cepstra can be put back to where it began.
    pub(crate) live_means: bool,
    pub(crate) add_grammar: unsafe extern "C" fn(Pointer, Text, Text) -> c_int,
    pub(crate) choose_search: unsafe extern "C" fn(Pointer, Text) -> c_int,
    pub(crate) end_utt: unsafe extern "C" fn(Pointer) -> c_int,
    pub(crate) free: unsafe extern "C" fn(Pointer) -> c_int,
    pub(crate) get_config: unsafe extern "C" fn(Pointer) -> Pointer,
    pub(crate) get_feat: Option<unsafe extern "C" fn(Pointer) -> Pointer>,
    pub(crate) get_hyp: unsafe extern "C" fn(Pointer, *mut i32) -> Text,
    pub(crate) init: unsafe extern "C" fn(Pointer) -> Pointer,
    pub(crate) lookup_word: unsafe extern "C" fn(Pointer, Text) -> *mut c_char,
    pub(crate) process_raw: unsafe extern "C" fn(Pointer, *const i16, usize, c_int, c_int) -> c_int,
    pub(crate) seg_frames: unsafe extern "C" fn(Pointer, *mut c_int, *mut c_int),
    pub(crate) seg_iter: unsafe extern "C" fn(Pointer) -> Pointer,
    pub(crate) seg_next: unsafe extern "C" fn(Pointer) -> Pointer,
    pub(crate) seg_prob: unsafe extern "C" fn(Pointer, *mut i32, *mut i32, *mut i32) -> i32,
    pub(crate) seg_word: unsafe extern "C" fn(Pointer) -> Text,
    pub(crate) start_utt: unsafe extern "C" fn(Pointer) -> c_int,
}

/// How a decoder is told what it needs.
pub(crate) enum Configure {
    /// Release 5.
    Config {
        init: unsafe extern "C" fn(Pointer) -> Pointer,
        free: unsafe extern "C" fn(Pointer) -> c_int,
        set_text: unsafe extern "C" fn(Pointer, Text, Text) -> Pointer,
        set_number: unsafe extern "C" fn(Pointer, Text, c_double) -> Pointer,
        set_whole: unsafe extern "C" fn(Pointer, Text, std::ffi::c_long) -> Pointer,
        set_flag: unsafe extern "C" fn(Pointer, Text, c_int) -> Pointer,
    },
    /// Before release 5: a command line.
    CommandLine {
        arguments: unsafe extern "C" fn() -> Pointer,
        parse: unsafe extern "C" fn(Pointer, Pointer, i32, *const Text, i32) -> Pointer,
        free: unsafe extern "C" fn(Pointer) -> c_int,
        set_number: unsafe extern "C" fn(Pointer, Text, c_double),
    },
}

/// The library that this process has opened, and from which folder.
static OPENED: Mutex<Option<(Option<PathBuf>, Arc<Library>)>> = Mutex::new(None);

/// The library, opened now if it has not been.
pub(crate) fn library(folder: Option<&Path>) -> Result<Arc<Library>> {
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        return Err(Error::new(
            ErrorKind::NotFound,
            format!("the folder of PocketSphinx is not there: {INSTALL}"),
        )
        .at_path("library_dir")
        .with("given", folder.display()));
    }
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    match &*opened {
        Some((from, library)) if from.as_deref() == folder => Ok(Arc::clone(library)),
        Some(_) => Err(Error::new(
            ErrorKind::Config,
            "one process can open one PocketSphinx, and another library_dir was asked for before",
        )
        .at_path("library_dir")),
        None => {
            let library = Arc::new(Library::open(folder)?);
            *opened = Some((folder.map(Path::to_owned), Arc::clone(&library)));
            Ok(library)
        }
    }
}

impl Library {
    fn open(folder: Option<&Path>) -> Result<Self> {
        // Release 5 has all in one; before it, the other library comes first, because on some
        // systems the main one does not say that it needs it.
        let base = open("sphinxbase", &["3"], folder).ok();
        let main = open("pocketsphinx", &["3", "5"], folder)?;
        // SAFETY: the types are those of the public headers of release 5 and of the 5prealpha
        // that systems ship as release 0.8; what they do not share is looked up by its own name.
        unsafe {
            let base_of = base.as_ref();
            let log: Result<unsafe extern "C" fn(Pointer)> =
                symbol(&main, c"err_set_logfp").or_else(|error| match base_of {
                    Some(base) => symbol(base, c"err_set_logfp"),
                    None => Err(error),
                });
            let configure = match symbol(&main, c"ps_config_init") {
                Ok(init) => Configure::Config {
                    init,
                    free: symbol(&main, c"ps_config_free")?,
                    set_text: symbol(&main, c"ps_config_set_str")?,
                    set_number: symbol(&main, c"ps_config_set_float")?,
                    set_whole: symbol(&main, c"ps_config_set_int")?,
                    set_flag: symbol(&main, c"ps_config_set_bool")?,
                },
                Err(_) => {
                    let base = base_of.ok_or_else(|| not_installed("libsphinxbase.so.3"))?;
                    Configure::CommandLine {
                        arguments: symbol(&main, c"ps_args")?,
                        parse: symbol(base, c"cmd_ln_parse_r")?,
                        free: symbol(base, c"cmd_ln_free_r")?,
                        set_number: symbol(base, c"cmd_ln_set_float_r")?,
                    }
                }
            };
            let live_means = base_of.is_some_and(|base| symbol::<Pointer>(base, c"cmn_live_set").is_ok())
                && matches!(configure, Configure::CommandLine { .. });
            if let Ok(log) = log {
                // It writes hundreds of lines to the standard error otherwise.
                log(std::ptr::null_mut());
            }
            Ok(Self {
                configure,
                live_means,
                add_grammar: symbol(&main, c"ps_add_jsgf_string")
                    .or_else(|_| symbol(&main, c"ps_set_jsgf_string"))?,
                choose_search: symbol(&main, c"ps_activate_search")
                    .or_else(|_| symbol(&main, c"ps_set_search"))?,
                end_utt: symbol(&main, c"ps_end_utt")?,
                free: symbol(&main, c"ps_free")?,
                get_config: symbol(&main, c"ps_get_config")?,
                get_feat: symbol(&main, c"ps_get_feat").ok(),
                get_hyp: symbol(&main, c"ps_get_hyp")?,
                init: symbol(&main, c"ps_init")?,
                lookup_word: symbol(&main, c"ps_lookup_word")?,
                process_raw: symbol(&main, c"ps_process_raw")?,
                seg_frames: symbol(&main, c"ps_seg_frames")?,
                seg_iter: symbol(&main, c"ps_seg_iter")?,
                seg_next: symbol(&main, c"ps_seg_next")?,
                seg_prob: symbol(&main, c"ps_seg_prob")?,
                seg_word: symbol(&main, c"ps_seg_word")?,
                start_utt: symbol(&main, c"ps_start_utt")?,
                _open: [Some(main), base].into_iter().flatten().collect(),
            })
        }
    }
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").finish_non_exhaustive()
    }
}

fn not_installed(file: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("PocketSphinx is not installed: {INSTALL}")).with("library", file)
}

/// Looks a function up.
///
/// # Safety
///
/// `T` is the type of that function.
unsafe fn symbol<T: Copy>(library: &libloading::Library, name: &CStr) -> Result<T> {
    // SAFETY: as of the caller.
    unsafe { library.get::<T>(name.to_bytes_with_nul()) }.map(|symbol| *symbol).map_err(|error| {
        Error::new(
            ErrorKind::NotFound,
            "the installed PocketSphinx lacks a function; 5prealpha or later has it",
        )
        .with("function", name.to_string_lossy())
        .caused_by(error)
    })
}

/// Opens `lib<name>`, trying `versions` first.
fn open(name: &str, versions: &[&str], folder: Option<&Path>) -> Result<libloading::Library> {
    let mut files: Vec<String> = versions
        .iter()
        .map(|version| match () {
            () if cfg!(target_os = "macos") => format!("lib{name}.{version}.dylib"),
            () if cfg!(windows) => format!("{name}-{version}.dll"),
            () => format!("lib{name}.so.{version}"),
        })
        .collect();
    files.push(match () {
        () if cfg!(target_os = "macos") => format!("lib{name}.dylib"),
        () if cfg!(windows) => format!("{name}.dll"),
        () => format!("lib{name}.so"),
    });
    let mut failure = None;
    for file in files {
        let path: OsString = folder.map_or_else(|| file.clone().into(), |folder| folder.join(&file).into());
        match open_file(path) {
            Ok(library) => return Ok(library),
            // The first failure is told: it is about the file that most systems have.
            Err(error) => failure = failure.or(Some(not_installed(&file).caused_by(error))),
        }
    }
    Err(failure.expect("there is at least one name"))
}

#[cfg(unix)]
fn open_file(path: OsString) -> std::result::Result<libloading::Library, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

    // SAFETY: the library runs no code of note when it is opened. Its names are made global,
    // because on some systems one of the two does not say that it needs the other.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_GLOBAL) }.map(Into::into)
}

#[cfg(not(unix))]
fn open_file(path: OsString) -> std::result::Result<libloading::Library, libloading::Error> {
    // SAFETY: the library runs no code of note when it is opened.
    unsafe { libloading::Library::new(path) }
}
