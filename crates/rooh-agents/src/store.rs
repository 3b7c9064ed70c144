//! The agents of a data directory: one file each, written whole, never outside of their folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rooh_core::{Error, ErrorKind, Result};

use crate::disk::{self, IfThere};
use crate::spec::{AgentName, AgentSpec, RECEPTION, Status};
use crate::stamp::Stamp;
use crate::yaml::LONGEST;

/// The folder in the data directory.
const FOLDER: &str = "agents";
/// The most agents in one store.
const MOST: usize = 1_000;

/// The agents of a data directory. Cheap to clone; clones take turns at writing.
///
/// All calls do file I/O and block for a moment: call them off the runtime.
#[derive(Clone, Debug)]
pub struct AgentStore {
    folder: Arc<Path>,
    writing: Arc<Mutex<()>>,
}

/// One file of the store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredAgent {
    /// The file's name without `.yaml`: the name of the agent if the file is in order.
    pub name: String,
    /// The agent, or what is wrong with its file.
    pub spec: Result<AgentSpec>,
}

/// Where the data lies unless somebody says otherwise: `.rooh` in the home directory.
///
/// # Errors
///
/// [`ErrorKind::Config`] where there is no home directory.
pub fn default_data_dir() -> Result<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join(".rooh")).ok_or_else(|| {
        Error::new(ErrorKind::Config, "there is no home directory; name the data directory with `--data-dir`")
    })
}

/// Whether an error says that something of this name is there already.
pub fn is_conflict(error: &Error) -> bool {
    error.context("existing").is_some()
}

impl AgentStore {
    /// The agents below the data directory; the folder is made, for its owner alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the folder is open to others, a link, or somebody else's; the
    /// message says what to do.
    pub fn open(data_dir: &Path) -> Result<Self> {
        disk::data_folder(data_dir)?;
        let folder = data_dir.join(FOLDER);
        disk::private_folder(&folder)?;
        Ok(Self { folder: folder.into(), writing: Arc::default() })
    }

