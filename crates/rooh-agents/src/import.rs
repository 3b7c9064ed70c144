//! Bringing in agent files from elsewhere: each is reported on, none overwritten unasked.

use std::fs;
use std::path::{Path, PathBuf};

use rooh_core::registry::Registry;
use rooh_core::{Error, ErrorKind, Result};

use crate::disk;
use crate::secrets::Secrets;
use crate::spec::{AgentName, AgentSpec};
use crate::store::AgentStore;
use crate::yaml::LONGEST;

/// The most files in a folder that is brought in.
const MOST: usize = 1_000;

/// Whether an agent that is there already is replaced.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Overwrite {
    /// It stays, and the file is reported as refused.
    #[default]
    No,
    /// It is replaced.
    Yes,
}

/// What became of one file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The file.
    pub file: PathBuf,
    /// The agent that it became, or why it did not.
    pub outcome: Result<ImportedAgent>,
}

/// An agent that was brought in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ImportedAgent {
    /// Its name.
    pub name: AgentName,
    /// The secrets that were moved out of the file, as paths such as `models.cartesia.api_key`.
    pub secrets: Vec<String>,
    /// What keeps it from running here, for example a provider that is not linked.
    pub problems: Option<Error>,
}

impl AgentStore {
    /// Brings in a file, or all `.yaml` and `.yml` files of a folder (not of folders in it).
    ///
    /// Secrets in the files go to `secrets` and not into the store's files. A file that is wrong
    /// keeps no other from being brought in; one whose providers are not linked is brought in
    /// with that as a problem.
    ///
    /// # Errors
    ///
    /// The file or folder cannot be read; what is wrong with one file stands in its outcome.
    pub fn import(
        &self,
        from: &Path,
        registry: &Registry,
        secrets: &Secrets,
        overwrite: Overwrite,
    ) -> Result<Vec<Imported>> {
        let files = files(from)?;
        Ok(files
            .into_iter()
            .map(|file| {
                let outcome = self.import_one(&file, registry, secrets, overwrite);
                Imported { file, outcome }
            })
            .collect())
    }

    fn import_one(
        &self,
        file: &Path,
        registry: &Registry,
        secrets: &Secrets,
        overwrite: Overwrite,
    ) -> Result<ImportedAgent> {
        let mut spec = read_file(file)?;
        let taken = spec.take_secrets(registry);
        // The agent first: were it refused, the secrets of the one that is there must stay.
        match self.create(&spec) {
            Err(error) if error.context("existing") == Some(spec.name.as_str()) => match overwrite {
                Overwrite::Yes => self.replace(&spec.name, &spec)?,
                Overwrite::No => return Err(error.with("fix", "give `--overwrite` to replace it")),
            },
            created => created?,
        }
        let moved = taken.iter().map(|(model, field, _)| format!("models.{model}.{field}")).collect();
        if !taken.is_empty() {
            secrets.set_all(&spec.name, taken)?;
        }
        let problems = spec.check(registry, secrets).err();
        Ok(ImportedAgent { name: spec.name, secrets: moved, problems })
    }
}

/// Reads an agent from a file anywhere; a file without `name` is named after itself.
///
/// # Errors
///
/// [`ErrorKind::NotFound`], or [`ErrorKind::Config`] with all that is wrong with the file.
pub fn read_file(file: &Path) -> Result<AgentSpec> {
    // What a person names on a command line may well be a link.
    let real =
        fs::canonicalize(file).map_err(|error| disk::failed("the file cannot be read", file, error))?;
    let text = String::from_utf8(disk::read(&real, LONGEST, |_| Ok(()))?)
        .map_err(|_| Error::new(ErrorKind::Config, "the file is not text in UTF-8"))?;
    AgentSpec::from_file(&text, &file.file_stem().unwrap_or_default().to_string_lossy())
}

fn files(from: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| disk::failed("the folder cannot be read", from, error);
    if !fs::metadata(from).map_err(failed)?.is_dir() {
        return Ok(vec![from.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(from).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let ours = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if ours && !hidden {
            files.push(path);
        }
    }
    if files.len() > MOST {
        return Err(
            Error::new(ErrorKind::Config, "there are too many files in the folder").with("allowed", MOST)
        );
    }
    files.sort_unstable();
    Ok(files)
}
