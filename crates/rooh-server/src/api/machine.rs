//! What this machine has that an agent could use; nothing leaves it to find that out.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::app::Shared;

/// Where Ollama listens unless somebody changed it.
const OLLAMA: &str = "127.0.0.1:11434";

/// How long a program on this machine may take to answer.
const PATIENCE: Duration = Duration::from_millis(500);

/// The longest answer that is read, in bytes.
const LONGEST: u64 = 256 * 1024;

pub(super) async fn look(State(app): State<Shared>) -> Json<Value> {
    let registry = app.agents.registry();
    let mut keys: Vec<Value> = Vec::new();
    for provider in registry.catalog().providers {
        for option in &provider.options {
            let Some(variable) =
                option.env.as_deref().filter(|variable| registry.variable(variable).is_some())
            else {
                continue;
            };
            keys.push(json!({ "env": variable, "kind": provider.kind, "provider": provider.name }));
        }
    }
    let ollama = timeout(PATIENCE, ollama()).await.ok().flatten();
    Json(json!({ "keys": keys, "ollama": ollama }))
}

/// The models of an Ollama on this machine, if it answers.
async fn ollama() -> Option<Value> {
    let mut stream = TcpStream::connect(OLLAMA).await.ok()?;
    // In HTTP/1.0 the answer ends with the connection, and has no chunks to put together.
    let request = format!("GET /api/tags HTTP/1.0\r\nHost: {OLLAMA}\r\nAccept: application/json\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await.ok()?;
    Some(json!({ "url": format!("http://{OLLAMA}"), "models": models(&answer)? }))
}

/// The names in an answer to `GET /api/tags`.
fn models(answer: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    if head.split(' ').nth(1) != Some("200") {
        return None;
    }
    let json: Value = serde_json::from_str(body).ok()?;
    let models = json["models"].as_array()?.iter().filter_map(|model| model["name"].as_str());
    Some(models.take(100).map(|name| name.chars().take(200).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_models_of_ollama_are_read_and_anything_else_is_not_one() {
        let answer = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"models\":[{\"name\":\"gemma3:4b\"},{}]}";
        assert_eq!(models(answer), Some(vec!["gemma3:4b".to_owned()]));
        for wrong in [
            &b"HTTP/1.0 404 Not Found\r\n\r\n{}"[..],
            b"SSH-2.0\r\n",
            b"HTTP/1.0 200 OK\r\n\r\n<html>",
            b"\xff",
        ] {
            assert_eq!(models(wrong), None);
        }
    }
}
