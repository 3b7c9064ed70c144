//! Responses.

use serde_json::{Value, json};

use super::{OpenAi, Reply, TIME, check, in_threes};
use crate::fakes::{Answer, Call, Records, event};

const ID: &str = "resp_fake";
const MESSAGE: &str = "msg_fake";

pub(super) async fn answer(call: Call<OpenAi>) -> Answer {
    let body = call.seen.body.clone();
    let dialect = call.vendor().dialect;
    let found = call.vendor().find(body["model"].as_str().unwrap_or_default());
    if let Err(refusal) = found.and_then(|model| check::responses(&body, &model, dialect)) {
        return refusal;
    }
    let reply = reply(&body);
    if body["stream"] != json!(true) {
        return Answer::json(200, &response(&body, &reply, status(&reply), output(&reply)));
    }
    let events = events(&body, &reply);
    let error = |text: &str| {
        let error = json!({
            "type": "error", "sequence_number": 1, "code": "server_error", "message": text, "param": null,
        });
        event(Some("error"), &error.to_string())
    };
    let records = events.iter().map(|data| event(data["type"].as_str(), &data.to_string())).collect();
    call.stream(Records::events(records).error(error)).await.header("x-request-id", "req_fake")
}

fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        parts => parts.as_array().into_iter().flatten().filter_map(|part| part["text"].as_str()).collect(),
    }
}

fn reply(body: &Value) -> Reply {
    let said = json!([{ "role": "user", "content": body["input"] }]);
    let items = if body["input"].is_string() { &said } else { &body["input"] };
    let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
    let results = items.iter().rev().take_while(|item| item["type"] == "function_call_output");
    let results: Vec<String> = results.map(|item| text(&item["output"])).collect();
    let results: Vec<&str> = results.iter().map(String::as_str).collect();
    let last = items.last().map(|item| (item["role"].as_str().unwrap_or_default(), text(&item["content"])));
    let last = last.as_ref().map(|(role, text)| (*role, text.as_str()));
    let tools = body["tools"].as_array().into_iter().flatten();
    let tools: Vec<&str> = tools.filter_map(|tool| tool["name"].as_str()).collect();
    let count = items.len() + usize::from(body["instructions"].is_string());
    Reply::new(last, &results, count, &tools, &body["max_output_tokens"])
}

fn status(reply: &Reply) -> &'static str {
    if reply.is_short { "incomplete" } else { "completed" }
}

fn response(body: &Value, reply: &Reply, status: &str, output: Vec<Value>) -> Value {
    let is_over = status != "in_progress";
    let tokens = reply.tokens();
    let usage = json!({
        "input_tokens": 26, "input_tokens_details": { "cached_tokens": 20 }, "output_tokens": tokens,
        "output_tokens_details": { "reasoning_tokens": 0 }, "total_tokens": 26 + tokens,
    });
    let incomplete = json!({ "reason": "max_output_tokens" });
    json!({
        "id": ID, "object": "response", "created_at": TIME, "status": status, "background": false,
        "error": null, "incomplete_details": if status == "incomplete" { incomplete } else { Value::Null },
        "instructions": body["instructions"], "max_output_tokens": body["max_output_tokens"],
        "metadata": {}, "model": body["model"], "output": output, "parallel_tool_calls": true,
        "previous_response_id": null, "reasoning": { "effort": body["reasoning"]["effort"], "summary": null },
        "service_tier": "default", "store": body["store"], "temperature": 1.0,
        "text": { "format": { "type": "text" }, "verbosity": "medium" }, "tool_choice": "auto",
        "tools": body["tools"].as_array().cloned().unwrap_or_default(), "top_p": 1.0,
        "truncation": "disabled", "usage": if is_over { usage } else { Value::Null },
    })
}

fn part(text: &str) -> Value {
    json!({ "type": "output_text", "annotations": [], "logprobs": [], "text": text })
}

fn message(status: &str, content: Vec<Value>) -> Value {
    json!({ "id": MESSAGE, "type": "message", "status": status, "role": "assistant", "content": content })
}

fn called(place: usize, reply: &Reply, is_done: bool) -> Value {
    let call = &reply.calls[place];
    json!({
        "id": format!("fc_{place}"), "type": "function_call", "call_id": call.id, "name": call.name,
        "status": if is_done { "completed" } else { "in_progress" },
        "arguments": if is_done { call.arguments.as_str() } else { "" },
    })
}

fn output(reply: &Reply) -> Vec<Value> {
    if reply.calls.is_empty() {
        return vec![message(status(reply), vec![part(&reply.text())])];
    }
    (0..reply.calls.len()).map(|place| called(place, reply, true)).collect()
}

fn events(body: &Value, reply: &Reply) -> Vec<Value> {
    let begun = response(body, reply, "in_progress", Vec::new());
    let mut all = vec![
        json!({ "type": "response.created", "response": begun }),
        json!({ "type": "response.in_progress", "response": begun }),
    ];
    let outputs = output(reply);
    if reply.calls.is_empty() {
        let at = |kind: &str, more: Value| {
            let mut event =
                json!({ "type": kind, "item_id": MESSAGE, "output_index": 0, "content_index": 0 });
            for (name, value) in more.as_object().into_iter().flatten() {
                event[name] = value.clone();
            }
            event
        };
        let item = message("in_progress", Vec::new());
        all.push(json!({ "type": "response.output_item.added", "output_index": 0, "item": item }));
        all.push(at("response.content_part.added", json!({ "part": part("") })));
        for piece in &reply.pieces {
            all.push(at("response.output_text.delta", json!({ "delta": piece, "logprobs": [] })));
        }
        all.push(at("response.output_text.done", json!({ "text": reply.text(), "logprobs": [] })));
        all.push(at("response.content_part.done", json!({ "part": part(&reply.text()) })));
        all.push(json!({ "type": "response.output_item.done", "output_index": 0, "item": outputs[0] }));
    }
    for (place, call) in reply.calls.iter().enumerate() {
        let at = |kind: &str| json!({ "type": kind, "output_index": place });
        let mut added = at("response.output_item.added");
        added["item"] = called(place, reply, false);
        all.push(added);
        for piece in in_threes(&call.arguments) {
            let mut delta = at("response.function_call_arguments.delta");
            delta["item_id"] = json!(format!("fc_{place}"));
            delta["delta"] = json!(piece);
            all.push(delta);
        }
        let mut done = at("response.function_call_arguments.done");
        done["item_id"] = json!(format!("fc_{place}"));
        done["name"] = json!(call.name);
        done["arguments"] = json!(call.arguments);
        all.push(done);
        let mut done = at("response.output_item.done");
        done["item"] = outputs[place].clone();
        all.push(done);
    }
    let status = status(reply);
    let over = response(body, reply, status, outputs);
    all.push(json!({ "type": format!("response.{status}"), "response": over }));
    for (number, event) in all.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    all
}
