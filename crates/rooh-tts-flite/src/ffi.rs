//! The C library: opened at run time, called here and nowhere else.

use std::ffi::{CStr, CString, OsString, c_char, c_float, c_int, c_short, c_uint, c_void};
use std::path::Path;

use rooh_core::{Error, ErrorKind, Result};

use crate::Voice;

/// More items than any utterance of ours can have; a list that is longer is not followed.
const MOST_ITEMS: usize = 10_000;

/// What the noise in statistical voices starts from.
const SEED: c_uint = 1;

unsafe extern "C" {
    /// Seeds `rand` of the C library, from which Flite draws the noise of breath and hiss.
    safe fn srand(seed: c_uint);
}

type Pointer = *mut c_void;
type ToPointer = unsafe extern "C" fn(Pointer) -> Pointer;

/// The head of the library's `cst_wave`.
#[repr(C)]
struct Wave {
    kind: *const c_char,
    sample_rate: c_int,
    num_samples: c_int,
    num_channels: c_int,
    samples: *const c_short,
}

/// The head of the library's `cst_voice`.
#[repr(C)]
struct VoiceHead {
    name: *const c_char,
    features: Pointer,
}

/// One voice that has been registered with the library.
#[derive(Clone, Copy)]
pub(crate) struct Registered {
    voice: Pointer,
    features: Pointer,
    /// The voice's own stretch of durations.
    stretch: f32,
    /// The mean fundamental frequency, in hertz; zero for a voice that is shifted by a factor.
    pitch: f32,
}

/// A token of the text and when its last word ends, in seconds from the start of the audio.
#[derive(Debug)]
pub(crate) struct TokenEnd {
    pub(crate) name: String,
    pub(crate) end: f32,
}

/// What the library made of a text.
#[derive(Debug)]
pub(crate) struct Utterance {
    pub(crate) rate: u32,
    pub(crate) samples: Vec<i16>,
    pub(crate) tokens: Vec<TokenEnd>,
}

/// The library and what we call of it.
pub(crate) struct Library {
    /// Never closed: the library keeps pointers into itself and into its voices.
    _open: Vec<libloading::Library>,
    synth_text: unsafe extern "C" fn(*const c_char, Pointer) -> Pointer,
    delete_utterance: unsafe extern "C" fn(Pointer),
    utt_wave: ToPointer,
    utt_relation: unsafe extern "C" fn(Pointer, *const c_char) -> Pointer,
    utt_relation_present: unsafe extern "C" fn(Pointer, *const c_char) -> c_int,
    relation_head: ToPointer,
    item_next: ToPointer,
    item_parent: ToPointer,
    item_as: unsafe extern "C" fn(Pointer, *const c_char) -> Pointer,
    item_feat_string: unsafe extern "C" fn(Pointer, *const c_char) -> *const c_char,
    ffeature_float: unsafe extern "C" fn(Pointer, *const c_char) -> c_float,
    param_float: unsafe extern "C" fn(Pointer, *const c_char, c_float) -> c_float,
    feat_set_float: unsafe extern "C" fn(Pointer, *const c_char, c_float),
}

// SAFETY: the pointers are to functions, which belong to no thread.
unsafe impl Send for Library {}

// SAFETY: a voice is static data of the library; it is only used under the engine's lock.
unsafe impl Send for Registered {}

