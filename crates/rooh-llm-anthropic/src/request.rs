//! What is asked, as the API wants it; no I/O.

use std::collections::BTreeMap;

use rooh_core::Result;
use rooh_core::llm::{LlmRequest, Message, ToolCall};
use serde_json::{Map, Value, json};

use crate::options::{AnthropicOptions, Cache};
use crate::thinking::{self, Thinking};

/// What stands for the user where a conversation begins with the agent, or with nobody: the API
/// wants somebody to be answered.
const BEGINS: &str = "<system>The conversation begins.</system>";
/// What stands for the user where the agent has spoken last. Most models refuse to go on with a
/// text of their own.
const GOES_ON: &str = "<system>Go on.</system>";

/// The body of `/v1/messages`; `None` if there is nothing to answer.
///
/// # Errors
///
/// [`ErrorKind::Config`](rooh_core::ErrorKind::Config) for options that the model would refuse.
pub(crate) fn body(
    request: &LlmRequest,
    options: &AnthropicOptions,
    thinking: Option<Thinking>,
    format: Option<Value>,
) -> Result<Option<Value>> {
    let system = request.system_prompt.trim();
    let Some(mut messages) = messages(&request.messages, !system.is_empty()) else { return Ok(None) };
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(options.model));
    body.insert("max_tokens".to_owned(), json!(options.max_tokens));
    body.insert("stream".to_owned(), json!(true));
    thinking::add(&mut body, options, thinking, format)?;
    let mut tools = tools(request);
    let mark = mark(options.cache);
    // The prefix that is kept goes from the tools over the system prompt to the messages, so that
    // one mark holds all that stands before it.
    if let Some(last) = tools.last_mut().filter(|_| system.is_empty()) {
        set(last, &mark);
    }
    if !tools.is_empty() {
        body.insert("tools".to_owned(), Value::Array(tools));
    }
    if !system.is_empty() {
        let mut prompt = text(system);
        set(&mut prompt, &mark);
        body.insert("system".to_owned(), json!([prompt]));
    }
    if let Some(last) = messages.last_mut().and_then(|turn| turn.blocks.last_mut()) {
        set(last, &mark);
    }
    let messages = messages.into_iter().map(|turn| json!({ "role": turn.role, "content": turn.blocks }));
    body.insert("messages".to_owned(), messages.collect());
    let more = [
        ("stop_sequences", options.stop.as_ref().map(|texts| json!(texts))),
        ("temperature", options.temperature.map(decimal)),
        ("top_k", options.top_k.map(|n| json!(n))),
        ("top_p", options.top_p.map(decimal)),
    ];
    body.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Ok(Some(Value::Object(body)))
}

fn mark(cache: Cache) -> Option<Value> {
    match cache {
        Cache::FiveMinutes => Some(json!({ "type": "ephemeral" })),
        Cache::Off => None,
        Cache::OneHour => Some(json!({ "type": "ephemeral", "ttl": "1h" })),
    }
}

fn set(block: &mut Value, mark: &Option<Value>) {
    if let Some(mark) = mark {
        block["cache_control"] = mark.clone();
    }
}

/// 0.7 as 0.7, and not as the 0.699999988079071 that it is in half of the digits.
fn decimal(value: f32) -> Value {
    json!(value.to_string().parse::<f64>().unwrap_or_default())
}

fn tools(request: &LlmRequest) -> Vec<Value> {
    let tools = request.tools.iter();
    tools
        .map(|tool| {
            json!({
                "name": tool.name,
                "description": tool.description,
                "input_schema": tool.parameters,
            })
        })
        .collect()
}

/// What one side says until the other does.
#[derive(Debug, PartialEq)]
struct Turn {
    role: &'static str,
    blocks: Vec<Value>,
}

