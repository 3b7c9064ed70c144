//! The combinations that have to build, read from the manifests: nobody lists providers by hand.

use crate::layers::{self, Layer};
use crate::tree::Tree;

/// One combination.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Cell {
    pub(crate) name: String,
    pub(crate) what: What,
}

/// What a cell is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum What {
    /// `cargo check` with these arguments, in the shared target directory.
    Check(Vec<String>),
    /// `cargo check` of the workspace with the oldest versions that its requirements allow.
    OldestDependencies,
    /// `cargo check` of the workspace with the oldest Rust that it promises.
    OldestRust(String),
    /// `cargo check` of a pure crate for WebAssembly.
    WebAssembly(String),
}

/// The cells of a workspace.
pub(crate) fn cells(tree: &Tree) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut cell = |name: String, what| cells.push(Cell { name, what });
    let facade = |arguments: &[&str]| {
        let all = ["--package=rooh", "--no-default-features"].iter().chain(arguments);
        What::Check(all.map(ToString::to_string).collect())
    };
    cell("no feature".to_owned(), facade(&[]));
    let own = tree.packages.iter().find(|package| package.name == "rooh");
    for feature in own.iter().flat_map(|package| package.features.keys()).filter(|name| *name != "default") {
        cell(format!("feature {feature}"), facade(&["--features", feature]));
    }
    cell("all features".to_owned(), facade(&["--all-features"]));
    for package in tree.packages.iter().filter(|package| package.name != "rooh") {
        let is_optional = package.features.keys().any(|name| name != "default");
        if is_optional {
            let bare = ["--no-default-features".to_owned(), format!("--package={}", package.name)];
            cell(format!("{} without features", package.name), What::Check(bare.to_vec()));
        }
    }
    cell("oldest dependencies".to_owned(), What::OldestDependencies);
    if let Some(rust) = own.and_then(|package| package.rust_version.clone()) {
        cell(format!("oldest Rust, {rust}"), What::OldestRust(rust));
    }
    for package in &tree.packages {
        if layers::layer(&package.name, "") == Some(Layer::Pure) {
            cell(format!("{} for WebAssembly", package.name), What::WebAssembly(package.name.clone()));
        }
    }
    cells
}

/// Prints the cells, one a line.
pub(crate) fn print(tree: &Tree) {
    for Cell { name, what } in cells(tree) {
        match what {
            What::Check(arguments) => println!("{name}: cargo check {}", arguments.join(" ")),
            What::OldestDependencies => {
                println!("{name}: cargo update -Z direct-minimal-versions, cargo check")
            }
            What::OldestRust(rust) => println!("{name}: cargo +{rust} check --workspace"),
            What::WebAssembly(package) => {
                println!("{name}: cargo check --package={package} --target=wasm32-unknown-unknown");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_of_the_facade_has_a_cell_of_its_own() {
        let tree = Tree::here().unwrap();
        let names: Vec<String> = cells(&tree).into_iter().map(|cell| cell.name).collect();
        for (package, _) in tree.providers() {
            assert!(names.contains(&format!("feature {}", package.feature())), "{names:?}");
        }
        for name in ["no feature", "all features", "oldest dependencies", "rooh-floor for WebAssembly"] {
            assert!(names.iter().any(|other| other == name), "{names:?}");
        }
    }
}
