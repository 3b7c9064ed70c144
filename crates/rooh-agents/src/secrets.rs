//! Keys and passwords: apart from agent files, readable by their owner alone, never given back.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rooh_core::options::Secret;
use rooh_core::{Error, ErrorKind, Result};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::disk::{self, IfThere};
use crate::spec::{AgentName, is_name};

/// The longest secret, in bytes.
const LONGEST: usize = 16 * 1024;
/// The longest file of secrets.
const LONGEST_FILE: usize = 1024 * 1024;
/// The folder in the data directory.
const FOLDER: &str = "secrets";

type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;
/// By model, by field.
type Entries = BTreeMap<String, BTreeMap<String, Secret>>;

/// The secrets of all agents: the environment first, then a file of each agent.
///
/// What was set can be described and used, never read back. All calls do file I/O and block for
/// a moment: call them off the runtime.
#[derive(Clone)]
pub struct Secrets {
    folder: Option<PathBuf>,
    environment: Environment,
    /// One change at a time; what is read back is the file, always.
    writing: Arc<Mutex<()>>,
}

/// What may be told about a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SecretInfo {
    /// The first eight digits of its SHA-256: tells two keys apart, and nothing else.
    pub fingerprint: String,
    /// Its last four characters, if it is long enough for that to give nothing away.
    pub last4: Option<String>,
    /// Where it comes from.
    pub source: SecretSource,
}

/// Where a secret comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SecretSource {
    /// A variable of the environment.
    Environment,
    /// The file in the data directory.
    File,
}

impl SecretSource {
    /// The source as one lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::File => "file",
        }
    }
}

impl Secrets {
    /// The secrets below the data directory; the folder is made, for its owner alone.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the folder is open to others, a link, or somebody else's; the
    /// message says what to do.
    pub fn open(data_dir: &Path) -> Result<Self> {
        disk::data_folder(data_dir)?;
        let folder = data_dir.join(FOLDER);
        disk::private_folder(&folder)?;
        let secrets = Self { folder: Some(folder), ..Self::from_environment() };
        secrets.check_all()?;
        Ok(secrets)
    }