impl Library {
    /// Opens and starts the library; `folder` is where to look, or the system's own places.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self> {
        let base = open("flite", folder)?;
        // The voices refer to these two; not every build names them as needed.
        let english = open("flite_usenglish", folder)?;
        let lexicon = open("flite_cmulex", folder)?;
        // SAFETY: the types are those of the public headers, the same from release 1.4 to 2.2.
        let library = unsafe {
            let init: unsafe extern "C" fn() -> c_int = symbol(&base, c"flite_init")?;
            let library = Self {
                synth_text: symbol(&base, c"flite_synth_text")?,
                delete_utterance: symbol(&base, c"delete_utterance")?,
                utt_wave: symbol(&base, c"utt_wave")?,
                utt_relation: symbol(&base, c"utt_relation")?,
                utt_relation_present: symbol(&base, c"utt_relation_present")?,
                relation_head: symbol(&base, c"relation_head")?,
                item_next: symbol(&base, c"item_next")?,
                item_parent: symbol(&base, c"item_parent")?,
                item_as: symbol(&base, c"item_as")?,
                item_feat_string: symbol(&base, c"item_feat_string")?,
                ffeature_float: symbol(&base, c"flite_ffeature_float")?,
                param_float: symbol(&base, c"get_param_float")
                    .or_else(|_| symbol(&base, c"flite_get_param_float"))?,
                feat_set_float: symbol(&base, c"feat_set_float")
                    .or_else(|_| symbol(&base, c"flite_feat_set_float"))?,
                _open: vec![base, english, lexicon],
            };
            init();
            library
        };
        Ok(library)
    }

    /// Opens one voice.
    pub(crate) fn register(&mut self, voice: Voice, folder: Option<&Path>) -> Result<Registered> {
        let name = voice.as_str();
        let library = open(&format!("flite_cmu_us_{name}"), folder)?;
        let register = CString::new(format!("register_cmu_us_{name}")).expect("a voice's name has no zero");
        // SAFETY: every voice library exports this function; it takes the folder of voice data,
        // which compiled-in voices do not have, and returns static data.
        let registered = unsafe {
            let register: ToPointer = symbol(&library, &register)?;
            let voice = register(std::ptr::null_mut());
            if voice.is_null() {
                return Err(
                    Error::new(ErrorKind::Unexpected, "the voice could not be started").with("voice", name)
                );
            }
            let features = (*voice.cast::<VoiceHead>()).features;
            let number = |feature: &CStr, default| (self.param_float)(features, feature.as_ptr(), default);
            Registered {
                voice,
                features,
                stretch: number(c"duration_stretch", 1.0),
                pitch: number(c"int_f0_target_mean", 0.0),
            }
        };
        self._open.push(library);
        Ok(registered)
    }

    /// Speaks `text`, which is plain ASCII.
    ///
    /// `speed` and `pitch` are factors of the voice's own.
    pub(crate) fn speak(
        &mut self,
        voice: Registered,
        text: &CStr,
        speed: f32,
        pitch: f32,
    ) -> Result<Utterance> {
        // SAFETY: `voice` came from this library; `self` is borrowed mutably, so that no other
        // call is under way; the utterance is freed below, after all was copied out of it.
        unsafe {
            // Both are set every time, so that one call does not color the next.
            (self.feat_set_float)(voice.features, c"duration_stretch".as_ptr(), voice.stretch / speed);
            let (feature, value) = match voice.pitch {
                0.0 => (c"f0_shift", pitch),
                mean => (c"int_f0_target_mean", mean * pitch),
            };
            (self.feat_set_float)(voice.features, feature.as_ptr(), value);
            // The same text sounds the same each time, as long as nobody else draws.
            srand(SEED);
            let utterance = (self.synth_text)(text.as_ptr(), voice.voice);
            if utterance.is_null() {
                return Err(Error::new(ErrorKind::Unexpected, "the library could not speak a clause"));
            }
            let spoken = self.read(utterance);
            (self.delete_utterance)(utterance);
            spoken
        }
    }

    /// Copies audio and times out of an utterance.
    ///
    /// # Safety
    ///
    /// `utterance` is one of this library and has not been freed.
    unsafe fn read(&self, utterance: Pointer) -> Result<Utterance> {
        // SAFETY: as of the caller; the wave belongs to the utterance and has as many samples
        // as it says.
        unsafe {
            let wave = (self.utt_wave)(utterance).cast::<Wave>();
            if wave.is_null() {
                return Err(Error::new(ErrorKind::Unexpected, "the library made no audio of a clause"));
            }
            let wave = &*wave;
            let length = usize::try_from(wave.num_samples).unwrap_or(0);
            let samples = if length == 0 || wave.samples.is_null() || wave.num_channels != 1 {
                Vec::new()
            } else {
                std::slice::from_raw_parts(wave.samples, length).to_vec()
            };
            let rate = u32::try_from(wave.sample_rate).unwrap_or(0);
            Ok(Utterance { rate, samples, tokens: self.tokens(utterance) })
        }
    }

    /// The tokens of an utterance and when each ends.
    ///
    /// # Safety
    ///
    /// As [`read`](Self::read).
    unsafe fn tokens(&self, utterance: Pointer) -> Vec<TokenEnd> {
        let mut tokens: Vec<(Pointer, TokenEnd)> = Vec::new();
        // SAFETY: as of the caller; items belong to the utterance, and each step is checked for
        // null. Only the feature `name` is read as a string: the library ends the process when
        // a number is asked for as one.
        unsafe {
            if (self.utt_relation_present)(utterance, c"Word".as_ptr()) == 0 {
                return Vec::new();
            }
            let mut word = (self.relation_head)((self.utt_relation)(utterance, c"Word".as_ptr()));
            for _ in 0..MOST_ITEMS {
                if word.is_null() {
                    break;
                }
                let end =
                    (self.ffeature_float)(word, c"R:SylStructure.daughtern.daughtern.R:Segment.end".as_ptr());
                let as_token = (self.item_as)(word, c"Token".as_ptr());
                let token =
                    if as_token.is_null() { std::ptr::null_mut() } else { (self.item_parent)(as_token) };
                // A word without sounds, such as a sign that has no name, ends at zero.
                if !token.is_null() && end.is_finite() && end > 0.0 {
                    match tokens.last_mut() {
                        Some((last, known)) if *last == token => known.end = known.end.max(end),
                        _ => {
                            let name = (self.item_feat_string)(token, c"name".as_ptr());
                            if !name.is_null() {
                                let name = CStr::from_ptr(name).to_string_lossy().into_owned();
                                tokens.push((token, TokenEnd { name, end }));
                            }
                        }
                    }
                }
                word = (self.item_next)(word);
            }
        }
        tokens.into_iter().map(|(_, token)| token).collect()
    }
}

