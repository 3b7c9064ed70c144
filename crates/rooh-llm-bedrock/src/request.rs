//! What is asked: the body of ConverseStream, and a history as its rules want it.

use std::collections::BTreeSet;

use rooh_core::llm::{LlmRequest, Message, ToolCall};
use serde_json::{Map, Value, json};

use crate::models::{Model, Thinking};
use crate::options::{BedrockOptions, Effort, PromptCache};

/// What the user is taken to have said where the agent speaks first: a conversation has to begin
/// with the user.
const BEGIN: &str = "<system>The user is there. The conversation begins.</system>";
/// What the user is taken to have said where the agent spoke last: newer models refuse to continue
/// their own message.
const GO_ON: &str = "<system>The user has said nothing since. Go on.</system>";
/// The result of a call that was cut off: each one has to have a result.
const INTERRUPTED: &str = "interrupted";
/// The longest id of a call.
const LONGEST_ID: usize = 64;

/// The body; `None` if there is nothing to answer.
pub(crate) fn body(request: &LlmRequest, options: &BedrockOptions) -> Option<Value> {
    let model = Model::named(&options.model_id);
    let caches = match options.prompt_cache {
        PromptCache::Auto => model.caches,
        PromptCache::Off => false,
        PromptCache::On => true,
    };
    let cache_point = json!({ "cachePoint": { "type": "default" } });
    let mut body = Map::new();
    if !is_blank(&request.system_prompt) {
        let mut system = vec![json!({ "text": request.system_prompt })];
        system.extend(caches.then(|| cache_point.clone()));
        body.insert("system".to_owned(), json!(system));
    }
    let mut messages = messages(request, model)?;
    if let Some(last) = messages.last_mut().filter(|_| caches) {
        last.blocks.push(cache_point);
    }
    body.insert("messages".to_owned(), messages.into_iter().map(Turn::into_json).collect());
    let tools = tools(request);
    if !tools.is_empty() {
        body.insert("toolConfig".to_owned(), json!({ "tools": tools }));
    }
    let inference = inference(options);
    if !inference.is_empty() {
        body.insert("inferenceConfig".to_owned(), Value::Object(inference));
    }
    let (fields, effort) = thinking(options, model);
    if !fields.is_empty() {
        body.insert("additionalModelRequestFields".to_owned(), Value::Object(fields));
    }
    if let Some(effort) = effort {
        body.insert("outputConfig".to_owned(), json!({ "effort": effort }));
    }
    if let Some(id) = &options.guardrail_id {
        let guardrail = json!({ "guardrailIdentifier": id, "guardrailVersion": options.guardrail_version });
        body.insert("guardrailConfig".to_owned(), guardrail);
    }
    Some(Value::Object(body))
}

/// All messages in a row of one side.
#[derive(Debug)]
struct Turn {
    blocks: Vec<Value>,
    role: &'static str,
}

impl Turn {
    fn into_json(self) -> Value {
        json!({ "role": self.role, "content": self.blocks })
    }
}

fn messages(request: &LlmRequest, model: Model) -> Option<Vec<Turn>> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut answered = vec![false; request.messages.len()];
    let mut ids = Ids::default();
    for (place, message) in request.messages.iter().enumerate() {
        match message {
            Message::Assistant { text, calls, .. } => {
                if !is_blank(text) {
                    add(&mut turns, "assistant", json!({ "text": text }));
                }
                let given: Vec<String> = calls.iter().map(|call| ids.of(call)).collect();
                for (call, id) in calls.iter().zip(&given) {
                    let called = json!({ "toolUseId": id, "name": call.name, "input": call.arguments });
                    add(&mut turns, "assistant", json!({ "toolUse": called }));
                }
                // Results have to stand in the very next message, before anything else there.
                for (call, id) in calls.iter().zip(&given) {
                    let result = answer(request, place, &call.id, &mut answered);
                    add(&mut turns, "user", result_of(result, id, model));
                }
            }
            Message::System(text) if !is_blank(text) => {
                add(&mut turns, "user", json!({ "text": format!("<system>{text}</system>") }));
            }
            Message::User(text) if !is_blank(text) => add(&mut turns, "user", json!({ "text": text })),
            // Results stand with their calls already; one without a call would be refused.
            _ => {}
        }
    }
    if turns.is_empty() && is_blank(&request.system_prompt) {
        return None;
    }
    if turns.first().is_none_or(|first| first.role == "assistant") {
        turns.insert(0, Turn { blocks: vec![json!({ "text": BEGIN })], role: "user" });
    }
    if turns.last().is_some_and(|last| last.role == "assistant") {
        add(&mut turns, "user", json!({ "text": GO_ON }));
    }
    Some(turns)
}

