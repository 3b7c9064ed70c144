//! Chat Completions, in all dialects.

use serde_json::{Value, json};

use super::{OpenAi, OpenAiDialect, Reply, TIME, check, in_threes};
use crate::fakes::{Answer, Call, Records, event};

const ID: &str = "chatcmpl-fake";

pub(super) async fn answer(call: Call<OpenAi>) -> Answer {
    let body = call.seen.body.clone();
    let dialect = call.vendor().dialect;
    let found = call.vendor().find(body["model"].as_str().unwrap_or_default());
    if let Err(refusal) = found.and_then(|model| check::chat(&body, &model, dialect)) {
        return refusal;
    }
    let reply = reply(&body);
    if body["stream"] != json!(true) {
        return Answer::json(200, &whole(&body, &reply));
    }
    let chunks =
        Chunks { asks_usage: body["stream_options"]["include_usage"] == json!(true), body, dialect, reply };
    let error = |text: &str| {
        let error = json!({ "message": text, "type": "server_error", "param": null, "code": null });
        event(None, &json!({ "error": error }).to_string())
    };
    call.stream(Records::events(chunks.all()).error(error)).await.header("x-request-id", "req_fake")
}

fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        parts => parts.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str()).collect(),
    }
}

fn reply(body: &Value) -> Reply {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let results = messages.iter().rev().take_while(|message| message["role"] == "tool");
    let results: Vec<String> = results.map(|message| text(&message["content"])).collect();
    let results: Vec<&str> = results.iter().map(String::as_str).collect();
    let last = messages
        .last()
        .map(|message| (message["role"].as_str().unwrap_or_default(), text(&message["content"])));
    let tools = body["tools"].as_array().into_iter().flatten();
    let tools: Vec<&str> = tools.filter_map(|tool| tool["function"]["name"].as_str()).collect();
    let limits = [&body["max_completion_tokens"], &body["max_tokens"]];
    let limit = limits.into_iter().find(|limit| !limit.is_null()).unwrap_or(&Value::Null);
    let last = last.as_ref().map(|(role, text)| (*role, text.as_str()));
    Reply::new(last, &results, messages.len(), &tools, limit)
}

