//! One decoder of the C library; with its submodule the only place that calls it.

mod library;

use std::ffi::{CStr, CString, c_int, c_void};
use std::sync::{Arc, Mutex, PoisonError};

use rooh_core::{Error, ErrorKind, Result};

use library::{Configure, Library, Pointer};
pub(crate) use library::{INSTALL, library};

use crate::model::Model;

/// Under this name the library keeps the search with the language model that it began with.
const LANGUAGE_MODEL: &CStr = c"_default";
/// Under this name we keep our grammar; the next takes its place.
const GRAMMAR: &CStr = c"rooh";
/// What each word costs in a grammar: high, so that a breath does not become a short word.
const GRAMMAR_PENALTY: f64 = 0.01;
/// What each word costs with the language model: the library's own default.
const WORD_PENALTY: f64 = 0.65;
/// More words than any utterance of ours can have; a list that is longer is not followed.
const MOST_SEGMENTS: usize = 10_000;

/// Starting a decoder reads files and fills tables, some of them shared: one at a time.
static STARTING: Mutex<()> = Mutex::new(());

unsafe extern "C" {
    /// Frees what the library allocated with `malloc`.
    fn free(pointer: Pointer);
}

/// The head of the library's `feat_t`, as the public header of 5prealpha has it.
#[repr(C)]
struct Feat {
    refcount: c_int,
    name: Pointer,
    cepstrum: i32,
    streams: i32,
    stream_lengths: Pointer,
    window: i32,
    subvectors: i32,
    subvector_lengths: Pointer,
    subvector_specs: Pointer,
    buffer: Pointer,
    dimension: i32,
    normalization: c_int,
    variance: i32,
    gain: c_int,
    compute: Pointer,
    means: *mut Means,
}

/// The library's `cmn_t`: the mean of the cepstra, by which a voice and its microphone are leveled.
#[repr(C)]
struct Means {
    mean: *mut f32,
    variance: *mut f32,
    sum: *mut f32,
    frames: i32,
    length: i32,
}

/// A word, or silence, and where it lies, in hundredths of a second.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Segment {
    pub(crate) word: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// How well it fits, below zero; the more frames, the lower.
    pub(crate) score: i32,
}

/// One decoder: a model in memory, and an utterance at a time.
pub(crate) struct Decoder {
    library: Arc<Library>,
    decoder: Pointer,
    /// An utterance was started and not ended.
    open: bool,
    /// The mean with which it began, to begin with again.
    first_means: Option<Vec<f32>>,
}

// SAFETY: a decoder belongs to no thread; it is used through `&mut self` alone.
unsafe impl Send for Decoder {}

impl Decoder {
    /// Loads `model`; this takes some tenths of a second.
    ///
    /// The files were looked at before: the library ends the process on some that are broken.
    pub(crate) fn new(library: Arc<Library>, model: &Model) -> Result<Self> {
        let _one = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the functions are called as the headers say; strings live until after the
        // call, which copies them; the configuration is counted, and the decoder keeps its own.
        let decoder = unsafe {
            let config = configure(&library, model)?;
            let decoder = (library.init)(config);
            match library.configure {
                Configure::Config { free, .. } | Configure::CommandLine { free, .. } => free(config),
            };
            decoder
        };
        if decoder.is_null() {
            return Err(Error::new(ErrorKind::NotFound, format!("the model cannot be loaded: {INSTALL}"))
                .with("model", model.acoustic.display()));
        }
        let mut decoder = Self { library, decoder, open: false, first_means: None };
        decoder.first_means = decoder.means().map(|means| {
            // SAFETY: `means` has checked the length.
            unsafe { std::slice::from_raw_parts((*means).mean, 13) }.to_vec()
        });
        Ok(decoder)
    }

    /// Begins an utterance.
    pub(crate) fn start(&mut self) -> Result<()> {
        self.end()?;
        // SAFETY: the decoder is alive and has no open utterance.
        check(unsafe { (self.library.start_utt)(self.decoder) }, "the recognizer cannot begin")?;
        self.open = true;
        Ok(())
    }

    /// Takes the next samples of the utterance.
    pub(crate) fn process(&mut self, samples: &[i16], pass: Pass) -> Result<()> {
        if !self.open {
            self.start()?;
        }
        let no_search = c_int::from(pass == Pass::Measure);
        // SAFETY: the slice is as long as is said, and only read.
        let frames = unsafe {
            (self.library.process_raw)(self.decoder, samples.as_ptr(), samples.len(), no_search, 0)
        };
        check(frames.min(0), "the recognizer cannot take audio")
    }

