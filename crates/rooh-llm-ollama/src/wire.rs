//! What goes over the wire, as plain types and pure functions; no I/O.

use std::collections::BTreeSet;

use rooh_core::llm::{LlmRequest, Message, StopReason, ToolCall, Usage};
use rooh_core::{Error, ErrorKind, Result};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Map, Value, json};

use crate::options::{OllamaOptions, Think};

/// What a model can do, as `/api/show` tells it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Abilities {
    /// Whether it can think before it speaks.
    pub(crate) thinks: bool,
    /// Whether it cannot be kept from it, and only takes levels.
    pub(crate) always_thinks: bool,
}

impl Abilities {
    pub(crate) fn read(show: &Value) -> Self {
        let has =
            |name: &str| show["capabilities"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        let family = |value: &Value| value.as_str().is_some_and(|name| matches!(name, "gptoss" | "gpt-oss"));
        let always_thinks =
            family(&show["model_info"]["general.architecture"]) || family(&show["details"]["family"]);
        Self { thinks: has("thinking") || always_thinks, always_thinks }
    }

    /// The value of `think`; a model that does not know the word refuses it.
    fn think(self, asked: Think) -> Option<Value> {
        match asked {
            Think::Off if self.always_thinks => Some(json!("low")),
            Think::Off => self.thinks.then_some(json!(false)),
            Think::On => Some(if self.always_thinks { json!("medium") } else { json!(true) }),
            Think::Low => Some(json!("low")),
            Think::Medium => Some(json!("medium")),
            Think::High => Some(json!("high")),
            Think::Max => Some(json!("max")),
        }
    }
}

/// The body of `/api/chat`; `None` if there is nothing to answer.
pub(crate) fn chat(
    request: &LlmRequest,
    options: &OllamaOptions,
    format: Option<Value>,
    abilities: Abilities,
) -> Option<Value> {
    let messages = messages(request);
    if messages.is_empty() {
        return None;
    }
    let mut body = common(options);
    body.insert("messages".to_owned(), Value::Array(messages));
    body.insert("stream".to_owned(), json!(true));
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|tool| {
            json!({
                "type": "function",
                "function": {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                },
            })
        });
        body.insert("tools".to_owned(), tools.collect());
    }
    body.extend(format.map(|format| ("format".to_owned(), format)));
    body.extend(abilities.think(options.think).map(|think| ("think".to_owned(), think)));
    Some(Value::Object(body))
}

/// The body of a request without messages, which makes the server load the model.
pub(crate) fn preload(options: &OllamaOptions) -> Value {
    let mut body = common(options);
    body.insert("messages".to_owned(), json!([]));
    body.insert("stream".to_owned(), json!(false));
    Value::Object(body)
}

/// What loading and chatting have to agree in, or else the model is loaded twice.
fn common(options: &OllamaOptions) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(options.model));
    body.extend(options.keep_alive.as_ref().map(|time| ("keep_alive".to_owned(), time.of_api())));
    let of_model = options.of_model();
    if !of_model.is_empty() {
        body.insert("options".to_owned(), Value::Object(of_model));
    }
    body
}

fn messages(request: &LlmRequest) -> Vec<Value> {
    let mut all = Vec::new();
    if !request.system_prompt.is_empty() {
        all.push(json!({ "role": "system", "content": request.system_prompt }));
    }
    for message in &request.messages {
        match message {
            Message::Assistant { text, calls, .. } if text.is_empty() && calls.is_empty() => {}
            Message::Assistant { text, calls, .. } => {
                let mut said = json!({ "role": "assistant", "content": text });
                if !calls.is_empty() {
                    said["tool_calls"] = calls.iter().enumerate().map(called).collect();
                }
                all.push(said);
            }
            Message::System(text) => all.push(json!({ "role": "system", "content": text })),
            Message::ToolResult { id, name, output, failed } => {
                let content = match output {
                    output if *failed => json!({ "error": output }).to_string(),
                    Value::String(text) => text.clone(),
                    output => output.to_string(),
                };
                all.push(
                    json!({ "role": "tool", "tool_name": name, "tool_call_id": id, "content": content }),
                );
            }
            Message::User(text) if text.is_empty() => {}
            Message::User(text) => all.push(json!({ "role": "user", "content": text })),
            _ => {}
        }
    }
    all
}

fn called((index, call): (usize, &ToolCall)) -> Value {
    json!({
        "id": call.id,
        "function": { "index": index, "name": call.name, "arguments": call.arguments },
    })
}

/// One line of the answer of `/api/chat`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Line {
    done: bool,
    done_reason: Option<String>,
    pub(crate) error: Option<String>,
    eval_count: Option<u64>,
    message: Option<Said>,
    prompt_eval_count: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    content: Option<String>,
    tool_calls: Option<Vec<Call>>,
}

#[derive(Debug, Deserialize)]
struct Call {
    #[serde(default)]
    id: Option<String>,
    function: Function,
}

#[derive(Debug, Deserialize)]
struct Function {
    name: String,
    #[serde(default)]
    arguments: Value,
}