/// Looks a function up.
///
/// # Safety
///
/// `T` is the type of that function.
unsafe fn symbol<T: Copy>(library: &libloading::Library, name: &CStr) -> Result<T> {
    // SAFETY: as of the caller.
    unsafe { library.get::<T>(name.to_bytes_with_nul()) }.map(|symbol| *symbol).map_err(|error| {
        Error::new(ErrorKind::NotFound, "the installed Flite lacks a function; release 2.0 or later has it")
            .with("function", name.to_string_lossy())
            .caused_by(error)
    })
}

/// Opens the library `lib<name>` under one of the names that systems give it.
fn open(name: &str, folder: Option<&Path>) -> Result<libloading::Library> {
    let names = if cfg!(target_os = "macos") {
        [format!("lib{name}.1.dylib"), format!("lib{name}.dylib")]
    } else if cfg!(windows) {
        [format!("lib{name}.dll"), format!("{name}.dll")]
    } else {
        [format!("lib{name}.so.1"), format!("lib{name}.so")]
    };
    let mut failure = None;
    for file in names {
        let path: OsString = folder.map_or_else(|| file.clone().into(), |folder| folder.join(&file).into());
        match open_file(path) {
            Ok(library) => return Ok(library),
            // The first failure is told: it is about the file that most systems have.
            Err(error) => failure = failure.or(Some((file, error))),
        }
    }
    let (file, cause) = failure.expect("there are two names");
    let error = Error::new(
        ErrorKind::NotFound,
        "Flite is not installed: on Debian and Ubuntu run `apt-get install libflite1`; elsewhere install \
         Flite 2 with its shared libraries, and set the option library_dir if they are in no usual place",
    );
    Err(error.with("library", file).caused_by(cause))
}

#[cfg(unix)]
fn open_file(path: OsString) -> std::result::Result<libloading::Library, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

    // SAFETY: the libraries of Flite run no code of note when they are opened. Their names are
    // made global, because on some systems the voices do not say which libraries they need.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_GLOBAL) }.map(Into::into)
}

#[cfg(not(unix))]
fn open_file(path: OsString) -> std::result::Result<libloading::Library, libloading::Error> {
    // SAFETY: the libraries of Flite run no code of note when they are opened.
    unsafe { libloading::Library::new(path) }
}
