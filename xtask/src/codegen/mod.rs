//! Files, and parts of files, that are written from the manifests and the code.

mod facade;
mod options;
pub(crate) mod region;
mod table;

use std::path::Path;

use crate::shell::{Result, capture, cargo, write};
use crate::tree::Tree;

/// A file and what it should say.
#[derive(Debug)]
pub(crate) struct Generated {
    pub(crate) file: String,
    pub(crate) text: String,
}

/// Writes everything that is generated.
///
/// # Errors
///
/// A manifest or a marker is wrong, or the facade does not build.
pub(crate) fn generate() -> Result {
    let tree = Tree::here()?;
    for Generated { file, text } in from_manifests(&tree)? {
        write(&tree.root.join(file), &text)?;
    }
    // The catalog comes from the code of the providers, so the facade has to be there first.
    for Generated { file, text } in from_code(&Tree::here()?)? {
        write(&tree.root.join(file), &text)?;
    }
    Ok(())
}

/// Fails if something that is generated is not as it would be written now.
///
/// # Errors
///
/// Names the files that are stale.
pub(crate) fn check() -> Result {
    let tree = Tree::here()?;
    let mut stale = stale(&tree.root, &from_manifests(&tree)?);
    if stale.is_empty() {
        stale = self::stale(&tree.root, &from_code(&tree)?);
    }
    if stale.is_empty() {
        return Ok(());
    }
    Err(format!("stale, run `cargo xtask codegen`: {}", stale.join(", ")).into())
}

/// The files among `generated` that say something else on disk.
pub(crate) fn stale(root: &Path, generated: &[Generated]) -> Vec<String> {
    let is_stale = |one: &&Generated| {
        std::fs::read_to_string(root.join(&one.file)).ok().as_deref() != Some(one.text.as_str())
    };
    generated.iter().filter(is_stale).map(|one| one.file.clone()).collect()
}

/// What follows from the manifests alone; takes no build.
///
/// # Errors
///
/// A manifest contradicts itself, or a file has lost its markers.
pub(crate) fn from_manifests(tree: &Tree) -> Result<Vec<Generated>> {
    facade::check(tree)?;
    let manifest = "crates/rooh/Cargo.toml";
    let mut text = read(tree, manifest)?;
    for (name, body) in [("features", facade::features(tree)), ("dependencies", facade::dependencies(tree))] {
        text = region::replace(&text, region::TOML, name, &body).map_err(at(manifest))?;
    }
    let mut generated = vec![
        Generated { file: manifest.to_owned(), text },
        Generated { file: "crates/rooh/src/bundled.rs".to_owned(), text: facade::bundled(tree)? },
    ];
    for file in ["README.md", "crates/rooh/README.md"] {
        let text = region::replace(&read(tree, file)?, region::MARKDOWN, "features", &table::features(tree))
            .map_err(at(file))?;
        generated.push(Generated { file: file.to_owned(), text });
    }
    Ok(generated)
}

/// What follows from the code: builds the floor, and the facade with all providers.
fn from_code(tree: &Tree) -> Result<Vec<Generated>> {
    let mut generated = from_facade(tree)?;
    generated.push(numbers(tree)?);
    Ok(generated)
}

/// The page about turns, with the numbers that the floor decides by.
fn numbers(tree: &Tree) -> Result<Generated> {
    let file = "docs/turns.md";
    let mut text = read(tree, file)?;
    for part in ["wait", "signals", "patience", "pause"] {
        let mut command = cargo();
        command.args(["run", "--quiet", "--package=rooh-floor", "--example=tables", "--", part]);
        let body = capture(command.current_dir(&tree.root))?;
        text = region::replace(&text, region::MARKDOWN, part, &body).map_err(at(file))?;
    }
    Ok(Generated { file: file.to_owned(), text })
}

/// The catalog, and the tables of options.
fn from_facade(tree: &Tree) -> Result<Vec<Generated>> {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package=rooh", "--all-features", "--example=catalog"]);
    let catalog = capture(command.current_dir(&tree.root))?;
    let entries: serde_json::Value = serde_json::from_str(&catalog)?;
    let mut generated =
        vec![Generated { file: "crates/rooh/tests/catalog.json".to_owned(), text: catalog.clone() }];
    for (package, provider) in tree.providers() {
        let all = entries["providers"].as_array().into_iter().flatten();
        let mut own = all.filter(|entry| entry["kind"] == *provider.kind && entry["name"] == *provider.name);
        let Some(entry) = own.next() else { continue };
        let file = package.folder(&tree.root).join("README.md").to_string_lossy().into_owned();
        let text = region::replace(&read(tree, &file)?, region::MARKDOWN, "options", &options::table(entry))
            .map_err(at(&file))?;
        generated.push(Generated { file, text });
    }
    Ok(generated)
}

fn read(tree: &Tree, file: &str) -> Result<String> {
    tree.text(file).ok_or_else(|| format!("{file}: missing").into())
}

fn at(file: &str) -> impl FnOnce(String) -> String + '_ {
    move |error| format!("{file}: {error}")
}
