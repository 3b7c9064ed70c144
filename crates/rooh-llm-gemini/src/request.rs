//! What is asked: a conversation in the forms that Gemini accepts; no I/O.

use std::collections::BTreeMap;

use rooh_core::llm::{LlmRequest, Message, ToolCall};
use serde_json::{Map, Value, json};

use crate::model::Thinking;
use crate::options::GeminiOptions;
use crate::signatures::{NONE, Signatures, Signed};

/// How the ids of calls begin to which Gemini gave none; it is not told them.
pub(crate) const OWN: &str = "gemini-";
/// What stands before a conversation that the agent begins: Gemini wants the user to be first.
const BEGIN: &str = "<system>The user is there. The conversation begins.</system>";
/// What stands behind one in which the agent spoke last: Gemini wants the user to be last, too.
const GO_ON: &str = "<system>The user has said nothing since. Go on.</system>";

/// The body of a request; `None` if there is nothing to answer.
pub(crate) fn body(
    request: &LlmRequest,
    options: &GeminiOptions,
    format: Option<&Value>,
    signatures: &Signatures,
) -> Option<Value> {
    let thinking = Thinking::of(options.model_name());
    let history = History { model: options.model_name(), request, signatures, thinking };
    let mut body = Map::new();
    body.insert("contents".to_owned(), history.contents()?);
    if !is_blank(&request.system_prompt) {
        let prompt = json!({ "parts": [{ "text": request.system_prompt }] });
        body.insert("systemInstruction".to_owned(), prompt);
    }
    if !request.tools.is_empty() {
        let declarations: Vec<Value> = request
            .tools
            .iter()
            .map(|tool| declaration(&tool.name, &tool.description, &tool.parameters))
            .collect();
        body.insert("tools".to_owned(), json!([{ "functionDeclarations": declarations }]));
    }
    let mut generation = options.of_generation();
    if let Some(format) = format {
        generation.insert("responseMimeType".to_owned(), json!("application/json"));
        if format.is_object() {
            generation.insert("responseJsonSchema".to_owned(), format.clone());
        }
    }
    if let Some(config) = thinking.config(options.thinking_level) {
        generation.insert("thinkingConfig".to_owned(), config);
    }
    if !generation.is_empty() {
        body.insert("generationConfig".to_owned(), Value::Object(generation));
    }
    for (name, value) in &options.extra_body {
        merge(body.entry(name.as_str()).or_insert(Value::Null), value);
    }
    Some(Value::Object(body))
}

/// A tool. `parametersJsonSchema` takes JSON Schema as it is, where `parameters` takes a part of it
/// in words of its own; an object without anything in it is left out, as some models refuse it.
fn declaration(name: &str, description: &str, parameters: &Value) -> Value {
    let mut declaration = json!({ "name": name, "description": description });
    if parameters["properties"].as_object().is_some_and(|properties| !properties.is_empty()) {
        declaration["parametersJsonSchema"] = parameters.clone();
    }
    declaration
}

/// Puts `over` over `value`, field by field where both are objects.
fn merge(value: &mut Value, over: &Value) {
    match (value, over) {
        (Value::Object(fields), Value::Object(over)) => {
            for (name, over) in over {
                merge(fields.entry(name.as_str()).or_insert(Value::Null), over);
            }
        }
        (value, over) => *value = over.clone(),
    }
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

/// Whose parts stand together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    Model,
    /// What tools returned: the user's, but nothing else may stand with it.
    Results,
    User,
}

struct History<'a> {
    model: &'a str,
    request: &'a LlmRequest,
    signatures: &'a Signatures,
    thinking: Thinking,
}

