//! What the Gemini API refuses with 400.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What lets a call through that no model has signed, as it is and in Base64.
const UNSIGNED: [&str; 2] =
    ["skip_thought_signature_validator", "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="];

const FIELDS: [&str; 9] = [
    "cachedContent",
    "contents",
    "generationConfig",
    "labels",
    "safetySettings",
    "serviceTier",
    "systemInstruction",
    "toolConfig",
    "tools",
];

const GENERATION: [&str; 13] = [
    "candidateCount",
    "frequencyPenalty",
    "maxOutputTokens",
    "presencePenalty",
    "responseJsonSchema",
    "responseMimeType",
    "responseSchema",
    "seed",
    "stopSequences",
    "temperature",
    "thinkingConfig",
    "topK",
    "topP",
];

/// Keywords of JSON Schema that a field of `Schema` does not have.
const NO_SCHEMA: [&str; 5] = ["$defs", "$ref", "$schema", "additionalProperties", "oneOf"];

/// What holds names of the user's own.
const OPAQUE: [&str; 5] = ["args", "parameters", "parametersJsonSchema", "response", "responseJsonSchema"];

type Checked = Result<(), String>;

/// Whether a model signs its calls, and wants the signatures back.
pub(super) fn signs(model: &str) -> bool {
    !model.starts_with("gemini-2")
}

/// Names of fields as JSON has them: those of the protocol buffer, `thinking_budget`, count as well.
pub(super) fn camel_case(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(camel_case).collect(),
        Value::Object(fields) => fields.iter().map(|(name, value)| field(name, value)).collect(),
        other => other.clone(),
    }
}

fn field(name: &str, value: &Value) -> (String, Value) {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel += letters.as_str();
    }
    let value = if OPAQUE.contains(&camel.as_str()) { value.clone() } else { camel_case(value) };
    (camel, value)
}

pub(super) fn request(body: &Value, model: &str, signed: &BTreeMap<String, (String, String)>) -> Checked {
    let Some(fields) = body.as_object() else {
        return Err("Invalid JSON payload received. Expected an object.".to_owned());
    };
    known(fields.keys(), &FIELDS)?;
    if body.get("systemInstruction").is_some() {
        parts(&body["systemInstruction"], "system_instruction")?;
    }
    let contents = body["contents"].as_array().map(Vec::as_slice).unwrap_or_default();
    if contents.is_empty() {
        return Err("* GenerateContentRequest.contents: contents is not specified".to_owned());
    }
    turns(contents)?;
    signatures(contents, model, signed)?;
    tools(body)?;
    generation(&body["generationConfig"], model)
}

fn known<'a>(names: impl Iterator<Item = &'a String>, all: &[&str]) -> Checked {
    for name in names {
        if !all.contains(&name.as_str()) {
            return Err(format!(
                "Invalid JSON payload received. Unknown name \"{name}\": Cannot find field."
            ));
        }
    }
    Ok(())
}

fn parts(content: &Value, at: &str) -> Checked {
    let parts = content["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
    if parts.is_empty() {
        return Err(format!("* GenerateContentRequest.{at}.parts: contents.parts must not be empty."));
    }
    for (place, part) in parts.iter().enumerate() {
        let has = |name: &str| part.get(name).is_some();
        let is_blank = part["text"].as_str().is_some_and(str::is_empty) && !has("thoughtSignature");
        let kinds = ["text", "functionCall", "functionResponse", "inlineData", "fileData"];
        if is_blank || kinds.into_iter().filter(|kind| has(kind)).count() != 1 {
            return Err(format!(
                "* GenerateContentRequest.{at}.parts[{place}].data: required oneof field 'data' must \
                 have one initialized field"
            ));
        }
        if has("functionCall") && !part["functionCall"]["args"].is_object() {
            return Err(format!("Invalid value at '{at}.parts[{place}].function_call.args' (Struct)"));
        }
        if has("functionResponse") && !part["functionResponse"]["response"].is_object() {
            return Err(format!(
                "Invalid value at '{at}.parts[{place}].function_response.response' (Struct)"
            ));
        }
    }
    Ok(())
}

fn of<'a>(content: &'a Value, kind: &str) -> Vec<&'a Value> {
    let parts = content["parts"].as_array().into_iter().flatten();
    parts.filter_map(|part| part.get(kind)).collect()
}

/// Who speaks after whom.
fn turns(contents: &[Value]) -> Checked {
    let mut before: Option<&Value> = None;
    for (place, content) in contents.iter().enumerate() {
        let is_model = match content["role"].as_str() {
            Some("model") => true,
            Some("user") => false,
            _ => return Err("Please use a valid role: user, model.".to_owned()),
        };
        parts(content, &format!("contents[{place}]"))?;
        let (calls, answers) = (of(content, "functionCall"), of(content, "functionResponse"));
        let after_user = before.is_some_and(|before| before["role"] == "user");
        let may_call = is_model && after_user;
        if !calls.is_empty() && !may_call {
            return Err("Please ensure that function call turn comes immediately after a user turn or \
                        after a function response turn."
                .to_owned());
        }
        if is_model && before.is_none() {
            return Err("Please ensure that multiturn requests alternate between user and model, and \
                        begin with user."
                .to_owned());
        }
        let asked = before.map(|before| of(before, "functionCall")).unwrap_or_default();
        if !answers.is_empty() && asked.is_empty() {
            return Err("Please ensure that function response turn comes immediately after a function \
                        call turn."
                .to_owned());
        }
        let others = content["parts"].as_array().map_or(0, Vec::len) - answers.len();
        if answers.len() != asked.len() || (!answers.is_empty() && others > 0) {
            return Err("Please ensure that the number of function response parts is equal to the \
                        number of function call parts of the function call turn."
                .to_owned());
        }
        let is_one = |(call, answer): (&&Value, &&Value)| {
            call["name"] == answer["name"] && call.get("id") == answer.get("id")
        };
        if !asked.iter().zip(&answers).all(is_one) {
            return Err("Function response does not match its function call.".to_owned());
        }
        before = Some(content);
    }
    match before {
        Some(last) if last["role"] == "model" => {
            Err("Please ensure that the last content is of the user.".to_owned())
        }
        _ => Ok(()),
    }
}