fn add(turns: &mut Vec<Turn>, role: &'static str, block: Value) {
    match turns.last_mut().filter(|last| last.role == role) {
        Some(last) => last.blocks.push(block),
        None => turns.push(Turn { blocks: vec![block], role }),
    }
}

/// The result of a call that was made at `place`: the next one with its id that answers no other.
fn answer<'a>(
    request: &'a LlmRequest,
    place: usize,
    call: &str,
    answered: &mut [bool],
) -> Option<(&'a Value, bool)> {
    let after = request.messages.iter().enumerate().skip(place + 1);
    let mut results = after.filter_map(|(place, message)| match message {
        Message::ToolResult { id, output, failed, .. } if id == call => Some((place, output, *failed)),
        _ => None,
    });
    let (place, output, failed) = results.find(|(place, ..)| !answered[*place])?;
    answered[place] = true;
    Some((output, failed))
}

fn result_of(result: Option<(&Value, bool)>, id: &str, model: Model) -> Value {
    let (content, failed) = match result {
        None => (json!({ "json": { "error": INTERRUPTED } }), true),
        Some((output, true)) => (json!({ "json": { "error": output } }), true),
        Some((Value::String(text), false)) if !is_blank(text) => (json!({ "text": text }), false),
        Some((Value::Null | Value::String(_), false)) => (json!({ "json": {} }), false),
        Some((output @ Value::Object(_), false)) => (json!({ "json": output }), false),
        // An object is the only JSON that is taken.
        Some((output, false)) => (json!({ "text": output.to_string() }), false),
    };
    let mut result = json!({ "toolUseId": id, "content": [content] });
    if failed && model.marks_failures {
        result["status"] = json!("error");
    }
    json!({ "toolResult": result })
}

/// Ids as Bedrock takes them, each one once: those of other vendors may hold other characters.
#[derive(Debug, Default)]
struct Ids {
    used: BTreeSet<String>,
}

impl Ids {
    fn of(&mut self, call: &ToolCall) -> String {
        let is_right = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_taken = (1..=LONGEST_ID).contains(&call.id.len()) && call.id.bytes().all(is_right);
        let own = Some(call.id.clone()).filter(|id| is_taken && !self.used.contains(id));
        // The same in every request, so that what is cached stays the same.
        let mut numbered = (self.used.len()..).map(|n| format!("call-{n}"));
        let id = own.or_else(|| numbered.find(|id| !self.used.contains(id))).unwrap_or_default();
        self.used.insert(id.clone());
        id
    }
}

fn tools(request: &LlmRequest) -> Vec<Value> {
    if request.tools.is_empty() {
        return called_before(request);
    }
    let spec = |name: &str, description: &str, schema: &Value| {
        let mut spec = json!({ "name": name, "inputSchema": { "json": schema } });
        if !is_blank(description) {
            spec["description"] = json!(description);
        }
        json!({ "toolSpec": spec })
    };
    request.tools.iter().map(|tool| spec(&tool.name, &tool.description, &tool.parameters)).collect()
}

/// The tools of the history: a request without any is refused where the history has calls.
fn called_before(request: &LlmRequest) -> Vec<Value> {
    let calls = request.messages.iter().flat_map(|message| match message {
        Message::Assistant { calls, .. } => calls.as_slice(),
        _ => &[],
    });
    let names: BTreeSet<&str> = calls.map(|call| call.name.as_str()).collect();
    let spec = |name| {
        json!({ "toolSpec": {
            "name": name,
            "description": "Cannot be called any more.",
            "inputSchema": { "json": { "type": "object", "properties": {} } },
        } })
    };
    names.into_iter().map(spec).collect()
}