impl History<'_> {
    /// The conversation as Gemini accepts it: the user is first and last, a call stands directly
    /// before its result, and one that has none is left out; so is a text that is blank.
    fn contents(&self) -> Option<Value> {
        let mut results: BTreeMap<&str, Value> = BTreeMap::new();
        for message in &self.request.messages {
            if let Message::ToolResult { id, output, failed, .. } = message {
                let word = if *failed { "error" } else { "output" };
                results.entry(id).or_insert_with(|| json!({ word: output }));
            }
        }
        let mut turns = Turns::default();
        for message in &self.request.messages {
            match message {
                Message::Assistant { text, calls, .. } => {
                    turns.say(Role::Model, text);
                    let answered = calls.iter().filter_map(|call| {
                        let result = results.remove(call.id.as_str())?;
                        Some((call, result))
                    });
                    self.called(answered.collect(), &mut turns);
                }
                Message::System(text) if !is_blank(text) => {
                    turns.say(Role::User, &format!("<system>{text}</system>"));
                }
                Message::User(text) => turns.say(Role::User, text),
                _ => {}
            }
        }
        turns.whole(&self.request.system_prompt)
    }

    /// Calls that were made at once, and what they returned, in the same order.
    fn called(&self, calls: Vec<(&ToolCall, Value)>, turns: &mut Turns) {
        let mut answers = Vec::new();
        for (place, (call, result)) in calls.into_iter().enumerate() {
            let mut called = json!({ "name": call.name, "args": call.arguments });
            let mut answer = json!({ "name": call.name, "response": result });
            if !call.id.starts_with(OWN) {
                called["id"] = json!(call.id);
                answer["id"] = json!(call.id);
            }
            let mut part = json!({ "functionCall": called });
            if let Some(signature) = self.signature(call, place == 0) {
                part["thoughtSignature"] = json!(signature);
            }
            turns.add(Role::Model, part);
            answers.push(json!({ "functionResponse": answer }));
        }
        for answer in answers {
            turns.add(Role::Results, answer);
        }
    }

    /// Of calls that were made at once, only the first must have one.
    fn signature(&self, call: &ToolCall, is_first: bool) -> Option<String> {
        let session = self.request.session.clone();
        let signed = Signed { call: call.id.clone(), model: self.model.to_owned(), session };
        let must_have = is_first && self.thinking.wants_signatures();
        self.signatures.find(&signed).or_else(|| must_have.then(|| NONE.to_owned()))
    }
}

/// A conversation under way: all parts in a row of one side together.
#[derive(Debug, Default)]
struct Turns(Vec<(Role, Vec<Value>)>);

impl Turns {
    fn say(&mut self, role: Role, text: &str) {
        if !is_blank(text) {
            self.add(role, json!({ "text": text }));
        }
    }

    fn add(&mut self, role: Role, part: Value) {
        match self.0.last_mut().filter(|(last, _)| *last == role) {
            Some((_, parts)) => parts.push(part),
            None => self.0.push((role, vec![part])),
        }
    }

    fn whole(mut self, system_prompt: &str) -> Option<Value> {
        if self.0.is_empty() && is_blank(system_prompt) {
            return None;
        }
        if self.0.first().is_none_or(|(role, _)| *role == Role::Model) {
            self.0.insert(0, (Role::User, vec![json!({ "text": BEGIN })]));
        }
        if self.0.last().is_some_and(|(role, _)| *role == Role::Model) {
            self.say(Role::User, GO_ON);
        }
        let contents = self.0.into_iter().map(|(role, parts)| {
            let role = if role == Role::Model { "model" } else { "user" };
            json!({ "role": role, "parts": parts })
        });
        Some(contents.collect())
    }
}

#[cfg(test)]
mod tests {
    use rooh_core::tool::ToolSpec;

    use super::*;
    use crate::ThinkingLevel;

    fn call(id: &str, name: &str) -> ToolCall {
        ToolCall { id: id.to_owned(), name: name.to_owned(), arguments: json!({ "city": "Rome" }) }
    }

    fn said(text: &str, calls: Vec<ToolCall>) -> Message {
        Message::Assistant { text: text.to_owned(), calls, interrupted: false }
    }

    fn result(id: &str, output: Value, failed: bool) -> Message {
        Message::ToolResult { id: id.to_owned(), name: "weather".to_owned(), output, failed }
    }

    fn contents(messages: Vec<Message>, model: &str, signatures: &Signatures) -> Value {
        let request = LlmRequest { messages, system_prompt: "Be brief.".to_owned(), ..LlmRequest::default() };
        let options = GeminiOptions::model(model);
        body(&request, &options, None, signatures).unwrap()["contents"].take()
    }

