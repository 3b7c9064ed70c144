//! What Anthropic has kept of the requests before: beginnings that a mark ends.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::check;

/// What is shorter is not kept, in tokens.
const SHORTEST: usize = 1_024;
/// How many bytes of a request are a token.
const TOKEN: usize = 4;

/// What of a request was kept already, and what is from now on, as the `usage` of its answer.
pub(crate) fn used(kept: &mut BTreeSet<String>, body: &Value) -> Value {
    let tools = body["tools"].as_array().into_iter().flatten().cloned();
    let system = match &body["system"] {
        Value::Array(blocks) => blocks.clone(),
        Value::Null => Vec::new(),
        text => vec![json!({ "type": "text", "text": text })],
    };
    let messages = body["messages"].as_array().into_iter().flatten().flat_map(check::content);
    let (mut beginning, mut read, mut marked) = (String::new(), 0, 0);
    let mut marks = Vec::new();
    for mut block in tools.chain(system).chain(messages) {
        let mark = block.as_object_mut().and_then(|block| block.remove("cache_control"));
        beginning += &block.to_string();
        let tokens = beginning.len() / TOKEN;
        if kept.contains(&beginning) {
            read = tokens;
        }
        if mark.is_some() && tokens >= SHORTEST {
            marked = tokens;
            marks.push(beginning.clone());
        }
    }
    kept.extend(marks);
    let written = marked.saturating_sub(read);
    json!({
        "input_tokens": beginning.len() / TOKEN - read - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "service_tier": "standard",
    })
}