fn usage(reply: &Reply) -> Value {
    let output = reply.tokens();
    json!({
        "prompt_tokens": 26, "completion_tokens": output, "total_tokens": 26 + output,
        "prompt_tokens_details": { "cached_tokens": 20, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

fn reason(reply: &Reply) -> &'static str {
    match reply {
        reply if reply.is_short => "length",
        reply if !reply.calls.is_empty() => "tool_calls",
        _ => "stop",
    }
}

/// The answer in one object.
fn whole(body: &Value, reply: &Reply) -> Value {
    let calls = reply.calls.iter().map(|call| {
        let function = json!({ "name": call.name, "arguments": call.arguments });
        json!({ "id": call.id, "type": "function", "function": function })
    });
    let mut message =
        json!({ "role": "assistant", "content": reply.text(), "refusal": null, "annotations": [] });
    if !reply.calls.is_empty() {
        message["content"] = Value::Null;
        message["tool_calls"] = calls.collect();
    }
    json!({
        "id": ID, "object": "chat.completion", "created": TIME, "model": body["model"],
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": reason(reply) }],
        "usage": usage(reply), "service_tier": "default", "system_fingerprint": "fp_fake",
    })
}

/// The answer in chunks.
struct Chunks {
    asks_usage: bool,
    body: Value,
    dialect: OpenAiDialect,
    reply: Reply,
}

impl Chunks {
    fn all(&self) -> Vec<Vec<u8>> {
        let mut all = match self.dialect {
            OpenAiDialect::Careless => self.careless(),
            _ => self.usual(),
        };
        if self.dialect == OpenAiDialect::OpenAi && self.asks_usage {
            for chunk in &mut all {
                chunk["usage"] = Value::Null;
            }
        }
        let cost = usage(&self.reply);
        match self.dialect {
            OpenAiDialect::Careless => {}
            OpenAiDialect::Groq => {
                if let Some(last) = all.last_mut() {
                    last["x_groq"] = json!({ "id": "req_fake", "usage": cost });
                }
            }
            _ if self.asks_usage => all.push(self.chunk(json!([]), cost)),
            _ => {}
        }
        if self.dialect == OpenAiDialect::LlamaCpp
            && let Some(last) = all.last_mut()
        {
            last["timings"] =
                json!({ "prompt_n": 26, "prompt_ms": 35.4, "predicted_n": 9, "predicted_ms": 91.7 });
        }
        let mut events: Vec<_> = all.iter().map(|chunk| event(None, &chunk.to_string())).collect();
        if self.dialect != OpenAiDialect::Careless {
            events.push(event(None, "[DONE]"));
        }
        events
    }

    fn chunk(&self, choices: Value, usage: Value) -> Value {
        let mut chunk = json!({
            "id": ID, "object": "chat.completion.chunk", "created": TIME, "model": self.body["model"],
            "choices": choices,
        });
        if !usage.is_null() {
            chunk["usage"] = usage;
        }
        chunk
    }

    fn delta(&self, delta: Value, reason: Value) -> Value {
        let choice = json!([{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": reason }]);
        self.chunk(choice, Value::Null)
    }

    fn usual(&self) -> Vec<Value> {
        let mut all = Vec::new();
        let begins_with_a_call = !self.reply.calls.is_empty();
        let content = if begins_with_a_call { Value::Null } else { json!("") };
        all.push(self.delta(json!({ "role": "assistant", "content": content }), Value::Null));
        if self.dialect == OpenAiDialect::Vllm {
            for thought in ["The user ", "says something."] {
                all.push(self.delta(json!({ "reasoning_content": thought }), Value::Null));
            }
        }
        for piece in &self.reply.pieces {
            all.push(self.delta(json!({ "content": piece }), Value::Null));
        }
        for (index, call) in self.reply.calls.iter().enumerate() {
            let is_whole = self.dialect != OpenAiDialect::OpenAi;
            let begin = if is_whole { call.arguments.as_str() } else { "" };
            let function = json!({ "name": call.name, "arguments": begin });
            let first = json!([{ "index": index, "id": call.id, "type": "function", "function": function }]);
            all.push(self.delta(json!({ "tool_calls": first }), Value::Null));
            for piece in in_threes(&call.arguments).iter().filter(|_| !is_whole) {
                let more = json!([{ "index": index, "function": { "arguments": piece } }]);
                all.push(self.delta(json!({ "tool_calls": more }), Value::Null));
            }
        }
        all.push(self.delta(json!({}), json!(reason(&self.reply))));
        all
    }

    fn careless(&self) -> Vec<Value> {
        let costs = |count: usize| json!({ "prompt_tokens": 26, "completion_tokens": count });
        let mut texts =
            vec!["\n<thi".to_owned(), "nk>The user says 🥐.</th".to_owned(), "ink>\n\n".to_owned()];
        texts.extend(self.reply.pieces.iter().cloned());
        let mut all = vec![json!({ "choices": [], "prompt_filter_results": [] })];
        for text in texts {
            let cost = costs(all.len());
            all.push(
                json!({ "choices": [{ "delta": { "content": text, "tool_calls": [] } }], "usage": cost }),
            );
        }
        for call in &self.reply.calls {
            let middle = call.arguments.char_indices().nth(5).map_or(0, |(at, _)| at);
            let (one, two) = call.arguments.split_at(middle);
            // The first call in two pieces, the others whole and as an object.
            let pieces: Vec<Value> = match call.id.ends_with("_0") {
                true => vec![json!(one), json!(two)],
                false => vec![serde_json::from_str(&call.arguments).unwrap_or_default()],
            };
            for arguments in pieces {
                let function = json!({ "name": call.name, "arguments": arguments });
                let cost = costs(all.len());
                all.push(json!({ "choices": [{ "delta": { "tool_calls": [{ "function": function }] } }], "usage": cost }));
            }
        }
        let reason = if self.reply.is_short { "length" } else { "stop" };
        for _ in 0..2 {
            all.push(
                json!({ "choices": [{ "delta": {}, "finish_reason": reason }], "usage": usage(&self.reply) }),
            );
        }
        all
    }
}