/// Reads one line; the error says where it is wrong, and not what was said there.
pub(crate) fn read<T: DeserializeOwned>(line: &str) -> Result<T> {
    let wrong = |column: usize| {
        Error::new(ErrorKind::Protocol, "Ollama sent a line that its protocol does not know")
            .with("column", column)
            .with("bytes", line.len())
    };
    if !line.starts_with('{') {
        return Err(wrong(1));
    }
    serde_json::from_str(line).map_err(|error| match error.classify() {
        Category::Eof => ended_early(),
        _ => wrong(error.column()),
    })
}

/// The connection was closed as if all had been said, which it had not.
pub(crate) fn ended_early() -> Error {
    Error::new(ErrorKind::Network, "the answer of Ollama ended in its middle").with("cause", "broken")
}

impl Line {
    /// The next piece of the reply; what the model thinks is none.
    pub(crate) fn take_text(&mut self) -> Option<String> {
        self.message.as_mut()?.content.take().filter(|text| !text.is_empty())
    }

    fn take_calls(&mut self) -> Vec<Call> {
        self.message.as_mut().and_then(|said| said.tool_calls.take()).unwrap_or_default()
    }

    /// Why the reply is over, if this is its last line.
    pub(crate) fn stopped(&self, called: bool) -> Option<StopReason> {
        self.done.then_some(match self.done_reason.as_deref() {
            _ if called => StopReason::Tools,
            Some("length") => StopReason::Length,
            _ => StopReason::Finished,
        })
    }

    pub(crate) fn usage(&self) -> Option<Usage> {
        if self.eval_count.is_none() && self.prompt_eval_count.is_none() {
            return None;
        }
        let (input, output) = (self.prompt_eval_count.unwrap_or(0), self.eval_count.unwrap_or(0));
        Some(Usage { cached: 0, input, output })
    }
}

/// Gives every call of a session an id of its own: older servers send none.
#[derive(Debug)]
pub(crate) struct Calls {
    used: BTreeSet<String>,
    turn: usize,
    count: usize,
}

impl Calls {
    pub(crate) fn new(request: &LlmRequest) -> Self {
        let used = request.messages.iter().flat_map(|message| match message {
            Message::Assistant { calls, .. } => calls.as_slice(),
            _ => &[],
        });
        let used = used.map(|call| call.id.clone()).collect();
        Self { used, turn: request.messages.len(), count: 0 }
    }

    /// The calls of one line.
    pub(crate) fn read(&mut self, line: &mut Line) -> Result<Vec<ToolCall>> {
        line.take_calls().into_iter().map(|call| self.call(call)).collect()
    }

    /// Whether there was any.
    pub(crate) fn any(&self) -> bool {
        self.count > 0
    }

    fn call(&mut self, Call { id, function: Function { name, arguments } }: Call) -> Result<ToolCall> {
        let arguments = match arguments {
            Value::Null => json!({}),
            Value::String(text) if text.trim().is_empty() => json!({}),
            // Servers that translate from another API leave the text as it is there.
            Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
            arguments => arguments,
        };
        if !arguments.is_object() {
            return Err(Error::new(
                ErrorKind::Protocol,
                "Ollama sent arguments of a tool that are no object",
            )
            .with("tool", format!("{name:?}")));
        }
        let own = id.filter(|id| !id.is_empty() && !self.used.contains(id));
        // No two requests of a session with calls have a history of the same length.
        let id = own.unwrap_or_else(|| format!("ollama-{}-{}", self.turn, self.count));
        self.count += 1;
        self.used.insert(id.clone());
        Ok(ToolCall { id, name, arguments })
    }
}

/// A model that an Ollama has.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default)]
#[non_exhaustive]
pub struct Model {
    /// Its name with its tag, for example `qwen3:4b`.
    pub name: String,
    /// Its size on disk, in bytes.
    pub size: u64,
}

/// The answer of `/api/tags`.
#[derive(Debug, Deserialize)]
pub(crate) struct Tags {
    pub(crate) models: Option<Vec<Model>>,
}

/// The name with its tag: without one it is `latest`.
pub(crate) fn tagged(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.contains(':') { name.to_owned() } else { format!("{name}:latest") }
}

#[cfg(test)]
mod tests {
    use rooh_core::tool::ToolSpec;

    use super::*;

    fn request() -> LlmRequest {
        LlmRequest {
            system_prompt: "Be brief.".to_owned(),
            messages: vec![
                Message::user("weather in Rome?"),
                Message::Assistant {
                    text: String::new(),
                    calls: vec![ToolCall {
                        id: "c1".to_owned(),
                        name: "weather".to_owned(),
                        arguments: json!({ "city": "Rome" }),
                    }],
                    interrupted: false,
                },
                Message::ToolResult {
                    id: "c1".to_owned(),
                    name: "weather".to_owned(),
                    output: json!("21 C"),
                    failed: false,
                },
                Message::ToolResult {
                    id: "c2".to_owned(),
                    name: "weather".to_owned(),
                    output: json!("no line"),
                    failed: true,
                },
                Message::assistant(""),
                Message::System("It is late.".to_owned()),
            ],
            ..LlmRequest::default()
        }
    }

