//! The table of features that the READMEs show.

use std::fmt::Write as _;

use crate::tree::Tree;

/// Kinds in the order in which a conversation passes them, and what people call them.
const KINDS: [(&str, &str); 7] = [
    ("vad", "notices speech"),
    ("stt", "listens"),
    ("turn", "judges pauses"),
    ("llm", "thinks"),
    ("tts", "speaks"),
    ("realtime", "hears and speaks"),
    ("transport", "connects"),
];

/// One row for each provider, then one for each collection.
pub(super) fn features(tree: &Tree) -> String {
    let mut text =
        String::from("| Feature | What it is | What it does | Needs |\n| --- | --- | --- | --- |\n");
    for (kind, does) in KINDS {
        for (package, provider) in tree.providers().filter(|(_, provider)| provider.kind == kind) {
            let needs = if provider.needs.is_empty() { "nothing" } else { &provider.needs };
            let _ = writeln!(text, "| `{}` | {} | {does} | {needs} |", package.feature(), provider.title);
        }
    }
    for (collection, purpose) in &tree.metadata.collections {
        let members: Vec<String> = tree
            .providers()
            .filter(|(_, provider)| provider.collections.contains(collection))
            .map(|(package, _)| format!("`{}`", package.feature()))
            .collect();
        if !members.is_empty() {
            let _ = writeln!(
                text,
                "| `{collection}` | {} | {} | |",
                members.join(", "),
                purpose.trim_end_matches('.')
            );
        }
    }
    text
}