/// Signatures are looked at wherever they stand, and missed in the turn that is under way.
fn signatures(contents: &[Value], model: &str, signed: &BTreeMap<String, (String, String)>) -> Checked {
    let is_said = |content: &Value| content["role"] == "user" && !of(content, "text").is_empty();
    let begins = contents.iter().rposition(is_said).unwrap_or(0);
    for (place, content) in contents.iter().enumerate() {
        let mut calls = content["parts"].as_array().into_iter().flatten();
        let mut is_first = true;
        while let Some(part) = calls.find(|part| part.get("functionCall").is_some()) {
            let name = part["functionCall"]["name"].as_str().unwrap_or_default();
            match part["thoughtSignature"].as_str() {
                Some(signature) => {
                    // Bytes in JSON may be written in either alphabet.
                    let own = signature.replace('-', "+").replace('_', "/");
                    let own =
                        signed.get(&own).is_some_and(|own| (own.0.as_str(), own.1.as_str()) == (model, name));
                    if !own && !UNSIGNED.contains(&signature) {
                        return Err("Thought signature is not valid.".to_owned());
                    }
                }
                None if is_first && place > begins && signs(model) => {
                    return Err(format!(
                        "Function call is missing a thought_signature in functionCall parts. This is \
                         required for tools to work correctly. Function call `{name}`, position {place}."
                    ));
                }
                None => {}
            }
            is_first = false;
        }
    }
    Ok(())
}

fn tools(body: &Value) -> Checked {
    let mut names = BTreeSet::new();
    let tools = body["tools"].as_array().into_iter().flatten();
    for tool in tools.flat_map(|tool| tool["functionDeclarations"].as_array().into_iter().flatten()) {
        let name = tool["name"].as_str().unwrap_or_default();
        let is_letter = |c: char| c.is_ascii_alphanumeric() || "_.:-".contains(c);
        let is_start = |c: char| c.is_ascii_alphabetic() || c == '_';
        if !name.starts_with(is_start) || !name.chars().all(is_letter) || name.len() > 128 {
            return Err(format!("Invalid function name: {name}"));
        }
        if !names.insert(name) {
            return Err(format!("Duplicate function declaration found: {name}"));
        }
        match (tool.get("parameters"), tool.get("parametersJsonSchema")) {
            (Some(_), Some(_)) => {
                return Err("parameters and parameters_json_schema are mutually exclusive".to_owned());
            }
            (Some(schema), None) => plain_schema(schema)?,
            (None, Some(schema)) if schema["type"] != "object" => {
                return Err("parameters_json_schema must describe an object".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}

fn plain_schema(schema: &Value) -> Checked {
    let Some(fields) = schema.as_object() else { return Ok(()) };
    if let Some(name) = NO_SCHEMA.iter().find(|name| fields.contains_key(**name)) {
        return Err(format!("Invalid JSON payload received. Unknown name \"{name}\": Cannot find field."));
    }
    let is_object = schema["type"].as_str().is_some_and(|name| name.eq_ignore_ascii_case("object"));
    let properties = schema["properties"].as_object();
    if is_object && properties.is_none_or(|properties| properties.is_empty()) {
        return Err("parameters.properties: should be non-empty for OBJECT type".to_owned());
    }
    properties
        .into_iter()
        .flatten()
        .map(|(_, schema)| schema)
        .chain(fields.get("items"))
        .try_for_each(plain_schema)
}

fn generation(config: &Value, model: &str) -> Checked {
    known(config.as_object().into_iter().flatten().map(|(name, _)| name), &GENERATION)?;
    let thinking = &config["thinkingConfig"];
    let (budget, level) = (thinking["thinkingBudget"].as_i64(), thinking["thinkingLevel"].as_str());
    let level = level.map(str::to_ascii_lowercase);
    match (budget, level.as_deref()) {
        (Some(_), Some(_)) => Err("You can only set one of thinking budget and thinking level.".to_owned()),
        (_, Some(_)) if !signs(model) => Err("Thinking level is not supported for this model.".to_owned()),
        (_, Some("minimal")) if !model.contains("3.5-flash") => {
            Err("Thinking level MINIMAL is not supported for this model.".to_owned())
        }
        (_, Some("minimal" | "low" | "medium" | "high")) | (None, None) => Ok(()),
        (_, Some(level)) => Err(format!("Invalid value at 'thinking_level': \"{level}\"")),
        (Some(0), None) if model.ends_with("pro") => {
            Err("Budget 0 is invalid. This model only works in thinking mode.".to_owned())
        }
        (Some(1..128), None) if model.ends_with("pro") => {
            Err("The thinking budget is out of range: 128 to 32768.".to_owned())
        }
        (Some(_), None) if signs(model) => Err("Thinking budget is not supported for this model.".to_owned()),
        _ => Ok(()),
    }
}
