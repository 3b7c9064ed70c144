//! What this machine has: folders with libraries, programs, and the right to install.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

/// The variable that names another folder for model files than `~/.rooh/models`.
pub(crate) const FOLDER: &str = "ROOH_MODELS_DIR";

/// The places to look at; tests put a folder of their own in the place of the machine.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) root: PathBuf,
    /// Folders with shared libraries.
    pub(crate) libraries: Vec<PathBuf>,
    /// The folder into which single files are brought; `None` without a home directory.
    pub(crate) models: Option<PathBuf>,
    /// Folders with programs.
    pub(crate) programs: Vec<PathBuf>,
}

impl Machine {
    /// The machine that this program runs on.
    pub(crate) fn this() -> Self {
        let split = |name: &str| -> Vec<PathBuf> {
            std::env::var_os(name).map(|paths| std::env::split_paths(&paths).collect()).unwrap_or_default()
        };
        let mut libraries = split("LD_LIBRARY_PATH");
        libraries.extend(split("DYLD_LIBRARY_PATH"));
        let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
        for folder in ["usr/local/lib", "usr/lib", "lib", "usr/lib64", "opt/homebrew/lib"] {
            libraries.push(Path::new("/").join(folder).join(&triplet));
            libraries.push(Path::new("/").join(folder));
        }
        let mut programs = split("PATH");
        // Where they are even if the caller's path does not say so.
        programs.extend(["/usr/bin", "/bin", "/usr/sbin", "/sbin"].map(PathBuf::from));
        let models = std::env::var_os(FOLDER).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let models = models.or_else(|| {
            let home = std::env::home_dir().filter(|home| home.is_absolute())?;
            Some(home.join(".rooh").join("models"))
        });
        Self { root: PathBuf::from("/"), libraries, models, programs }
    }

    /// The library `lib<name>`, under any of the names that systems give it.
    pub(crate) fn library(&self, name: &str) -> Option<PathBuf> {
        let prefixes = match std::env::consts::OS {
            "windows" => [format!("{name}.dll"), format!("lib{name}.dll")],
            // With the number of a release before the ending.
            "macos" => [format!("lib{name}.dylib"), format!("lib{name}.")],
            _ => [format!("lib{name}.so"), format!("lib{name}.so.")],
        };
        self.libraries.iter().find_map(|folder| {
            let mut files: Vec<PathBuf> =
                std::fs::read_dir(folder).ok()?.filter_map(|e| Some(e.ok()?.path())).collect();
            // The same answer each time, whatever order the folder has.
            files.sort();
            files.into_iter().find(|file| {
                let file_name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let fits = file_name == prefixes[0] || file_name.starts_with(&prefixes[1]);
                // A link may lead nowhere.
                fits && file.exists()
            })
        })
    }

    /// The folder, of those below the root, in which all of `files` are and are not empty.
    pub(crate) fn folder(&self, folders: &[&str], files: &[&str]) -> Option<PathBuf> {
        folders.iter().map(|folder| self.root.join(folder)).find(|folder| {
            files.iter().all(|file| {
                std::fs::metadata(folder.join(file))
                    .is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0)
            })
        })
    }

    /// Where a program is.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        self.programs.iter().map(|folder| folder.join(name)).find(|path| path.is_file())
    }

    /// What to put in front of a command that changes the system; `None` if it may not be run.
    pub(crate) async fn privilege(&self) -> Option<Vec<PathBuf>> {
        let quiet = |program: &Path, arguments: &[&str]| {
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
            command
        };
        if let Some(id) = self.program("id")
            && let Ok(output) = quiet(&id, &["-u"]).output().await
            && output.stdout.trim_ascii() == b"0"
        {
            return Some(Vec::new());
        }
        let sudo = self.program("sudo")?;
        // `-n`: never wait for a password that nobody is there to type.
        let may = quiet(&sudo, &["-n", "true"]).stdout(Stdio::null()).status().await;
        may.is_ok_and(|status| status.success()).then(|| vec![sudo, PathBuf::from("-n")])
    }
}
