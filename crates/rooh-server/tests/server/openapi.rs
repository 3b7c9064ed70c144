//! The OpenAPI document is true: every route and only those, and real answers fit their schemas.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Answer, Running};
use crate::rest::{desk, with_desk};

/// Checks a value against the part of JSON Schema that the document uses; `Err` says where.
fn validate(value: &Value, schema: &Value, root: &Value, at: &str) -> Result<(), String> {
    if let Some(target) = schema["$ref"].as_str() {
        let schema = root.pointer(target.strip_prefix('#').unwrap()).ok_or_else(|| format!("no {target}"))?;
        return validate(value, schema, root, at);
    }
    if let Some(branches) = schema["anyOf"].as_array() {
        let fits = branches.iter().any(|branch| validate(value, branch, root, at).is_ok());
        return if fits { Ok(()) } else { Err(format!("{at}: no branch fits {value}")) };
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        return Err(format!("{at}: {value} is not one of {allowed:?}"));
    }
    let kind = match value {
        Value::Array(_) => "array",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
        Value::Number(number) if number.is_u64() || number.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::Object(_) => "object",
        Value::String(_) => "string",
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec![kind],
    };
    let fits = kinds.contains(&kind) || (kind == "integer" && kinds.contains(&"number"));
    if !fits {
        return Err(format!("{at}: {value} is not {kinds:?}"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            return Err(format!("{at}: {name} is missing"));
        }
    }
    for (name, field) in value.as_object().into_iter().flatten() {
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (Some(schema), _) => validate(field, schema, root, &format!("{at}.{name}"))?,
            (None, Value::Bool(false)) => return Err(format!("{at}: {name} is not in the schema")),
            (None, Value::Object(_)) => validate(field, &schema["additionalProperties"], root, at)?,
            _ => {}
        }
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        if schema["items"].is_object() {
            validate(item, &schema["items"], root, &format!("{at}[{index}]"))?;
        }
    }
    Ok(())
}

async fn document(server: &Running) -> Value {
    let answer = server.call("GET /api/openapi.json", None).await;
    assert_eq!(answer.status, 200);
    answer.json()
}

fn check(document: &Value, path: &str, method: &str, answer: &Answer) {
    let operation = &document["paths"][path][method];
    assert!(operation.is_object(), "{method} {path} is not in the document");
    let responses = operation["responses"].as_object().unwrap();
    let status = answer.status.to_string();
    let response =
        responses.get(&status).or_else(|| responses.get("default").filter(|_| answer.status >= 400));
    let response = response.unwrap_or_else(|| panic!("{method} {path} does not name {status}"));
    match response["content"].get("application/json") {
        Some(content) => {
            validate(&answer.json(), &content["schema"], document, "answer")
                .unwrap_or_else(|wrong| panic!("{method} {path} {status}: {wrong}"));
        }
        None if response["content"].is_null() => assert!(answer.body.is_empty(), "{method} {path}"),
        None => {
            let kind = answer.header("content-type").unwrap();
            assert!(response["content"].get(kind).is_some(), "{method} {path}: {kind}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_answers_fit_the_document() {
    let server = with_desk().await;
    let document = document(&server).await;
    let mut second = desk();
    second["name"] = "second".into();
    let key = "/api/agents/desk/secrets/mind/api_key";
    let key_path = "/api/agents/{name}/secrets/{model}/{field}";
    let swap = json!({ "kind": "tts", "provider": "loud" });
    let voice = json!({ "model": { "type": "tts", "class": "beep" }, "text": "Hi." });
    std::fs::write(server.folder.path().join("agents/broken.yaml"), "name: [").unwrap();
    let calls = [
        ("get", "/api/agents", "/api/agents", None),
        ("post", "/api/agents", "/api/agents", Some(second.clone())),
        ("post", "/api/agents", "/api/agents", Some(second.clone())),
        ("post", "/api/agents", "/api/agents", Some(json!({ "name": "no" }))),
        ("post", "/api/agents/check", "/api/agents/check", Some(json!({ "name": "?" }))),
        ("get", "/api/agents/{name}", "/api/agents/desk", None),
        ("get", "/api/agents/{name}", "/api/agents/none", None),
        ("put", "/api/agents/{name}", "/api/agents/second", Some(second)),
        ("post", "/api/agents/{name}/activate", "/api/agents/desk/activate", None),
        ("post", "/api/agents/{name}/swap", "/api/agents/desk/swap", Some(swap)),
        ("get", key_path, key, None),
        ("put", key_path, key, Some(json!({ "value": "0123456789abcdef" }))),
        ("get", key_path, key, None),
        ("delete", key_path, key, None),
        ("delete", "/api/agents/{name}", "/api/agents/second", None),
        ("get", "/api/catalog", "/api/catalog", None),
        ("get", "/api/machine", "/api/machine", None),
        ("get", "/api/openapi.json", "/api/openapi.json", None),
        ("get", "/api/sessions", "/api/sessions", None),
        ("get", "/api/sessions/{id}", "/api/sessions/none", None),
        ("delete", "/api/sessions/{id}", "/api/sessions/none", None),
        ("get", "/api/talk", "/api/talk", None),
        ("post", "/api/tickets", "/api/tickets", Some(json!({ "agent": "desk" }))),
        ("post", "/api/tickets", "/api/tickets", Some(json!({ "agent": "none" }))),
        ("get", "/api/version", "/api/version", None),
        ("post", "/api/voice-preview", "/api/voice-preview", Some(voice)),
        ("get", "/healthz", "/healthz", None),
        ("get", "/metrics", "/metrics", None),
        ("post", "/api/login", "/api/login", Some(json!({ "token": server.token }))),
        ("post", "/api/logout", "/api/logout", None),
    ];
    let mut seen = BTreeSet::new();
    for (method, path, at, body) in calls {
        let answer = server.call(&format!("{} {at}", method.to_uppercase()), body).await;
        check(&document, path, method, &answer);
        seen.insert((path.to_owned(), method.to_owned()));
    }
    let documented: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(|method| (path.clone(), method.clone())).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(seen, documented, "every operation is called here, and every one is in the document");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_refers_to_nothing_that_is_not_there() {
    let server = with_desk().await;
    let document = document(&server).await;
    let text = document.to_string();
    let mut used = BTreeSet::new();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let target = part.split('"').next().unwrap();
        assert!(document.pointer(target).is_some(), "{target}");
        used.insert(target.rsplit('/').next().unwrap().to_owned());
    }
    let schemas: BTreeSet<String> =
        document["components"]["schemas"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(used, schemas, "no schema is left over");
    let ids: Vec<&str> =
        text.split("\"operationId\":\"").skip(1).map(|part| part.split('"').next().unwrap()).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
}
