//! The contract of a provider, asked of its vendor.

use crate::shell::{Result, cargo, run};
use crate::tree::{ProviderMetadata, Tree};

/// Runs the contract suites over the providers of this name, or `name/model`, which talk to their
/// vendor.
///
/// # Errors
///
/// There is no provider of that name, or a sentence of its contract does not hold.
pub(crate) fn live(name: &str) -> Result {
    let tree = Tree::here()?;
    let wanted = name.split(['/', '?']).next().unwrap_or_default();
    let is_named = |provider: &ProviderMetadata| {
        provider.name == wanted && ["llm", "stt", "tts"].contains(&provider.kind.as_str())
    };
    let features: Vec<&str> = tree
        .providers()
        .filter(|(_, provider)| is_named(provider))
        .map(|(package, _)| package.feature())
        .collect();
    if features.is_empty() {
        return Err(format!("no language model, recognizer or voice is named {name:?}").into());
    }
    let mut test = cargo();
    test.current_dir(&tree.root).args(["test", "--package=rooh", "--test=live", "--features"]);
    test.arg(features.join(",")).args(["--", "--nocapture"]).env("ROOH_LIVE", name);
    run(&mut test)
}
