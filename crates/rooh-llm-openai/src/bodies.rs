//! What is sent for a conversation, through both APIs.

use rooh_core::llm::{LlmRequest, Message, ToolCall};
use rooh_core::tool::ToolSpec;
use serde_json::{Value, json};

use crate::request::Asked;
use crate::{Api, Effort, OpenAiOptions, ReplyOptions, ServiceTier, Verbosity, chat, responses};

fn conversation() -> LlmRequest {
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
                output: json!({ "c": 21 }),
                failed: false,
            },
            Message::assistant("21 degrees."),
            Message::System("It is late.".to_owned()),
        ],
        ..LlmRequest::default()
    }
}

fn asked(options: OpenAiOptions, is_openai: bool) -> Asked {
    Asked::new(&options, &ReplyOptions::default(), is_openai).unwrap()
}

#[test]
fn only_what_is_set_is_sent() {
    let request = LlmRequest { messages: vec![Message::user("Hi")], ..LlmRequest::default() };
    let body = chat::body(&request, &asked(OpenAiOptions::model("m"), false)).unwrap();
    let usage = json!({ "include_usage": true });
    let messages = json!([{ "role": "user", "content": "Hi" }]);
    assert_eq!(body, json!({ "messages": messages, "model": "m", "stream": true, "stream_options": usage }));
    let options =
        OpenAiOptions { usage: false, parallel_tool_calls: Some(true), ..OpenAiOptions::model("m") };
    let body = chat::body(&request, &asked(options, false)).unwrap();
    assert_eq!(body, json!({ "messages": messages, "model": "m", "stream": true }));
    let body = responses::body(&request, &asked(OpenAiOptions::model("m"), true)).unwrap();
    let input = json!([{ "type": "message", "role": "user", "content": "Hi" }]);
    assert_eq!(body, json!({ "input": input, "model": "m", "store": false, "stream": true }));
}

#[test]
fn a_conversation_becomes_the_messages_of_the_chat_api() {
    let call = json!({ "type": "function", "id": "c1", "function": { "name": "weather", "arguments": "{\"city\":\"Rome\"}" } });
    let with = |said: Value| {
        json!([
            { "role": "system", "content": "Be brief." },
            { "role": "user", "content": "weather in Rome?" },
            said,
            { "role": "tool", "content": "{\"c\":21}", "tool_call_id": "c1" },
            { "role": "assistant", "content": "21 degrees." },
            { "role": "system", "content": "It is late." },
        ])
    };
    let body = |is_openai| chat::body(&conversation(), &asked(OpenAiOptions::model("m"), is_openai)).unwrap();
    assert_eq!(body(true)["messages"], with(json!({ "role": "assistant", "tool_calls": [call] })));
    assert_eq!(
        body(false)["messages"],
        with(json!({ "role": "assistant", "content": "", "tool_calls": [call] }))
    );
}

#[test]
fn a_conversation_becomes_the_items_of_responses() {
    let body = responses::body(&conversation(), &asked(OpenAiOptions::model("m"), true)).unwrap();
    assert_eq!(body["instructions"], "Be brief.");
    assert_eq!(
        body["input"],
        json!([
            { "type": "message", "role": "user", "content": "weather in Rome?" },
            { "type": "function_call", "arguments": "{\"city\":\"Rome\"}", "call_id": "c1", "name": "weather" },
            { "type": "function_call_output", "call_id": "c1", "output": "{\"c\":21}" },
            { "type": "message", "role": "assistant", "content": "21 degrees." },
            { "type": "message", "role": "system", "content": "It is late." },
        ])
    );
    let greeting = LlmRequest { system_prompt: "Greet.".to_owned(), ..LlmRequest::default() };
    let body = responses::body(&greeting, &asked(OpenAiOptions::model("m"), true)).unwrap();
    assert_eq!(body["input"], json!([{ "type": "message", "role": "system", "content": "Greet." }]));
    assert!(body.get("instructions").is_none());
    let nothing = LlmRequest::default();
    assert!(responses::body(&nothing, &asked(OpenAiOptions::model("m"), true)).is_none());
    assert!(chat::body(&nothing, &asked(OpenAiOptions::model("m"), true)).is_none());
}