/// The conversation in turns, of which the first and the last are the user's, without what is empty.
///
/// The results of tools stand right behind their calls, and before anything else that the user
/// says; a call without a result is left out, as is a result without its call.
fn messages(messages: &[Message], is_greeted: bool) -> Option<Vec<Turn>> {
    let mut results: BTreeMap<&str, (&Value, bool)> = BTreeMap::new();
    for message in messages {
        if let Message::ToolResult { id, output, failed, .. } = message {
            results.entry(id).or_insert((output, *failed));
        }
    }
    let mut turns = Vec::new();
    for message in messages {
        match message {
            Message::Assistant { text, calls, .. } => {
                say(&mut turns, "assistant", text);
                let answered =
                    calls.iter().filter_map(|call| Some((call, results.remove(call.id.as_str())?)));
                let (called, returned): (Vec<_>, Vec<_>) = answered
                    .map(|(call, (output, failed))| (called(call), returned(call, output, failed)))
                    .unzip();
                add(&mut turns, "assistant", called);
                add(&mut turns, "user", returned);
            }
            Message::System(text) if !text.trim().is_empty() => {
                say(&mut turns, "user", &format!("<system>{text}</system>"));
            }
            Message::User(text) => say(&mut turns, "user", text),
            _ => {}
        }
    }
    if turns.is_empty() && !is_greeted {
        return None;
    }
    if turns.first().is_none_or(|turn| turn.role == "assistant") {
        turns.insert(0, Turn { role: "user", blocks: vec![text(BEGINS)] });
    }
    if turns.last().is_some_and(|turn| turn.role == "assistant") {
        say(&mut turns, "user", GOES_ON);
    }
    Some(turns)
}

fn say(turns: &mut Vec<Turn>, role: &'static str, words: &str) {
    if !words.trim().is_empty() {
        add(turns, role, vec![text(words)]);
    }
}