    /// All agents by name; a damaged file is listed with what is wrong, and hides no other.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn list(&self) -> Result<Vec<StoredAgent>> {
        let list = self.names()?.into_iter().map(|name| {
            let spec = AgentName::new(name.as_str()).and_then(|name| self.load(&name)).map(|(spec, _)| spec);
            StoredAgent { name, spec }
        });
        Ok(list.collect())
    }

    /// The agent of this name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`], or [`ErrorKind::Config`] with all that is wrong with the file.
    pub fn read(&self, name: &AgentName) -> Result<AgentSpec> {
        self.load(name).map(|(spec, _)| spec)
    }

    /// Adds an agent, and stamps it if it has no date.
    ///
    /// # Errors
    ///
    /// An agent of this name, or of one that differs in case alone, is there
    /// ([`is_conflict`]), or there are too many.
    pub fn create(&self, spec: &AgentSpec) -> Result<()> {
        let _writing = self.lock();
        let names = self.names()?;
        if let Some(existing) = names.iter().find(|existing| spec.name.collides(existing)) {
            return Err(there(&spec.name, existing));
        }
        if names.len() >= MOST {
            return Err(Error::new(ErrorKind::Config, "there are too many agents; delete one first")
                .with("allowed", MOST));
        }
        let mut spec = spec.clone();
        spec.created_at.get_or_insert_with(|| Stamp::now().rfc3339());
        disk::write(&self.folder, &file_name(&spec.name), spec.to_yaml()?.as_bytes(), IfThere::Fail)
            .map_err(|error| error.unwrap_or_else(|| there(&spec.name, spec.name.as_str())))
    }

    /// Puts `spec` in the place of the agent `name`.
    ///
    /// The date of the old file stays if the new agent has none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such agent; [`ErrorKind::Config`] if the new one
    /// has another name.
    pub fn replace(&self, name: &AgentName, spec: &AgentSpec) -> Result<()> {
        if spec.name != *name {
            return Err(Error::new(
                ErrorKind::Config,
                "an agent keeps its name; create another in its place",
            )
            .at_path("name")
            .with("given", &spec.name)
            .with("wanted", name));
        }
        let _writing = self.lock();
        self.find(name)?;
        let mut spec = spec.clone();
        if spec.created_at.is_none() {
            // A damaged file may be replaced; it has no date then.
            let old = self.load(name).ok().and_then(|(old, _)| old.created_at);
            spec.created_at = Some(old.unwrap_or_else(|| Stamp::now().rfc3339()));
        }
        self.put(name, &spec.to_yaml()?)
    }

    /// Removes an agent. Its secrets stay: [`Secrets::delete_agent`](crate::Secrets::delete_agent)
    /// removes them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such agent.
    pub fn delete(&self, name: &AgentName) -> Result<()> {
        let _writing = self.lock();
        self.find(name)?;
        disk::remove(&self.folder, &file_name(name))
    }

    /// Makes this the agent that is taken where none is named.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if there is no such agent, [`ErrorKind::Config`] if its file is
    /// damaged.
    pub fn activate(&self, name: &AgentName) -> Result<AgentSpec> {
        let _writing = self.lock();
        let (spec, text) = self.load(name)?;
        for other in self.list()? {
            if let Ok(other) = other.spec
                && other.status == Status::Active
                && other.name != *name
            {
                let (other, text) = self.load(&other.name)?;
                self.put(&other.name, &with_status(&text, &other, Status::Inactive)?)?;
            }
        }
        if spec.status != Status::Active {
            self.put(name, &with_status(&text, &spec, Status::Active)?)?;
        }
        Ok(AgentSpec { status: Status::Active, ..spec })
    }

    /// The agent that is taken where none is named: the active one, or else `reception`, or else
    /// the first by name.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if no agent is in order.
    pub fn default_agent(&self) -> Result<AgentSpec> {
        let mut specs: Vec<AgentSpec> =
            self.list()?.into_iter().filter_map(|agent| agent.spec.ok()).collect();
        let place = |wanted: &dyn Fn(&AgentSpec) -> bool| specs.iter().position(wanted);
        let place = place(&|spec| spec.status == Status::Active)
            .or_else(|| place(&|spec| spec.name.as_str() == "reception"))
            .unwrap_or(0);
        if specs.is_empty() {
            return Err(Error::new(ErrorKind::NotFound, "there is no agent yet")
                .with("fix", "make one with `rooh agents new NAME`"));
        }
        Ok(specs.swap_remove(place))
    }

    /// Writes the agent that comes with Rooh, `reception`, if there is no agent at all; returns
    /// whether it did.
    ///
    /// # Errors
    ///
    /// The folder cannot be read or written.
    pub fn ensure_default(&self) -> Result<bool> {
        let _writing = self.lock();
        if !self.names()?.is_empty() {
            return Ok(false);
        }
        match disk::write(&self.folder, "reception.yaml", RECEPTION.as_bytes(), IfThere::Fail) {
            Ok(()) => Ok(true),
            // Another program was faster.
            Err(None) => Ok(false),
            Err(Some(error)) => Err(error),
        }
    }

    /// The file of an agent, whether it is there or not.
    pub fn path(&self, name: &AgentName) -> PathBuf {
        self.folder.join(file_name(name))
    }

    /// One change at a time; what is read back is the files, always.
    fn lock(&self) -> std::sync::MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The names of all files, without `.yaml`, in order.
    fn names(&self) -> Result<Vec<String>> {
        let failed = |error| disk::failed("the folder cannot be read", &self.folder, error);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let name = name.to_string_lossy();
            if let Some(stem) = name.strip_suffix(".yaml").filter(|stem| !stem.starts_with('.')) {
                names.push(stem.to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn find(&self, name: &AgentName) -> Result<()> {
        let names = self.names()?;
        if names.iter().any(|known| known == name.as_str()) {
            return Ok(());
        }
        Err(missing(name, &names))
    }

    fn load(&self, name: &AgentName) -> Result<(AgentSpec, String)> {
        // Where the file system ignores case, another agent's file would answer to this name.
        self.find(name)?;
        let path = self.path(name);
        let bytes = disk::read(&path, LONGEST, |_| Ok(()))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::new(ErrorKind::Config, "the file is not text in UTF-8"))?;
        let spec = AgentSpec::from_file(&text, name.as_str())?;
        if spec.name != *name {
            return Err(spec.located(
                Error::new(ErrorKind::Config, "differs from the name of the file")
                    .at_path("name")
                    .with("given", &spec.name)
                    .with("file", format!("{name}.yaml")),
            ));
        }
        Ok((spec, text))
    }

    fn put(&self, name: &AgentName, text: &str) -> Result<()> {
        disk::write(&self.folder, &file_name(name), text.as_bytes(), IfThere::Replace)
            .map_err(|error| error.expect("a file that may be there is replaced"))
    }
}

fn file_name(name: &AgentName) -> String {
    format!("{name}.yaml")
}

fn there(name: &AgentName, existing: &str) -> Error {
    Error::new(ErrorKind::Config, "an agent of this name is there already")
        .at_path("name")
        .with("given", name)
        .with("existing", existing)
}

fn missing(name: &AgentName, names: &[String]) -> Error {
    let mut known: Vec<&str> = names.iter().map(String::as_str).take(20).collect();
    if names.len() > known.len() {
        known.push("…");
    }
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Error::new(ErrorKind::NotFound, format!("there is no agent named {name}")).with("there are", known)
}

/// The file with another status, and with all that a person wrote around it.
fn with_status(text: &str, spec: &AgentSpec, status: Status) -> Result<String> {
    let wanted = AgentSpec { status, ..spec.clone() };
    let line = format!("status: {}", status.as_str());
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match lines.iter_mut().find(|line| line.starts_with("status:")) {
        Some(old) => {
            let comment = old.find(" #").map(|place| old[place..].to_owned()).unwrap_or_default();
            *old = line + &comment;
        }
        None => lines.push(line),
    }
    let edited = lines.join("\n") + "\n";
    match AgentSpec::from_file(&edited, spec.name.as_str()) {
        Ok(read) if read == wanted => Ok(edited),
        // Written in a way that a line cannot be changed in: as one flow table, for example.
        _ => wanted.to_yaml(),
    }
}
