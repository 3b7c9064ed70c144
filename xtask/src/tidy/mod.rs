//! What we would otherwise say in reviews.

mod manifests;
mod sources;

use crate::codegen;
use crate::layers;
use crate::shell::Result;
use crate::tree::Tree;

/// One file with its text.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root of the workspace, with `/`.
    pub(crate) file: String,
    pub(crate) text: String,
}

/// Checks the whole repository.
///
/// # Errors
///
/// Everything that is untidy, one line each.
pub(crate) fn check() -> Result {
    let tree = Tree::here()?;
    let sources: Vec<Source> = tree
        .files()?
        .into_iter()
        .filter_map(|file| tree.text(&file).map(|text| Source { file, text }))
        .collect();

    let folder = |package: &crate::tree::Package| package.folder(&tree.root).to_string_lossy().into_owned();
    let packages: Vec<_> = tree.packages.iter().map(|package| (package, folder(package))).collect();
    let folders: Vec<String> = packages.iter().map(|(_, folder)| folder.clone()).collect();
    let names: Vec<String> = tree
        .providers()
        .flat_map(|(_, provider)| std::iter::once(&provider.name).chain(&provider.variants))
        .chain(tree.metadata.planned.values().flatten())
        .cloned()
        .collect();

    let mut untidy = layers::wrong_arrows(&packages);
    untidy.extend(manifests::rust_versions(&tree.packages));
    untidy.extend(manifests::unsorted(&sources));
    untidy.extend(manifests::without_readme(&folders, &sources));
    untidy.extend(manifests::shadow_crates(&sources));
    untidy.extend(sources::first_lines(&sources));
    untidy.extend(sources::clocks(&sources));
    untidy.extend(sources::links(&sources, |path| tree.root.join(path).exists()));
    untidy.extend(sources::places(&sources));
    untidy.extend(sources::provider_names(&sources, &names));
    untidy.extend(sources::quotes(&sources));
    untidy.extend(sources::spawns(&sources));
    let stale = codegen::stale(&tree.root, &codegen::from_manifests(&tree)?);
    untidy.extend(stale.into_iter().map(|file| format!("{file}: stale, run `cargo xtask codegen`")));

    if untidy.is_empty() {
        println!("{} packages and {} files are tidy", tree.packages.len(), sources.len());
        return Ok(());
    }
    untidy.sort();
    Err(format!("{} things are untidy\n  {}", untidy.len(), untidy.join("\n  ")).into())
}