    #[test]
    fn a_conversation_becomes_the_messages_of_the_api() {
        let body = chat(&request(), &OllamaOptions::model("m"), None, Abilities::default()).unwrap();
        assert_eq!(
            body,
            json!({
                "model": "m",
                "stream": true,
                "messages": [
                    { "role": "system", "content": "Be brief." },
                    { "role": "user", "content": "weather in Rome?" },
                    { "role": "assistant", "content": "", "tool_calls": [
                        { "id": "c1", "function": { "index": 0, "name": "weather", "arguments": { "city": "Rome" } } },
                    ] },
                    { "role": "tool", "tool_name": "weather", "tool_call_id": "c1", "content": "21 C" },
                    { "role": "tool", "tool_name": "weather", "tool_call_id": "c2", "content": "{\"error\":\"no line\"}" },
                    { "role": "system", "content": "It is late." },
                ],
            })
        );
    }

    #[test]
    fn only_what_is_set_is_sent() {
        let options = OllamaOptions {
            keep_alive: Some(crate::KeepAlive::Duration("30m".to_owned())),
            max_tokens: Some(200),
            temperature: Some(0.7),
            stop: Some(vec!["END".to_owned()]),
            ..OllamaOptions::model("m")
        };
        let mut request = request();
        request.tools = vec![ToolSpec::new("weather", "Says the weather.")];
        let body = chat(&request, &options, Some(json!("json")), Abilities::default()).unwrap();
        assert_eq!(body["keep_alive"], "30m");
        assert_eq!(body["options"], json!({ "num_predict": 200, "stop": ["END"], "temperature": 0.7 }));
        assert_eq!(body["format"], "json");
        assert_eq!(body["tools"][0]["function"]["name"], "weather");
        assert!(body.get("think").is_none());
        assert_eq!(preload(&options)["options"], body["options"]);
        assert!(chat(&LlmRequest::default(), &options, None, Abilities::default()).is_none());
    }

    #[test]
    fn thinking_is_off_where_a_model_allows_it_and_not_mentioned_where_it_cannot() {
        let plain = Abilities::read(&json!({ "capabilities": ["completion", "tools"] }));
        let thinking = Abilities::read(&json!({ "capabilities": ["completion", "thinking"] }));
        let stubborn = Abilities::read(&json!({
            "capabilities": ["thinking"], "model_info": { "general.architecture": "gptoss" },
        }));
        assert_eq!(plain.think(Think::Off), None);
        assert_eq!(thinking.think(Think::Off), Some(json!(false)));
        assert_eq!(stubborn.think(Think::Off), Some(json!("low")));
        assert_eq!(thinking.think(Think::On), Some(json!(true)));
        assert_eq!(stubborn.think(Think::On), Some(json!("medium")));
        assert_eq!(thinking.think(Think::High), Some(json!("high")));
    }

    #[test]
    fn calls_get_ids_of_their_own() {
        let mut calls = Calls::new(&request());
        let line = r#"{"message":{"tool_calls":[
            {"id":"c1","function":{"name":"a","arguments":{}}},
            {"function":{"name":"b"}},
            {"id":"x","function":{"name":"c","arguments":"{\"n\":1}"}},
            {"id":"x","function":{"name":"c","arguments":null}}]}}"#;
        let found = calls.read(&mut read(line).unwrap()).unwrap();
        let ids: Vec<&str> = found.iter().map(|call| call.id.as_str()).collect();
        assert_eq!(ids, ["ollama-6-0", "ollama-6-1", "x", "ollama-6-3"]);
        assert_eq!(found[2].arguments, json!({ "n": 1 }));
        assert!(found.iter().all(|call| call.arguments.is_object()));
        for wrong in ["[1]", "7", "\"Rome\""] {
            let line = format!(
                r#"{{"message":{{"tool_calls":[{{"function":{{"name":"a","arguments":{wrong}}}}}]}}}}"#
            );
            let error = calls.read(&mut read(&line).unwrap()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol);
        }
    }

    #[test]
    fn a_line_that_is_no_message_is_refused_and_not_repeated() {
        let wrong = ["", "hidden", "[]", "{\"done\":\"hidden\"}", "{\"message\":{\"content\":}"];
        let wrong = wrong.map(|line| (line, ErrorKind::Protocol));
        for (line, kind) in
            wrong.into_iter().chain([("{\"message\":{\"content\":\"hidden", ErrorKind::Network)])
        {
            let error = read::<Line>(line).unwrap_err();
            assert_eq!(error.kind(), kind, "{line}");
            assert!(!error.to_string().contains("hidden"), "{error}");
        }
        let unknown = r#"{"remote_host":"x","message":{"role":"assistant","thinking":"hm"}}"#;
        let mut unknown: Line = read(unknown).unwrap();
        assert_eq!((unknown.take_text(), unknown.stopped(false)), (None, None));
    }

    #[test]
    fn a_name_without_a_tag_is_the_latest() {
        assert_eq!(tagged("qwen3"), "qwen3:latest");
        assert_eq!(tagged("qwen3:4b"), "qwen3:4b");
        assert_eq!(tagged("host:5000/me/qwen3"), "host:5000/me/qwen3:latest");
    }
}
