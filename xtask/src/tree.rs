//! What the repository consists of: its packages as Cargo sees them, and its files as Git does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::shell::{Result, capture, cargo};

/// The repository.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    /// By name.
    pub(crate) packages: Vec<Package>,
    /// What the root manifest says under `[workspace.metadata.rooh]`.
    pub(crate) metadata: WorkspaceMetadata,
}

/// One package of the workspace.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) rust_version: Option<String>,
    #[serde(default)]
    pub(crate) targets: Vec<Target>,
    #[serde(default, deserialize_with = "table")]
    pub(crate) metadata: PackageMetadata,
}

/// A dependency as the manifest asks for it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for an ordinary one, else `dev` or `build`.
    #[serde(default)]
    pub(crate) kind: Option<String>,
}

/// Something that Cargo builds of a package.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Vec<String>,
}

/// `[package.metadata]`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct PackageMetadata {
    #[serde(default)]
    pub(crate) rooh: Option<ProviderMetadata>,
}

/// `[package.metadata.rooh]` of a provider: what the facade has to know before it is compiled.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProviderMetadata {
    /// `stt`, `llm`, `tts`, `vad`, `turn`, `realtime` or `transport`.
    pub(crate) kind: String,
    /// The name in agent files and code.
    pub(crate) name: String,
    /// The name as people write it.
    pub(crate) title: String,
    /// Other names of the same provider.
    #[serde(default)]
    pub(crate) variants: Vec<String>,
    /// The features of the facade that switch it on together with others.
    #[serde(default)]
    pub(crate) collections: Vec<String>,
    /// What it needs, in a few words for the table of features; empty if nothing.
    #[serde(default)]
    pub(crate) needs: String,
}

/// `[workspace.metadata.rooh]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkspaceMetadata {
    /// Collections of features: name and what it is for.
    #[serde(default)]
    pub(crate) collections: BTreeMap<String, String>,
    /// Providers that Rooh is going to have: feature and the names that will resolve to it.
    #[serde(default)]
    pub(crate) planned: BTreeMap<String, Vec<String>>,
}

impl Tree {
    /// Reads the workspace at `root`.
    ///
    /// # Errors
    ///
    /// Cargo does not understand the manifests.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Metadata {
            packages: Vec<Package>,
            #[serde(default, deserialize_with = "table")]
            metadata: Wrapped,
        }
        #[derive(Default, Deserialize)]
        struct Wrapped {
            #[serde(default)]
            rooh: WorkspaceMetadata,
        }
        let mut command = cargo();
        command.args(["metadata", "--format-version=1", "--no-deps"]).current_dir(root);
        let Metadata { mut packages, metadata } = serde_json::from_str(&capture(&mut command)?)
            .map_err(|error| format!("[package.metadata.rooh] or [workspace.metadata.rooh]: {error}"))?;
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { root: root.to_owned(), packages, metadata: metadata.rooh })
    }

    /// The repository that this program was built from.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub(crate) fn here() -> Result<Self> {
        Self::read(&root())
    }

    /// The providers, by name of their crate.
    pub(crate) fn providers(&self) -> impl Iterator<Item = (&Package, &ProviderMetadata)> {
        self.packages.iter().filter_map(|package| Some((package, package.metadata.rooh.as_ref()?)))
    }

    /// All files that are, or could be, committed; paths from the root.
    ///
    /// # Errors
    ///
    /// Git is missing, or this is no checkout.
    pub(crate) fn files(&self) -> Result<Vec<String>> {
        let mut command = Command::new("git");
        command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
        let listed = capture(command.current_dir(&self.root))?;
        let mut files: Vec<String> = listed.split_terminator('\0').map(str::to_owned).collect();
        // A file that was deleted but not yet committed is still in Git's index.
        files.retain(|file| self.root.join(file).is_file());
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The text of a file, with its line ends made plain; `None` if it is not text.
    pub(crate) fn text(&self, file: &str) -> Option<String> {
        String::from_utf8(std::fs::read(self.root.join(file)).ok()?).ok()
    }
}

impl Package {
    /// The folder of the package from the root of the workspace.
    pub(crate) fn folder<'a>(&'a self, root: &Path) -> &'a Path {
        let folder = self.manifest_path.parent().unwrap_or(&self.manifest_path);
        folder.strip_prefix(root).unwrap_or(folder)
    }

    /// The feature of the facade that brings it.
    pub(crate) fn feature(&self) -> &str {
        self.name.strip_prefix("rooh-").unwrap_or(&self.name)
    }
}

/// The root of the checkout that Cargo runs this program for.
pub(crate) fn root() -> PathBuf {
    // Cargo says it when it runs the program; who runs the program by hand means the checkout
    // that it was built from.
    let own = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let own = own.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    own.parent().map(Path::to_owned).unwrap_or_default()
}

/// Cargo writes `null` where a manifest has no metadata.
fn table<'de, D, T>(deserializer: D) -> std::result::Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