fn inference(options: &BedrockOptions) -> Map<String, Value> {
    let all = [
        ("maxTokens", options.max_tokens.map(|n| json!(n))),
        ("stopSequences", options.stop.as_ref().map(|texts| json!(texts))),
        ("temperature", options.temperature.map(decimal)),
        ("topP", options.top_p.map(decimal)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// The fields of the model's own, and how much it may think.
fn thinking(options: &BedrockOptions, model: Model) -> (Map<String, Value>, Option<&'static str>) {
    let asked = options.effort.map(Effort::as_str);
    let (thinking, effort) = match model.thinking {
        Thinking::OpenAi(least) => (Thinking::OpenAi(asked.unwrap_or(least)), None),
        Thinking::Effort(least) => (model.thinking, Some(asked.unwrap_or(least))),
        other => (other, asked),
    };
    let mut fields = Map::new();
    thinking.add_to(&mut fields);
    for (name, value) in options.additional_fields.iter().flatten() {
        fields.insert(name.clone(), value.clone());
    }
    // What is set to nothing is not sent, which takes back what would be sent otherwise.
    fields.retain(|_, value| !value.is_null());
    (fields, effort)
}

impl Effort {
    fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }
}

/// 0.7 as 0.7, and not as the 0.699999988079071 that it is in half of the digits.
fn decimal(value: f32) -> Value {
    json!(value.to_string().parse::<f64>().unwrap_or_default())
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use rooh_core::tool::ToolSpec;

    use super::*;

    fn call(id: &str) -> ToolCall {
        ToolCall { id: id.to_owned(), name: "weather".to_owned(), arguments: json!({ "city": "Rome" }) }
    }

    fn said(text: &str, calls: Vec<ToolCall>) -> Message {
        Message::Assistant { text: text.to_owned(), calls, interrupted: false }
    }

    fn result(id: &str, output: Value, failed: bool) -> Message {
        Message::ToolResult { id: id.to_owned(), name: "weather".to_owned(), output, failed }
    }

    fn asked(messages: Vec<Message>) -> LlmRequest {
        LlmRequest { messages, ..LlmRequest::default() }
    }

    /// Each turn as its side and its blocks, in short.
    fn turns(request: &LlmRequest, model: &str) -> Vec<String> {
        let options = BedrockOptions { prompt_cache: PromptCache::Off, ..BedrockOptions::model(model) };
        let body = body(request, &options).unwrap();
        let short = |block: &Value| match (&block["text"], &block["toolUse"], &block["toolResult"]) {
            (Value::String(text), ..) => text.clone(),
            (_, call @ Value::Object(_), _) => format!("call {}", call["toolUseId"].as_str().unwrap()),
            (.., result) => {
                let status = result["status"].as_str().unwrap_or("ok");
                let content = &result["content"];
                format!("{} {status} {content}", result["toolUseId"].as_str().unwrap())
            }
        };
        let turn = |turn: &Value| {
            let blocks: Vec<String> = turn["content"].as_array().unwrap().iter().map(short).collect();
            format!("{}: {}", turn["role"].as_str().unwrap(), blocks.join(" | "))
        };
        body["messages"].as_array().unwrap().iter().map(turn).collect()
    }

    const CLAUDE: &str = "anthropic.claude-haiku-5-5-v1:0";

    #[test]
    fn turns_alternate_and_begin_and_end_with_the_user() {
        let request = asked(vec![
            said("Hello!", vec![]),
            said("Who is there?", vec![]),
            Message::user("Me."),
            Message::user("  "),
            Message::System("It is late.".to_owned()),
            Message::user("Hello?"),
            said(" \n", vec![]),
            said("Good evening.", vec![]),
        ]);
        assert_eq!(
            turns(&request, CLAUDE),
            [
                &format!("user: {BEGIN}"),
                "assistant: Hello! | Who is there?",
                "user: Me. | <system>It is late.</system> | Hello?",
                "assistant: Good evening.",
                &format!("user: {GO_ON}"),
            ]
        );
    }

    #[test]
    fn every_call_has_its_result_in_the_next_message() {
        let request = asked(vec![
            Message::user("Weather?"),
            said("I look.", vec![call("a"), call("b"), call("c")]),
            Message::user("Hurry!"),
            result("b", json!("sunny"), false),
            result("a", json!("no line"), true),
            result("zombie", json!(1), false),
            said("Sunny.", vec![]),
            Message::user("Thanks."),
        ]);
        assert_eq!(
            turns(&request, CLAUDE),
            [
                "user: Weather?",
                "assistant: I look. | call a | call b | call c",
                "user: a error [{\"json\":{\"error\":\"no line\"}}] | b ok [{\"text\":\"sunny\"}] | \
                 c error [{\"json\":{\"error\":\"interrupted\"}}] | Hurry!",
                "assistant: Sunny.",
                "user: Thanks.",
            ]
        );
        // A model that is not known to take it gets no `status`.
        assert!(turns(&request, "meta.llama")[2].contains("a ok [{\"json\":{\"error\""));
    }

    #[test]
    fn results_are_what_bedrock_takes() {
        let outputs = [json!({ "c": 21 }), json!([1]), json!(7), json!(null), json!(" ")];
        let mut messages = vec![Message::user("?")];
        for (n, output) in outputs.into_iter().enumerate() {
            let id = format!("c{n}");
            messages.extend([said("", vec![call(&id)]), result(&id, output, false)]);
        }
        let turns = turns(&asked(messages), CLAUDE);
        let results: Vec<&str> =
            turns.iter().filter_map(|turn| turn.split_once(" ok ")).map(|t| t.1).collect();
        assert_eq!(
            results,
            [
                "[{\"json\":{\"c\":21}}]",
                "[{\"text\":\"[1]\"}]",
                "[{\"text\":\"7\"}]",
                "[{\"json\":{}}]",
                "[{\"json\":{}}]",
            ]
        );
    }

    #[test]
    fn ids_of_others_become_ids_that_bedrock_takes() {
        let long = "x".repeat(65);
        let calls = ["functions.weather:0", "ok_1", "ok_1", "", &long].map(call).to_vec();
        let turns = turns(&asked(vec![Message::user("?"), said("", calls)]), CLAUDE);
        assert_eq!(turns[1], "assistant: call call-0 | call ok_1 | call call-2 | call call-3 | call call-4");
    }

    #[test]
    fn only_what_is_set_is_sent() {
        let options = BedrockOptions::model("meta.llama");
        let request = asked(vec![Message::user("Hi")]);
        let hi = json!([{ "role": "user", "content": [{ "text": "Hi" }] }]);
        assert_eq!(body(&request, &options).unwrap(), json!({ "messages": hi }));
        assert!(body(&LlmRequest::default(), &options).is_none());
        let all = BedrockOptions {
            additional_fields: json!({ "top_k": 5, "thinking": null }).as_object().cloned(),
            effort: Some(Effort::Low),
            guardrail_id: Some("g1".to_owned()),
            max_tokens: Some(200),
            stop: Some(vec!["END".to_owned()]),
            temperature: Some(0.7),
            top_p: Some(0.9),
            ..BedrockOptions::model(CLAUDE)
        };
        let mut request = LlmRequest { system_prompt: "Be brief.".to_owned(), ..request };
        request.tools = vec![ToolSpec::new("weather", "Says the weather."), ToolSpec::new("clock", "")];
        let point = json!({ "cachePoint": { "type": "default" } });
        let schema = json!({ "json": { "type": "object", "properties": {} } });
        assert_eq!(
            body(&request, &all).unwrap(),
            json!({
                "system": [{ "text": "Be brief." }, point],
                "messages": [{ "role": "user", "content": [{ "text": "Hi" }, point] }],
                "toolConfig": { "tools": [
                    { "toolSpec": { "name": "weather", "inputSchema": schema, "description": "Says the weather." } },
                    { "toolSpec": { "name": "clock", "inputSchema": schema } },
                ] },
                "inferenceConfig": { "maxTokens": 200, "stopSequences": ["END"], "temperature": 0.7, "topP": 0.9 },
                "additionalModelRequestFields": { "top_k": 5 },
                "outputConfig": { "effort": "low" },
                "guardrailConfig": { "guardrailIdentifier": "g1", "guardrailVersion": "DRAFT" },
            })
        );
    }

    #[test]
    fn a_model_is_kept_from_thinking() {
        let sent = |model: &str, effort| {
            let options = BedrockOptions { effort, ..BedrockOptions::model(model) };
            let body = body(&asked(vec![Message::user("Hi")]), &options).unwrap();
            (body["additionalModelRequestFields"].clone(), body["outputConfig"]["effort"].clone())
        };
        assert_eq!(sent(CLAUDE, None), (json!({ "thinking": { "type": "disabled" } }), Value::Null));
        assert_eq!(sent("us.anthropic.claude-opus-5-5-v1:0", None), (Value::Null, json!("low")));
        assert_eq!(sent("us.anthropic.claude-opus-5-5-v1:0", Some(Effort::Max)), (Value::Null, json!("max")));
        assert_eq!(sent("openai.gpt-oss-20b-1:0", None), (json!({ "reasoning_effort": "low" }), Value::Null));
        let high = (json!({ "reasoning_effort": "high" }), Value::Null);
        assert_eq!(sent("openai.gpt-oss-20b-1:0", Some(Effort::High)), high);
        assert_eq!(sent("amazon.nova-2-lite-v1:0", None), (Value::Null, Value::Null));
    }

    #[test]
    fn a_history_with_calls_has_tools_even_if_none_may_be_called() {
        let request = asked(vec![Message::user("?"), said("", vec![call("a"), call("b")])]);
        let body = body(&request, &BedrockOptions::model(CLAUDE)).unwrap();
        let tools = body["toolConfig"]["tools"].as_array().unwrap();
        assert_eq!((tools.len(), &tools[0]["toolSpec"]["name"]), (1, &json!("weather")));
    }
}