    /// Looks at every file once, so that a loose one is found at the start and not in a call.
    fn check_all(&self) -> Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let entries = std::fs::read_dir(folder)
            .map_err(|error| disk::failed("the folder cannot be read", folder, error))?;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let agent = name.to_str().and_then(|name| name.strip_suffix(".json"));
            if let Some(agent) = agent.and_then(|agent| AgentName::new(agent).ok()) {
                self.read(&agent)?;
            }
        }
        Ok(())
    }

    /// Secrets from the environment alone.
    pub fn from_environment() -> Self {
        Self { folder: None, environment: Arc::new(|name| std::env::var(name).ok()), writing: Arc::default() }
    }

    /// Reads environment variables through `read`.
    #[must_use]
    pub fn environment(mut self, read: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.environment = Arc::new(read);
        self
    }

    /// The variable that holds this secret: `ROOH_SECRET_<AGENT>__<MODEL>__<FIELD>`, in capitals,
    /// with an underscore for whatever is neither letter nor digit.
    pub fn variable(agent: &AgentName, model: &str, field: &str) -> String {
        let word = |text: &str| -> String {
            text.chars()
                .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' })
                .collect()
        };
        format!("ROOH_SECRET_{}__{}__{}", word(agent.as_str()), word(model), word(field))
    }

    /// The secret of one field of one model, for the provider that it is for and nobody else.
    ///
    /// # Errors
    ///
    /// The file is damaged or open to others.
    pub(crate) fn find(&self, agent: &AgentName, model: &str, field: &str) -> Result<Option<Secret>> {
        Ok(self.find_with_source(agent, model, field)?.map(|(secret, _)| secret))
    }

    fn find_with_source(
        &self,
        agent: &AgentName,
        model: &str,
        field: &str,
    ) -> Result<Option<(Secret, SecretSource)>> {
        let variable = (self.environment)(&Self::variable(agent, model, field));
        if let Some(value) = variable.filter(|value| !value.is_empty()) {
            return Ok(Some((Secret::new(value), SecretSource::Environment)));
        }
        let secret = self.read(agent)?.remove(model).and_then(|mut fields| fields.remove(field));
        Ok(secret.map(|secret| (secret, SecretSource::File)))
    }

    /// What may be told about a secret; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The file is damaged or open to others.
    pub fn describe(&self, agent: &AgentName, model: &str, field: &str) -> Result<Option<SecretInfo>> {
        Ok(self.find_with_source(agent, model, field)?.map(|(secret, source)| SecretInfo {
            fingerprint: fingerprint(&secret),
            last4: last4(&secret),
            source,
        }))
    }

    /// The fields of this agent that the file has a secret for, as model and field.
    ///
    /// # Errors
    ///
    /// The file is damaged or open to others.
    pub fn list(&self, agent: &AgentName) -> Result<Vec<(String, String)>> {
        let entries = self.read(agent)?;
        let pairs = |(model, fields): (String, BTreeMap<String, Secret>)| {
            fields.into_keys().map(move |field| (model.clone(), field)).collect::<Vec<_>>()
        };
        Ok(entries.into_iter().flat_map(pairs).collect())
    }

    /// Writes a secret to the agent's file.
    ///
    /// # Errors
    ///
    /// It is empty, too long or not one line of text, a name is wrong, or the file cannot be
    /// written.
    pub fn set(&self, agent: &AgentName, model: &str, field: &str, secret: Secret) -> Result<()> {
        self.set_all(agent, [(model.to_owned(), field.to_owned(), secret)])
    }

    /// Writes several secrets to the agent's file, all or none.
    ///
    /// # Errors
    ///
    /// As for [`set`](Self::set).
    pub fn set_all(
        &self,
        agent: &AgentName,
        secrets: impl IntoIterator<Item = (String, String, Secret)>,
    ) -> Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = self.read(agent)?;
        for (model, field, secret) in secrets {
            let wrong = |message: &str| {
                Error::new(ErrorKind::Config, message).at_path(format!("models.{model}.{field}"))
            };
            if !is_name(&model, "_-.") || !is_name(&field, "_-.") {
                return Err(Error::new(
                    ErrorKind::Config,
                    "a model and its field have 1 to 64 letters, digits, dots, hyphens and underscores",
                ));
            }
            let value = secret.reveal();
            if value.is_empty() {
                return Err(wrong("the secret is empty"));
            }
            if value.len() > LONGEST {
                return Err(wrong("the secret is too long").with("allowed", format!("{LONGEST} bytes")));
            }
            // A key with a line break would end a header line in the middle.
            if value.chars().any(char::is_control) {
                return Err(wrong("a secret is one line of text without control characters"));
            }
            entries.entry(model).or_default().insert(field, secret);
        }
        self.write(agent, &entries)
    }

    /// Removes a secret from the agent's file; what is not there stays away.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written.
    pub fn delete(&self, agent: &AgentName, model: &str, field: &str) -> Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries = self.read(agent)?;
        let Some(fields) = entries.get_mut(model) else { return Ok(()) };
        fields.remove(field);
        if fields.is_empty() {
            entries.remove(model);
        }
        self.write(agent, &entries)
    }

    /// Removes all secrets of an agent, so that another of the same name does not inherit them.
    ///
    /// # Errors
    ///
    /// The file cannot be removed.
    pub fn delete_agent(&self, agent: &AgentName) -> Result<()> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        match &self.folder {
            Some(folder) => disk::remove(folder, &file_name(agent)),
            None => Ok(()),
        }
    }

    fn read(&self, agent: &AgentName) -> Result<Entries> {
        let Some(folder) = &self.folder else { return Ok(Entries::new()) };
        let path = folder.join(file_name(agent));
        let check = |data: &std::fs::Metadata| disk::check_owner(&path, data, 0o077, "600");
        let bytes = match disk::read(&path, LONGEST_FILE, check) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Entries::new()),
            Err(error) => return Err(error),
        };
        // The cause would quote the file.
        serde_json::from_slice(&bytes).map_err(|error| {
            Error::new(ErrorKind::Config, "the file of secrets is damaged")
                .with("file", path.display())
                .with("line", error.line())
                .with("fix", "remove it and set the keys again")
        })
    }

    fn write(&self, agent: &AgentName, entries: &Entries) -> Result<()> {
        let Some(folder) = &self.folder else {
            return Err(Error::new(ErrorKind::Config, "there is no data directory to keep secrets in"));
        };
        let revealed: BTreeMap<&str, BTreeMap<&str, &str>> = entries
            .iter()
            .map(|(model, fields)| {
                let fields = fields.iter().map(|(field, secret)| (field.as_str(), secret.reveal()));
                (model.as_str(), fields.collect())
            })
            .collect();
        // Room for everything at once: a buffer that grows leaves copies behind.
        let length: usize =
            revealed.values().flatten().map(|(field, secret)| field.len() + 2 * secret.len() + 16).sum();
        let mut bytes = Zeroizing::new(Vec::with_capacity(length + 80 * revealed.len() + 16));
        serde_json::to_writer(&mut *bytes, &revealed).map_err(|error| {
            Error::new(ErrorKind::Unexpected, "secrets cannot be written").caused_by(error)
        })?;
        disk::write(folder, &file_name(agent), &bytes, IfThere::Replace)
            .map_err(|error| error.expect("a file that may be there is replaced"))
    }
}