    /// Ends the utterance, if one is open; what was heard can be read until the next begins.
    pub(crate) fn end(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.open) {
            return Ok(());
        }
        // SAFETY: an utterance is open.
        check(unsafe { (self.library.end_utt)(self.decoder) }, "the recognizer cannot end")
    }

    /// What was understood so far.
    pub(crate) fn text(&mut self) -> String {
        let mut score = 0;
        // SAFETY: the string belongs to the decoder and is copied before the next call.
        unsafe {
            let text = (self.library.get_hyp)(self.decoder, &mut score);
            if text.is_null() { String::new() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
        }
    }

    /// The words of the utterance one by one, with the silence between them.
    ///
    /// The library counts on from one utterance to the next; here each begins at zero.
    pub(crate) fn segments(&mut self) -> Vec<Segment> {
        let mut segments = Vec::new();
        // SAFETY: the iterator is used before any other call, to its end, where the library
        // frees it.
        unsafe {
            let mut at = (self.library.seg_iter)(self.decoder);
            while !at.is_null() {
                let (mut start, mut end) = (0, 0);
                let (mut score, mut language, mut back) = (0, 0, 0);
                (self.library.seg_frames)(at, &mut start, &mut end);
                (self.library.seg_prob)(at, &mut score, &mut language, &mut back);
                let word = (self.library.seg_word)(at);
                if !word.is_null() && segments.len() < MOST_SEGMENTS {
                    segments.push(Segment {
                        word: CStr::from_ptr(word).to_string_lossy().into_owned(),
                        start: usize::try_from(start).unwrap_or(0),
                        end: usize::try_from(end).map_or(0, |end| end + 1),
                        score,
                    });
                }
                at = (self.library.seg_next)(at);
            }
        }
        let first = segments.first().map_or(0, |segment: &Segment| segment.start);
        for segment in &mut segments {
            segment.start = segment.start.saturating_sub(first);
            segment.end = segment.end.saturating_sub(first);
        }
        segments
    }

    /// Whether the dictionary has a word.
    pub(crate) fn knows(&mut self, word: &str) -> bool {
        let Ok(word) = CString::new(word) else { return false };
        // SAFETY: the answer is null or a string that is ours to free.
        unsafe {
            let sounds = (self.library.lookup_word)(self.decoder, word.as_ptr());
            let known = !sounds.is_null();
            free(sounds.cast::<c_void>());
            known
        }
    }

    /// Listens for what a JSGF grammar allows from the next utterance on.
    ///
    /// Every word of it has to be one that the decoder [knows](Self::knows).
    pub(crate) fn use_grammar(&mut self, grammar: &str) -> Result<()> {
        self.end()?;
        let grammar = CString::new(grammar)
            .map_err(|error| Error::new(ErrorKind::Unexpected, "a grammar holds a zero").caused_by(error))?;
        self.penalty(GRAMMAR_PENALTY);
        // SAFETY: no utterance is open; the strings are copied.
        let added = unsafe { (self.library.add_grammar)(self.decoder, GRAMMAR.as_ptr(), grammar.as_ptr()) };
        self.penalty(WORD_PENALTY);
        check(added, "the recognizer does not take the grammar")?;
        self.choose(GRAMMAR)
    }

    /// Listens for anything at all from the next utterance on.
    pub(crate) fn use_language_model(&mut self) -> Result<()> {
        self.end()?;
        self.choose(LANGUAGE_MODEL)
    }

    /// Listens for the last grammar again from the next utterance on.
    pub(crate) fn use_last_grammar(&mut self) -> Result<()> {
        self.end()?;
        self.choose(GRAMMAR)
    }

    fn choose(&mut self, search: &CStr) -> Result<()> {
        // SAFETY: no utterance is open.
        let chosen = unsafe { (self.library.choose_search)(self.decoder, search.as_ptr()) };
        check(chosen, "the recognizer cannot change what it listens for")
    }

    fn penalty(&mut self, penalty: f64) {
        // SAFETY: the configuration lives as long as the decoder; the option is a number.
        unsafe {
            let config = (self.library.get_config)(self.decoder);
            match self.library.configure {
                Configure::Config { set_number, .. } => {
                    set_number(config, c"wip".as_ptr(), penalty);
                }
                Configure::CommandLine { set_number, .. } => set_number(config, c"-wip".as_ptr(), penalty),
            }
        }
    }

    /// Forgets the voice that was heard, so that the next is heard as if it were the first.
    ///
    /// Returns whether that can be done; if not, only a new decoder is like new.
    pub(crate) fn forget(&mut self) -> bool {
        let (Ok(()), Some(first), Some(means)) = (self.end(), self.first_means.clone(), self.means()) else {
            return false;
        };
        // SAFETY: `means` has checked that these are arrays of this length.
        unsafe {
            let means = &mut *means;
            std::slice::from_raw_parts_mut(means.mean, first.len()).copy_from_slice(&first);
            std::slice::from_raw_parts_mut(means.sum, first.len()).fill(0.0);
            means.frames = 0;
        }
        true
    }

    /// The running mean, where the library is one whose layout we know.
    fn means(&mut self) -> Option<*mut Means> {
        let get_feat = self.library.get_feat.filter(|_| self.library.live_means)?;
        // SAFETY: the layout is that of the public header of the only release that has both
        // this function and these symbols; the numbers are checked before pointers are followed.
        unsafe {
            let feat = get_feat(self.decoder).cast::<Feat>();
            if feat.is_null() || (*feat).cepstrum != 13 || (*feat).streams != 1 || (*feat).variance != 0 {
                return None;
            }
            let means = (*feat).means;
            let sound = !means.is_null()
                && (*means).length == 13
                && !(*means).mean.is_null()
                && !(*means).sum.is_null();
            sound.then_some(means)
        }
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the decoder is alive, and nobody uses it after this.
        unsafe { (self.library.free)(self.decoder) };
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("open", &self.open).finish_non_exhaustive()
    }
}