#[test]
fn what_is_set_is_sent_in_the_words_of_each_api() {
    let options = OpenAiOptions {
        extra_body: [("top_k".to_owned(), json!(20)), ("stream".to_owned(), json!(true))].into(),
        frequency_penalty: Some(0.1),
        max_tokens: Some(200),
        parallel_tool_calls: Some(false),
        prompt_cache_key: Some("agent".to_owned()),
        reasoning_effort: Some(Effort::Low),
        safety_identifier: Some("u1".to_owned()),
        seed: Some(7),
        service_tier: Some(ServiceTier::Priority),
        stop: Some(vec!["END".to_owned()]),
        temperature: Some(0.7),
        top_p: Some(0.9),
        verbosity: Some(Verbosity::Low),
        ..OpenAiOptions::model("m")
    };
    let tools = vec![ToolSpec::new("weather", "Says the weather.")];
    let request = LlmRequest { tools, ..conversation() };
    let reply = ReplyOptions { format: Some(json!({ "type": "object" })), ..ReplyOptions::default() };
    let parameters = json!({ "type": "object", "properties": {} });
    let is = |body: &Value, expected: &Value| {
        for (name, value) in expected.as_object().unwrap() {
            assert_eq!(&body[name], value, "{name}");
        }
    };
    let body = chat::body(&request, &Asked::new(&options, &reply, true).unwrap()).unwrap();
    let expected = json!({
        "frequency_penalty": 0.1, "max_completion_tokens": 200, "parallel_tool_calls": false,
        "prompt_cache_key": "agent", "reasoning_effort": "low", "safety_identifier": "u1", "seed": 7,
        "service_tier": "priority", "stop": ["END"], "temperature": 0.7, "top_p": 0.9, "verbosity": "low",
        "top_k": 20, "max_tokens": null,
        "response_format": { "type": "json_schema", "json_schema": { "name": "reply", "schema": { "type": "object" } } },
        "tools": [{ "type": "function", "function": {
            "name": "weather", "description": "Says the weather.", "parameters": parameters,
        } }],
    });
    is(&body, &expected);
    let body = chat::body(&request, &Asked::new(&options, &reply, false).unwrap()).unwrap();
    is(&body, &json!({ "max_tokens": 200, "max_completion_tokens": null }));
    let body = responses::body(&request, &Asked::new(&options, &reply, true).unwrap()).unwrap();
    let expected = json!({
        "max_output_tokens": 200, "parallel_tool_calls": false, "prompt_cache_key": "agent",
        "reasoning": { "effort": "low" }, "safety_identifier": "u1", "service_tier": "priority",
        "temperature": 0.7, "top_p": 0.9, "top_k": 20, "seed": null, "stop": null,
        "text": { "verbosity": "low", "format": { "type": "json_schema", "name": "reply", "schema": { "type": "object" } } },
        "tools": [{ "type": "function", "name": "weather", "description": "Says the weather.",
            "parameters": parameters, "strict": false }],
    });
    is(&body, &expected);
}

#[test]
fn the_api_is_the_one_in_which_the_model_calls_tools() {
    let api = |model: &str, is_openai| asked(OpenAiOptions::model(model), is_openai).api;
    assert_eq!(api("gpt-5.6-luna", true), Api::Chat);
    assert_eq!(api("gpt-6-astra", true), Api::Responses);
    // Whoever else has a model of that name: not every one has the other API.
    assert_eq!(api("gpt-6-astra", false), Api::Chat);
    let told = OpenAiOptions { api: Api::Responses, ..OpenAiOptions::model("m") };
    assert_eq!(asked(told, false).api, Api::Responses);
    let body = chat::body(&conversation(), &asked(OpenAiOptions::model("gpt-5.6-luna"), true)).unwrap();
    assert_eq!(body["reasoning_effort"], "none");
    let body = responses::body(&conversation(), &asked(OpenAiOptions::model("gpt-6-astra"), true)).unwrap();
    assert_eq!(body["reasoning"], json!({ "effort": "low" }));
    let own = ReplyOptions { reasoning_effort: Some(Effort::High), ..ReplyOptions::default() };
    let asked = Asked::new(&OpenAiOptions::model("gpt-5.6-luna"), &own, true).unwrap();
    assert_eq!((asked.api, asked.effort), (Api::Responses, Some(Effort::High)));
    let wrong = ReplyOptions { format: Some(json!("xml")), ..ReplyOptions::default() };
    assert!(Asked::new(&OpenAiOptions::model("m"), &wrong, true).is_err());
}