/// The key's fingerprint, for telling two apart.
fn fingerprint(secret: &Secret) -> String {
    Sha256::digest(secret.reveal().as_bytes()).iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

fn last4(secret: &Secret) -> Option<String> {
    let count = secret.reveal().chars().count();
    (count >= 12).then(|| secret.reveal().chars().skip(count - 4).collect())
}

/// File systems that ignore case must not give one agent the keys of another: the store refuses
/// names that differ in case alone, and so the name is safe as it is.
fn file_name(agent: &AgentName) -> String {
    format!("{agent}.json")
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    fn name(name: &str) -> AgentName {
        AgentName::new(name).unwrap()
    }

    fn open(folder: &Path) -> Secrets {
        Secrets::open(folder).unwrap().environment(|_| None)
    }

    #[test]
    fn a_secret_is_kept_described_and_forgotten_but_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = open(folder.path());
        let agent = name("desk");
        secrets.set(&agent, "cartesia", "api_key", Secret::new("sk-canary-0123456789")).unwrap();
        secrets.set(&agent, "deepgram-nova-3", "api_key", Secret::new("short")).unwrap();

        let info = secrets.describe(&agent, "cartesia", "api_key").unwrap().unwrap();
        assert_eq!(info.last4.as_deref(), Some("6789"));
        assert_eq!(info.fingerprint.len(), 8);
        assert_eq!(info.source, SecretSource::File);
        assert_eq!(secrets.describe(&agent, "deepgram-nova-3", "api_key").unwrap().unwrap().last4, None);
        assert!(!format!("{secrets:?} {info:?}").contains("canary"));
        assert_eq!(
            secrets.find(&agent, "cartesia", "api_key").unwrap().unwrap().reveal(),
            "sk-canary-0123456789"
        );
        assert_eq!(secrets.list(&agent).unwrap().len(), 2);

        let file = folder.path().join("secrets/desk.json");
        assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(folder.path().join("secrets")).unwrap().mode() & 0o777, 0o700);

        secrets.delete(&agent, "cartesia", "api_key").unwrap();
        assert_eq!(secrets.describe(&agent, "cartesia", "api_key").unwrap(), None);
        secrets.delete_agent(&agent).unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn the_environment_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = open(folder.path());
        let agent = name("Voice-Agent-DCC");
        secrets.set(&agent, "deepgram-nova-3", "api_key", Secret::new("from the file")).unwrap();
        let secrets = secrets.environment(|variable| {
            (variable == "ROOH_SECRET_VOICE_AGENT_DCC__DEEPGRAM_NOVA_3__API_KEY")
                .then(|| "from outside".into())
        });
        assert_eq!(
            secrets.find(&agent, "deepgram-nova-3", "api_key").unwrap().unwrap().reveal(),
            "from outside"
        );
    }

    #[test]
    fn loose_modes_and_links_are_refused_with_the_fix() {
        let folder = tempfile::tempdir().unwrap();
        let agent = name("desk");
        open(folder.path()).set(&agent, "m", "api_key", Secret::new("canary")).unwrap();
        let secrets = folder.path().join("secrets");
        let file = secrets.join("desk.json");

        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = Secrets::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("chmod 600") && !error.contains("canary"), "{error}");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();

        std::fs::set_permissions(&secrets, std::fs::Permissions::from_mode(0o750)).unwrap();
        assert!(Secrets::open(folder.path()).unwrap_err().to_string().contains("chmod 700"));
        std::fs::set_permissions(&secrets, std::fs::Permissions::from_mode(0o700)).unwrap();

        std::fs::rename(&file, folder.path().join("elsewhere")).unwrap();
        symlink(folder.path().join("elsewhere"), &file).unwrap();
        assert!(Secrets::open(folder.path()).unwrap_err().to_string().contains("link"));

        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, "{\"m\": {\"api_key\": \"canary").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let error = Secrets::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains("damaged") && !error.contains("canary"), "{error}");
    }

    #[test]
    fn a_secret_with_a_line_break_or_of_no_length_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = open(folder.path());
        for wrong in ["", "a\r\nHost: evil", &"x".repeat(LONGEST + 1)] {
            let error = secrets.set(&name("desk"), "m", "api_key", Secret::new(wrong)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
        }
        assert!(secrets.set(&name("desk"), "../m", "api_key", Secret::new("x")).is_err());
    }
}
