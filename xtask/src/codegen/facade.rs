//! The facade's features, optional dependencies and list of providers.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::layers::KINDS;
use crate::shell::{Result, rustfmt};
use crate::tree::Tree;

/// Whether the manifests of the providers agree with themselves and each other.
///
/// # Errors
///
/// Names the crate and what is wrong with its table.
pub(super) fn check(tree: &Tree) -> Result {
    let mut names = BTreeSet::new();
    for (package, provider) in tree.providers() {
        let crate_name = &package.name;
        let problem = if !KINDS.contains(&provider.kind.as_str()) {
            format!("kind = {:?} is none of {}", provider.kind, KINDS.join(", "))
        } else if !crate_name.starts_with(&format!("rooh-{}-", provider.kind)) {
            format!("a provider of kind {:?} is named rooh-{}-…", provider.kind, provider.kind)
        } else if let Some(unknown) =
            provider.collections.iter().find(|name| !tree.metadata.collections.contains_key(*name))
        {
            format!("there is no collection {unknown:?} in the root manifest")
        } else if let Some(taken) = std::iter::once(&provider.name)
            .chain(&provider.variants)
            .find(|name| !names.insert((provider.kind.clone(), name.to_string())))
        {
            format!("the name {taken:?} is taken")
        } else {
            continue;
        };
        return Err(format!("{crate_name}: [package.metadata.rooh]: {problem}").into());
    }
    Ok(())
}

/// `[features]`: the collections, then one for each provider.
pub(super) fn features(tree: &Tree) -> String {
    let mut text = String::new();
    for (collection, purpose) in &tree.metadata.collections {
        let members: Vec<String> = tree
            .providers()
            .filter(|(_, provider)| provider.collections.contains(collection))
            .map(|(package, _)| format!("{:?}", package.feature()))
            .collect();
        let _ = writeln!(text, "# {purpose}\n{collection} = [{}]", members.join(", "));
    }
    text.push_str("# One provider each.\n");
    for (package, _) in tree.providers() {
        let _ = writeln!(text, "{} = [\"dep:{}\"]", package.feature(), package.name);
    }
    text
}

/// The providers among `[dependencies]`.
pub(super) fn dependencies(tree: &Tree) -> String {
    tree.providers().fold(String::new(), |mut text, (package, _)| {
        let _ = writeln!(text, "{} = {{ workspace = true, optional = true }}", package.name);
        text
    })
}

/// `bundled.rs`: a reference to every provider that is switched on, and the names of all.
///
/// # Errors
///
/// `rustfmt` is missing.
pub(super) fn bundled(tree: &Tree) -> Result<String> {
    let mut text = String::from(
        "//! The providers that the facade can bring; written by `cargo xtask codegen`.\n\n\
         use rooh_core::provider::{Descriptor, Kind};\n\n\
         use crate::names::Known;\n\n",
    );
    for (package, _) in tree.providers() {
        let (feature, module) = (package.feature(), package.name.replace('-', "_"));
        let name = feature.replace('-', "_");
        let _ = writeln!(text, "#[cfg(feature = \"{feature}\")]\npub use {module} as {name};");
    }
    text.push_str(
        "\n/// The providers that are switched on.\n///\n\
         /// Naming each of them here is what makes the linker keep it.\n\
         pub static BUNDLED: &[&Descriptor] = &[\n",
    );
    let registered = || tree.providers().filter(|(_, provider)| provider.kind != "transport");
    for (package, _) in registered() {
        let module = package.name.replace('-', "_");
        let _ = writeln!(text, "    #[cfg(feature = \"{}\")]\n    &{module}::DESCRIPTOR,", package.feature());
    }
    text.push_str("];\n\n/// The names that Rooh knows, and what to enable for each.\npub(crate) static KNOWN: &[Known] = &[\n");
    let mut known = BTreeSet::new();
    for (package, provider) in registered() {
        for name in std::iter::once(&provider.name).chain(&provider.variants) {
            known.insert((provider.kind.clone(), name.clone(), package.feature().to_owned()));
        }
    }
    let is_there = |feature: &str| tree.providers().any(|(package, _)| package.feature() == feature);
    for (feature, names) in tree.metadata.planned.iter().filter(|(feature, _)| !is_there(feature)) {
        let Some((kind, _)) = feature.split_once('-') else { continue };
        for name in names {
            let hint = format!("{feature} (planned; not in this version)");
            known.insert((kind.to_owned(), name.clone(), hint));
        }
    }
    for (kind, name, feature) in known {
        let kind = variant(&kind);
        let _ = writeln!(text, "    Known {{ kind: Kind::{kind}, name: {name:?}, feature: {feature:?} }},");
    }
    text.push_str("];\n");
    rustfmt(&tree.root, &text)
}

/// The variant of `Kind` for a kind as crates are named after it.
fn variant(kind: &str) -> String {
    let (first, rest) = kind.split_at(1);
    first.to_uppercase() + rest
}
