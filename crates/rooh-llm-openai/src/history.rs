//! A conversation as both APIs want it: no call without its result, and no result elsewhere.

use std::collections::BTreeMap;

use rooh_core::llm::{LlmRequest, Message, ToolCall};
use serde_json::{Value, json};

/// One entry of a conversation.
#[derive(Debug, PartialEq)]
pub(crate) enum Entry<'a> {
    /// What the agent said, and the tools that it called then, each with what it returned.
    Assistant(&'a str, Vec<(&'a ToolCall, String)>),
    System(&'a str),
    User(&'a str),
}

/// The conversation of `request` without what is empty.
///
/// Both APIs refuse a conversation in which a call is not answered at once, so a result follows its
/// call, and a call that has none is left out.
pub(crate) fn entries(request: &LlmRequest) -> Vec<Entry<'_>> {
    let mut results: BTreeMap<&str, String> = BTreeMap::new();
    for message in &request.messages {
        if let Message::ToolResult { id, output, failed, .. } = message {
            results.entry(id).or_insert_with(|| told(output, *failed));
        }
    }
    let mut entries = Vec::new();
    for message in &request.messages {
        match message {
            Message::Assistant { text, calls, .. } => {
                let calls: Vec<_> =
                    calls.iter().filter_map(|call| Some((call, results.remove(call.id.as_str())?))).collect();
                if !text.is_empty() || !calls.is_empty() {
                    entries.push(Entry::Assistant(text, calls));
                }
            }
            Message::System(text) if !text.is_empty() => entries.push(Entry::System(text)),
            Message::User(text) if !text.is_empty() => entries.push(Entry::User(text)),
            _ => {}
        }
    }
    entries
}

/// What a model is told of what a tool returned.
fn told(output: &Value, failed: bool) -> String {
    match output {
        output if failed => json!({ "error": output }).to_string(),
        Value::String(text) => text.clone(),
        output => output.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_followed_by_its_result_and_left_out_without_one() {
        let call = |id: &str| ToolCall { id: id.to_owned(), name: "look".to_owned(), arguments: json!({}) };
        let calls = vec![call("a"), call("b"), call("c")];
        let result = |id: &str, output: Value, failed| Message::ToolResult {
            id: id.to_owned(),
            name: "look".to_owned(),
            output,
            failed,
        };
        let request = LlmRequest {
            messages: vec![
                Message::user(""),
                Message::Assistant { text: String::new(), calls: calls.clone(), interrupted: true },
                result("c", json!("gone"), true),
                Message::user("and?"),
                result("a", json!({ "n": 1 }), false),
                result("nobody", json!(1), false),
                Message::Assistant { text: String::new(), calls: vec![call("d")], interrupted: true },
                Message::Assistant { text: "So".to_owned(), calls: vec![call("d")], interrupted: true },
                Message::System("It is late.".to_owned()),
            ],
            ..LlmRequest::default()
        };
        assert_eq!(
            entries(&request),
            [
                Entry::Assistant(
                    "",
                    vec![(&calls[0], "{\"n\":1}".to_owned()), (&calls[2], "{\"error\":\"gone\"}".to_owned()),],
                ),
                Entry::User("and?"),
                Entry::Assistant("So", vec![]),
                Entry::System("It is late."),
            ]
        );
    }
}