/// How samples are taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Pass {
    /// As they come.
    Live,
    /// Only to learn the level of the voice and the microphone.
    Measure,
}

/// Writes down what the decoder needs.
///
/// # Safety
///
/// The library is what it says.
unsafe fn configure(library: &Library, model: &Model) -> Result<Pointer> {
    let text = |value: String| {
        CString::new(value)
            .map_err(|error| Error::new(ErrorKind::Config, "a path holds a zero").caused_by(error))
    };
    // The paths were found to be text when the model was looked for.
    let paths = [
        ("hmm", model.acoustic.display().to_string()),
        ("dict", model.dictionary.display().to_string()),
        ("lm", model.language.display().to_string()),
    ];
    let flags = [
        ("fwdflat", model.second_pass),
        ("remove_noise", model.noise_removal),
        // What is silence is decided before the decoder, which would lose count of time.
        ("remove_silence", false),
    ];
    let no_config = || Error::new(ErrorKind::Unexpected, "the recognizer does not take its options");
    // SAFETY: as of the caller; strings outlive the calls, which copy them.
    unsafe {
        match library.configure {
            Configure::Config { init, set_text, set_flag, set_whole, set_number, .. } => {
                let config = init(std::ptr::null_mut());
                if config.is_null() {
                    return Err(no_config());
                }
                for (name, value) in paths {
                    set_text(config, text(name.to_owned())?.as_ptr(), text(value)?.as_ptr());
                }
                // An option that a release does not have is not set, and needs not be.
                for (name, value) in flags {
                    set_flag(config, text(name.to_owned())?.as_ptr(), value.into());
                }
                set_number(config, c"wip".as_ptr(), WORD_PENALTY);
                set_whole(config, c"maxhmmpf".as_ptr(), i64::from(model.most_states) as _);
                Ok(config)
            }
            Configure::CommandLine { arguments, parse, .. } => {
                let mut line = vec![text("rooh".to_owned())?];
                for (name, value) in paths {
                    line.extend([text(format!("-{name}"))?, text(value)?]);
                }
                for (name, value) in flags {
                    line.extend([
                        text(format!("-{name}"))?,
                        text(if value { "yes" } else { "no" }.to_owned())?,
                    ]);
                }
                line.extend([text("-maxhmmpf".to_owned())?, text(model.most_states.to_string())?]);
                let pointers: Vec<_> = line.iter().map(|text| text.as_ptr()).collect();
                let count = i32::try_from(pointers.len()).map_err(|_| no_config())?;
                let config = parse(std::ptr::null_mut(), arguments(), count, pointers.as_ptr(), 1);
                if config.is_null() { Err(no_config()) } else { Ok(config) }
            }
        }
    }
}

fn check(status: c_int, message: &str) -> Result<()> {
    if status < 0 { Err(Error::new(ErrorKind::Unexpected, message)) } else { Ok(()) }
}
