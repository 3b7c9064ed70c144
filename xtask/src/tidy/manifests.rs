//! What is to be said about manifests and the folders they stand in.

use super::Source;
use crate::tree::Package;

/// Packages that do not take the oldest supported Rust from the workspace.
pub(super) fn rust_versions(packages: &[Package]) -> Vec<String> {
    let own =
        packages.iter().find(|package| package.name == "rooh-core").and_then(|p| p.rust_version.clone());
    let differs = |package: &&Package| package.rust_version.is_none() || package.rust_version != own;
    let told = |package: &Package| format!("{}: wants `rust-version.workspace = true`", package.name);
    packages.iter().filter(differs).map(told).collect()
}

/// Features and dependencies that do not stand in the order of the alphabet.
///
/// A comment or an empty line begins a new group; `default` stands first.
pub(super) fn unsorted(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for Source { file, text } in sources.iter().filter(|source| is_manifest(&source.file)) {
        let mut in_list = false;
        let mut before = String::new();
        for line in text.lines() {
            if line.starts_with('[') {
                in_list = line == "[features]" || line.ends_with("dependencies]");
                before.clear();
            } else if line.is_empty() || line.starts_with('#') {
                before.clear();
            } else if in_list && line.starts_with(|first: char| first.is_ascii_alphabetic()) {
                let name: String =
                    line.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
                if name < before && before != "default" {
                    wrong.push(format!("{file}: `{name}` stands after `{before}`"));
                }
                before = name;
            }
        }
    }
    wrong
}

/// Crates without a README.
pub(super) fn without_readme(folders: &[String], sources: &[Source]) -> Vec<String> {
    let is_there = |file: &str| sources.iter().any(|source| source.file == file);
    folders
        .iter()
        .filter(|folder| folder.starts_with("crates/") && !is_there(&format!("{folder}/README.md")))
        .map(|folder| format!("{folder}: has no README.md"))
        .collect()
}

/// Folders under `crates/` whose manifest names the package otherwise than the folder.
pub(super) fn shadow_crates(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for Source { file, text } in sources {
        let Some(folder) = file.strip_prefix("crates/").and_then(|file| file.strip_suffix("/Cargo.toml"))
        else {
            continue;
        };
        if !text.lines().any(|line| line == format!("name = \"{folder}\"")) {
            wrong.push(format!("{file}: a crate is named after its folder"));
        }
    }
    wrong
}

fn is_manifest(file: &str) -> bool {
    file == "Cargo.toml" || file.ends_with("/Cargo.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(file: &str, text: &str) -> Source {
        Source { file: file.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn features_and_dependencies_out_of_order_are_found() {
        let manifest = source(
            "a/Cargo.toml",
            "[features]\ndefault = []\nb = []\na = []\n\n[dependencies]\nb = 1\n\na = 1\n",
        );
        assert_eq!(unsorted(&[manifest]), ["a/Cargo.toml: `a` stands after `b`"]);
    }

    #[test]
    fn a_crate_without_a_readme_is_found() {
        let folders = ["crates/a".to_owned(), "crates/b".to_owned(), "xtask".to_owned()];
        assert_eq!(
            without_readme(&folders, &[source("crates/a/README.md", "")]),
            ["crates/b: has no README.md"]
        );
    }

    #[test]
    fn a_package_that_is_not_named_after_its_folder_is_found() {
        let sources = [
            source("crates/a/Cargo.toml", "name = \"b\"\n"),
            source("crates/c/Cargo.toml", "name = \"c\"\n"),
        ];
        assert_eq!(shadow_crates(&sources), ["crates/a/Cargo.toml: a crate is named after its folder"]);
    }

    #[test]
    fn a_package_with_a_rust_version_of_its_own_is_found() {
        let package = |name: &str, version: Option<&str>| Package {
            name: name.to_owned(),
            rust_version: version.map(str::to_owned),
            ..Package::default()
        };
        let packages = [
            package("rooh-core", Some("1.94")),
            package("a", Some("1.94")),
            package("b", Some("1.70")),
            package("c", None),
        ];
        assert_eq!(
            rust_versions(&packages),
            ["b: wants `rust-version.workspace = true`", "c: wants `rust-version.workspace = true`"]
        );
    }
}
