//! Clients that vendors publish, with which tests certify our fakes: brought once, kept in the
//! target directory.

use std::process::Command;

use crate::packages::Brought;
use crate::shell::{Result, run, which};
use crate::tree::Tree;

/// Each vendor whose client is a package of Python, and the folder that shows that it is there.
///
/// What is brought stands, pinned, in `crates/rooh-testkit/clients/<vendor>.txt`.
const CLIENTS: &[(&str, &str)] = &[
    ("anthropic", "anthropic-2.11.0.dist-info"),
    ("bedrock", "boto3-1.44.5.dist-info"),
    ("gemini", "google_genai-3.4.0.dist-info"),
    ("ollama", "ollama-0.6.3.dist-info"),
    ("openai", "openai-3.52.0.dist-info"),
];

/// Brings the clients to `target/clients/<vendor>`, through pip.
///
/// # Errors
///
/// What was brought is not the version that is wanted.
pub(crate) fn bring(tree: &Tree) -> Result<Brought> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| tree.root.join("target"), Into::into);
    for (vendor, shown_by) in CLIENTS {
        let folder = target.join("clients").join(vendor);
        if folder.join(shown_by).is_dir() {
            continue;
        }
        let pins = tree.root.join(format!("crates/rooh-testkit/clients/{vendor}.txt"));
        let by_hand = format!("python3 -m pip install --target {} -r {}", folder.display(), pins.display());
        // The same interpreter as in the test: some packages are built for one version alone.
        let Some(python) = which("python3") else {
            return Ok(Brought::Missing(format!("there is no python3: {by_hand}")));
        };
        if folder.exists() {
            // Another version, or half of one.
            std::fs::remove_dir_all(&folder)?;
        }
        let mut install = Command::new(python);
        install.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]);
        install.args(["--only-binary=:all:", "--target"]).arg(&folder).arg("-r").arg(&pins);
        if let Err(error) = run(&mut install) {
            // A machine without a package index still runs the rest.
            return Ok(Brought::Missing(format!("{error}; by hand: {by_hand}")));
        }
        if !folder.join(shown_by).is_dir() {
            return Err(format!("{} does not hold {shown_by}", folder.display()).into());
        }
    }
    Ok(Brought::All)
}