    #[test]
    fn a_conversation_becomes_contents_of_two_sides() {
        let messages = vec![
            Message::assistant("Hello."),
            Message::user("weather in Rome?"),
            Message::user(" "),
            said("Let me see.", vec![call("fc1", "weather"), call("gemini-3-1", "clock"), call("x", "lost")]),
            Message::System("The user looks tired.".to_owned()),
            result("fc1", json!("21 C"), false),
            result("gemini-3-1", json!("it stands"), true),
            result("nobody", json!(1), false),
            Message::assistant("21 degrees."),
        ];
        let signatures = Signatures::default();
        let signed = |id: &str| Signed {
            call: id.to_owned(),
            model: "gemini-3.8-flash".to_owned(),
            session: Default::default(),
        };
        signatures.keep(signed("fc1"), "c2lnbmVk".to_owned());
        let args = json!({ "city": "Rome" });
        assert_eq!(
            contents(messages, "models/gemini-3.8-flash", &signatures),
            json!([
                { "role": "user", "parts": [{ "text": BEGIN }] },
                { "role": "model", "parts": [{ "text": "Hello." }] },
                { "role": "user", "parts": [{ "text": "weather in Rome?" }] },
                { "role": "model", "parts": [
                    { "text": "Let me see." },
                    {
                        "functionCall": { "name": "weather", "args": args, "id": "fc1" },
                        "thoughtSignature": "c2lnbmVk",
                    },
                    { "functionCall": { "name": "clock", "args": args } },
                ] },
                { "role": "user", "parts": [
                    { "functionResponse": { "name": "weather", "response": { "output": "21 C" }, "id": "fc1" } },
                    { "functionResponse": { "name": "clock", "response": { "error": "it stands" } } },
                ] },
                { "role": "user", "parts": [{ "text": "<system>The user looks tired.</system>" }] },
                { "role": "model", "parts": [{ "text": "21 degrees." }] },
                { "role": "user", "parts": [{ "text": GO_ON }] },
            ])
        );
    }

    #[test]
    fn a_signature_that_is_lost_has_a_substitute_where_one_is_asked_for() {
        let history = || {
            vec![
                Message::user("weather?"),
                said("", vec![call("fc1", "weather"), call("fc2", "weather")]),
                result("fc1", json!(1), false),
                result("fc2", json!(2), false),
            ]
        };
        let signatures = Signatures::default();
        let newer = contents(history(), "gemini-3.5-flash-lite", &signatures);
        assert_eq!(newer[1]["parts"][0]["thoughtSignature"], NONE);
        assert!(newer[1]["parts"][1].get("thoughtSignature").is_none());
        let older = contents(history(), "gemini-2.5-flash", &signatures);
        assert!(older[1]["parts"][0].get("thoughtSignature").is_none());
    }

    #[test]
    fn only_what_is_set_is_sent() {
        let request = LlmRequest { messages: vec![Message::user("Hi")], ..LlmRequest::default() };
        let bare = body(&request, &GeminiOptions::model("gemma-4"), None, &Signatures::default()).unwrap();
        assert_eq!(bare, json!({ "contents": [{ "role": "user", "parts": [{ "text": "Hi" }] }] }));
        let options = GeminiOptions {
            extra_body: BTreeMap::from([
                ("generationConfig".to_owned(), json!({ "seed": 7, "presencePenalty": 0.5 })),
                ("serviceTier".to_owned(), json!("priority")),
            ]),
            max_tokens: Some(200),
            seed: Some(1),
            stop: Some(vec!["END".to_owned()]),
            temperature: Some(0.7),
            thinking_level: Some(ThinkingLevel::Low),
            ..GeminiOptions::model("gemini-3.8-flash")
        };
        let tools = vec![
            ToolSpec::new("clock", "Says the time."),
            ToolSpec::new("weather", "Says the weather.")
                .parameters(json!({ "type": "object", "properties": { "city": { "type": "string" } } })),
        ];
        let request = LlmRequest { tools, ..request };
        let schema = json!({ "type": "object" });
        let full = body(&request, &options, Some(&schema), &Signatures::default()).unwrap();
        assert_eq!(
            full["generationConfig"],
            json!({
                "maxOutputTokens": 200, "seed": 7, "stopSequences": ["END"], "temperature": 0.7,
                "responseMimeType": "application/json", "responseJsonSchema": schema,
                "thinkingConfig": { "thinkingLevel": "low" }, "presencePenalty": 0.5,
            })
        );
        assert_eq!(full["serviceTier"], "priority");
        let declared = &full["tools"][0]["functionDeclarations"];
        assert_eq!(declared[0], json!({ "name": "clock", "description": "Says the time." }));
        assert_eq!(declared[1]["parametersJsonSchema"]["properties"]["city"]["type"], "string");
        assert!(
            body(&LlmRequest::default(), &options, None, &Signatures::default()).is_none(),
            "nothing is asked where there is nothing to answer"
        );
    }
}