fn add(turns: &mut Vec<Turn>, role: &'static str, blocks: Vec<Value>) {
    match turns.last_mut() {
        _ if blocks.is_empty() => {}
        Some(turn) if turn.role == role => turn.blocks.extend(blocks),
        _ => turns.push(Turn { role, blocks }),
    }
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn called(call: &ToolCall) -> Value {
    json!({ "type": "tool_use", "id": id(call), "name": call.name, "input": call.arguments })
}

fn returned(call: &ToolCall, output: &Value, failed: bool) -> Value {
    let content = match output {
        Value::String(text) => text.clone(),
        output => output.to_string(),
    };
    let mut block = json!({ "type": "tool_result", "tool_use_id": id(call) });
    if failed {
        block["is_error"] = json!(true);
    }
    match content.trim().is_empty() {
        // An error without a word is refused.
        true if failed => block["content"] = json!("failed"),
        true => {}
        false => block["content"] = json!(content),
    }
    block
}

/// The id of a call in the letters that the API allows: it may be that of another vendor.
fn id(call: &ToolCall) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    call.id.chars().map(|c| if allowed(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use rooh_core::ErrorKind;
    use rooh_core::tool::ToolSpec;

    use super::*;
    use crate::options::{ApiVersion, Think};

    fn call(id: &str) -> ToolCall {
        ToolCall { id: id.to_owned(), name: "weather".to_owned(), arguments: json!({ "city": "Rome" }) }
    }

    fn says(text: &str, ids: &[&str]) -> Message {
        Message::Assistant {
            text: text.to_owned(),
            calls: ids.iter().map(|id| call(id)).collect(),
            interrupted: false,
        }
    }

    fn result(id: &str, output: Value, failed: bool) -> Message {
        Message::ToolResult { id: id.to_owned(), name: "weather".to_owned(), output, failed }
    }

    #[track_caller]
    fn check(given: Vec<Message>, expected: Value) {
        let turns = messages(&given, true).unwrap();
        let turns: Value =
            turns.into_iter().map(|turn| json!({ "role": turn.role, "content": turn.blocks })).collect();
        assert_eq!(turns, expected);
    }

    #[test]
    fn a_conversation_becomes_turns_of_two_sides() {
        let used = |id: &str| json!({ "type": "tool_use", "id": id, "name": "weather", "input": { "city": "Rome" } });
        check(
            vec![
                Message::user("weather in Rome?"),
                says("Let me look.", &["a", "b:1"]),
                Message::user("quick"),
                result("b:1", json!({ "n": 1 }), false),
                result("a", json!("no line"), true),
                Message::System("It is late.".to_owned()),
                says("It is", &[]),
                says(" ", &[]),
                Message::user(""),
                says("warm.", &["lost"]),
                result("nobody", json!(1), false),
                Message::user("Thanks."),
            ],
            json!([
                { "role": "user", "content": [text("weather in Rome?")] },
                { "role": "assistant", "content": [text("Let me look."), used("a"), used("b_1")] },
                { "role": "user", "content": [
                    { "type": "tool_result", "tool_use_id": "a", "content": "no line", "is_error": true },
                    { "type": "tool_result", "tool_use_id": "b_1", "content": "{\"n\":1}" },
                    text("quick"),
                    text("<system>It is late.</system>"),
                ] },
                { "role": "assistant", "content": [text("It is"), text("warm.")] },
                { "role": "user", "content": [text("Thanks.")] },
            ]),
        );
    }

    #[test]
    fn the_user_begins_and_is_answered() {
        let (begins, goes_on) = (text(BEGINS), text(GOES_ON));
        check(vec![], json!([{ "role": "user", "content": [begins] }]));
        check(
            vec![says("Hello.", &[])],
            json!([
                { "role": "user", "content": [begins] },
                { "role": "assistant", "content": [text("Hello.")] },
                { "role": "user", "content": [goes_on] },
            ]),
        );
        assert_eq!(messages(&[Message::user(" ")], false), None);
    }

    #[test]
    fn a_result_without_a_word_is_one_nevertheless() {
        let blocks = [false, true].map(|failed| returned(&call("a"), &json!(" "), failed));
        assert_eq!(blocks[0], json!({ "type": "tool_result", "tool_use_id": "a" }));
        let failed =
            json!({ "type": "tool_result", "tool_use_id": "a", "is_error": true, "content": "failed" });
        assert_eq!(blocks[1], failed);
    }

    fn asked(options: &AnthropicOptions, system: &str) -> Value {
        let request = LlmRequest {
            messages: vec![Message::user("Hi")],
            system_prompt: system.to_owned(),
            tools: vec![
                ToolSpec::new("weather", "Says the weather."),
                ToolSpec::new("clock", "Says the time."),
            ],
            ..LlmRequest::default()
        };
        body(&request, options, Thinking::of(&options.model), None).unwrap().unwrap()
    }

    #[test]
    fn only_what_is_set_is_sent() {
        let mut options = AnthropicOptions { cache: Cache::Off, ..AnthropicOptions::model("m") };
        let schema = json!({ "type": "object", "properties": {} });
        assert_eq!(
            asked(&options, ""),
            json!({
                "model": "m", "max_tokens": 4096, "stream": true,
                "tools": [
                    { "name": "weather", "description": "Says the weather.", "input_schema": schema },
                    { "name": "clock", "description": "Says the time.", "input_schema": schema },
                ],
                "messages": [{ "role": "user", "content": [{ "type": "text", "text": "Hi" }] }],
            })
        );
        options.stop = Some(vec!["END".to_owned()]);
        options.temperature = Some(0.7);
        options.top_k = Some(4);
        assert_eq!(options.check().unwrap_err().kind(), ErrorKind::Config);
        options.api_version = ApiVersion::V20230601;
        options.think = Think::On;
        options.check().unwrap();
        let body = asked(&options, "");
        assert_eq!((&body["temperature"], &body["top_k"]), (&json!(0.7), &json!(4)));
        assert_eq!(
            (&body["stop_sequences"], &body["thinking"]),
            (&json!(["END"]), &json!({ "type": "adaptive" }))
        );
    }

    #[test]
    fn what_stays_the_same_is_marked() {
        let mut options = AnthropicOptions::model("m");
        let ephemeral = json!({ "type": "ephemeral" });
        let body = asked(&options, " Be brief. ");
        assert_eq!(
            body["system"],
            json!([{ "type": "text", "text": "Be brief.", "cache_control": ephemeral }])
        );
        assert_eq!(body["messages"][0]["content"][0]["cache_control"], ephemeral);
        assert!(body["tools"].as_array().unwrap().iter().all(|tool| tool.get("cache_control").is_none()));
        options.cache = Cache::OneHour;
        let body = asked(&options, "");
        assert!(body["tools"][0].get("cache_control").is_none() && body.get("system").is_none());
        assert_eq!(body["tools"][1]["cache_control"], json!({ "type": "ephemeral", "ttl": "1h" }));
    }
}
