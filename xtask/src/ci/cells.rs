//! The cells of the matrix: which of them build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Outcome;
use super::steps::here;
use crate::matrix::{self, Cell, What};
use crate::shell::{Result, capture, cargo, run, succeeds, which};
use crate::tree::Tree;

/// Features one by one; all cells share the target directory of the workspace.
pub(super) fn features(tree: &Tree) -> Result<Outcome> {
    for Cell { name, what } in matrix::cells(tree) {
        if let What::Check(arguments) = what {
            println!("{name}");
            run(here(tree).args(["check", "--quiet"]).args(arguments))?;
        }
    }
    Ok(Outcome::Passed)
}

/// The oldest versions that our requirements allow, and the oldest Rust that we promise.
pub(super) fn oldest(tree: &Tree) -> Result<Outcome> {
    let mut missing = Vec::new();
    for Cell { what, .. } in matrix::cells(tree) {
        match what {
            What::OldestDependencies => {
                // Only a nightly Cargo can look for the oldest versions; the build takes ours.
                if succeeds(Command::new("rustup").args(["run", "nightly", "cargo", "--version"])) {
                    oldest_dependencies(tree)?;
                } else {
                    missing.push("a nightly Cargo".to_owned());
                }
            }
            What::OldestRust(rust) => {
                let toolchain = format!("+{rust}");
                if succeeds(Command::new("rustup").args(["run", &rust, "cargo", "--version"])) {
                    let target = tree.root.join("target").join(format!("rust-{rust}"));
                    let command = &mut Command::new("cargo");
                    command.args([&toolchain, "check", "--workspace", "--target-dir"]).arg(target);
                    run(command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN").current_dir(&tree.root))?;
                } else {
                    missing.push(format!("Rust {rust}"));
                }
            }
            _ => {}
        }
    }
    Ok(if missing.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Skipped(format!("{} is not installed", missing.join(", ")))
    })
}

pub(super) fn wasm(tree: &Tree) -> Result<Outcome> {
    let target = "wasm32-unknown-unknown";
    let sysroot = capture(Command::new("rustc").args(["--print", "sysroot"]).current_dir(&tree.root))?;
    if !Path::new(sysroot.trim()).join("lib/rustlib").join(target).is_dir() {
        return Ok(Outcome::Skipped(format!("the target {target} is not installed")));
    }
    for Cell { what, .. } in matrix::cells(tree) {
        if let What::WebAssembly(package) = what {
            run(here(tree).args(["check", "--package", &package, "--target", target]))?;
        }
    }
    Ok(Outcome::Passed)
}

/// Checks a copy of the workspace with the oldest versions of what it asks for.
fn oldest_dependencies(tree: &Tree) -> Result {
    let copy = copy(tree, "oldest")?;
    let command = &mut Command::new("cargo");
    command.args(["+nightly", "update", "--quiet", "-Z", "direct-minimal-versions"]);
    run(command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN").current_dir(&copy))?;
    let target = tree.root.join("target/oldest");
    run(cargo().args(["check", "--workspace", "--target-dir"]).arg(target).current_dir(&copy))
}

/// A copy of what is, or could be, committed; in the target directory, which Git ignores.
pub(super) fn copy(tree: &Tree, name: &str) -> Result<PathBuf> {
    let copy = tree.root.join("target/xtask").join(name);
    if which("git").is_none() {
        return Err("git is missing".into());
    }
    let _ = fs::remove_dir_all(&copy);
    for file in tree.files()? {
        let to = copy.join(&file);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(tree.root.join(&file), to)?;
    }
    Ok(copy)
}
