//! The files of a model, looked at before the library sees them.
//!
//! The library ends the process when some of its files are broken, so what can be told from
//! names and first bytes is told here.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rooh_core::{Error, ErrorKind, Result};

use crate::PocketsphinxOptions;
use crate::ffi::INSTALL;

/// Where systems keep the US English model.
const PLACES: [&str; 4] = [
    "/usr/share/pocketsphinx/model/en-us",
    "/usr/local/share/pocketsphinx/model/en-us",
    "/opt/homebrew/share/pocketsphinx/model/en-us",
    "/usr/share/pocketsphinx/en-us",
];
/// So many states of words are followed at most at any moment: enough for clear speech.
const MOST_STATES: u32 = 5_000;

/// What a decoder is made from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Model {
    pub(crate) acoustic: PathBuf,
    pub(crate) dictionary: PathBuf,
    pub(crate) language: PathBuf,
    pub(crate) library: Option<PathBuf>,
    pub(crate) most_states: u32,
    pub(crate) noise_removal: bool,
    pub(crate) second_pass: bool,
}

impl Model {
    /// Finds the files that `options` ask for; reads folders and a few bytes of each file.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if something is missing, [`ErrorKind::Config`] if a file is not
    /// what it should be.
    pub(crate) fn find(options: &PocketsphinxOptions) -> Result<Self> {
        let given = |path: &Option<PathBuf>| path.clone().filter(|path| !path.as_os_str().is_empty());
        let folder = match given(&options.model_dir) {
            Some(folder) if folder.is_dir() => folder,
            Some(folder) => {
                return Err(missing("the folder of the model is not there", "model_dir", &folder));
            }
            None => PLACES.iter().map(PathBuf::from).find(|folder| folder.is_dir()).ok_or_else(|| {
                Error::new(
                    ErrorKind::NotFound,
                    format!("the model of PocketSphinx is not installed: {INSTALL}"),
                )
                .with("looked in", PLACES.join(", "))
            })?,
        };
        let acoustic = acoustic_folder(&folder)
            .ok_or_else(|| missing("the folder holds no acoustic model", "model_dir", &folder))?;
        let dictionary = match given(&options.dictionary) {
            Some(file) => file,
            None => the_only(&folder, &[".dict", ".dic"]).ok_or_else(|| {
                missing("the folder holds no dictionary, or several", "dictionary", &folder)
            })?,
        };
        let language = match given(&options.language_model) {
            Some(file) => file,
            None => Some(folder.join("en-us.lm.bin"))
                .filter(|file| file.is_file())
                .or_else(|| the_only(&folder, &[".lm.bin", ".lm", ".lm.dmp"]))
                .ok_or_else(|| {
                    missing("the folder holds no language model, or several", "language_model", &folder)
                })?,
        };
        let model = Self {
            acoustic,
            dictionary,
            language,
            library: given(&options.library_dir),
            most_states: MOST_STATES,
            noise_removal: options.noise_removal,
            second_pass: options.second_pass,
        };
        model.check()?;
        Ok(model)
    }

    fn check(&self) -> Result<()> {
        for (file, option) in [
            (&self.acoustic, "model_dir"),
            (&self.dictionary, "dictionary"),
            (&self.language, "language_model"),
        ] {
            if file.to_str().is_none() {
                return Err(wrong("the path is not Unicode text", option, file));
            }
        }
        for name in ["means", "variances", "transition_matrices"] {
            let file = self.acoustic.join(name);
            if !head(&file, "model_dir")?.starts_with(b"s3\n") {
                return Err(wrong("the file is no part of an acoustic model", "model_dir", &file));
            }
        }
        let definition = self.acoustic.join("mdef");
        let start = head(&definition, "model_dir")?;
        if !(start.starts_with(b"BMDF")
            || start.starts_with(b"FDMB")
            || start.starts_with(b"0.3")
            || start.starts_with(b"#"))
        {
            return Err(wrong("the file is no model definition", "model_dir", &definition));
        }
        let start = head(&self.dictionary, "dictionary")?;
        let line = String::from_utf8_lossy(&start);
        let mut words = line.lines().next().unwrap_or_default().split_whitespace();
        if start.contains(&0) || words.next().is_none() || words.next().is_none() {
            return Err(wrong("the file is no pronunciation dictionary", "dictionary", &self.dictionary));
        }
        let start = head(&self.language, "language_model")?;
        let text = String::from_utf8_lossy(&start);
        let known = start.starts_with(b"Trie Language Model")
            || text.contains("Darpa Trigram LM")
            || text.contains("\\data\\");
        if !known {
            return Err(wrong("the file is no language model", "language_model", &self.language));
        }
        Ok(())
    }
}

/// The folder with the acoustic model: this one or one in it.
fn acoustic_folder(folder: &Path) -> Option<PathBuf> {
    let is_one = |folder: &Path| folder.join("mdef").is_file();
    if is_one(folder) {
        return Some(folder.to_owned());
    }
    let mut found: Vec<PathBuf> = entries(folder).into_iter().filter(|entry| is_one(entry)).collect();
    found.sort();
    found.into_iter().next()
}

/// The only file of a folder whose name ends in the first of `endings` that any has.
fn the_only(folder: &Path, endings: &[&str]) -> Option<PathBuf> {
    let files = entries(folder);
    endings.iter().find_map(|ending| {
        let named =
            |file: &&PathBuf| file.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ending));
        let mut found = files.iter().filter(named);
        found.next().filter(|_| found.next().is_none()).cloned()
    })
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default()
}

/// The first bytes of a file.
fn head(file: &Path, option: &'static str) -> Result<Vec<u8>> {
    let mut start = Vec::new();
    File::open(file)
        .and_then(|open| open.take(512).read_to_end(&mut start))
        .map_err(|error| missing("a file of the model cannot be read", option, file).caused_by(error))?;
    Ok(start)
}

fn missing(message: &str, option: &'static str, path: &Path) -> Error {
    Error::new(ErrorKind::NotFound, format!("{message}: {INSTALL}"))
        .at_path(option)
        .with("given", path.display())
}

fn wrong(message: &str, option: &'static str, path: &Path) -> Error {
    Error::new(ErrorKind::Config, message).at_path(option).with("file", path.display())
}
