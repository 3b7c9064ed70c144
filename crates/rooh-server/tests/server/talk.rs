//! Conversations over the WebSocket of the real server.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::client::{PATIENCE, Running};
use crate::rest::{desk, with_desk};

type Client = WebSocketStream<TcpStream>;

async fn open(server: &Running, query: &str) -> Result<Client, u16> {
    let mut request = format!("ws://{}/api/talk?{query}", server.address).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "rooh.v1".parse().unwrap());
    let stream = TcpStream::connect(server.address).await.unwrap();
    match client_async(request, stream).await {
        Ok((client, response)) => {
            assert_eq!(response.headers()["sec-websocket-protocol"], "rooh.v1");
            Ok(client)
        }
        Err(SocketError::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

async fn call(server: &Running, agent: &str) -> (Client, String) {
    let ticket = server.ticket(agent).await;
    let mut client = open(server, &format!("ticket={ticket}")).await.unwrap();
    let hello = json!({ "type": "hello", "version": 1, "input_rate": 16_000, "output_rate": 16_000, "echo_cancelled": true });
    client.send(Message::text(hello.to_string())).await.unwrap();
    let ready = next(&mut client).await.unwrap();
    assert_eq!((&ready["type"], &ready["agent"]), (&json!("ready"), &json!(agent)));
    let id = ready["session"].as_str().unwrap().to_owned();
    (client, id)
}

/// The next text, with audio as `{"type":"audio"}` and a close as `Err` of its code.
async fn next(client: &mut Client) -> Result<Value, u16> {
    loop {
        match timeout(PATIENCE, client.next()).await.expect("a message in time") {
            Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Binary(bytes))) => {
                return Ok(json!({ "type": "audio", "generation": bytes[0], "bytes": bytes.len() - 4 }));
            }
            Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Err(1006),
        }
    }
}

/// Reads until this event, and says how much audio came before it.
async fn until(client: &mut Client, kind: &str) -> (Value, usize) {
    let mut bytes = 0;
    loop {
        let message = next(client).await.unwrap_or_else(|code| panic!("closed with {code} before {kind}"));
        bytes += message["bytes"].as_u64().unwrap_or(0) as usize;
        if message["type"] == kind {
            return (message, bytes);
        }
        if message["event"]["type"] == kind {
            return (message["event"].clone(), bytes);
        }
    }
}

async fn send(client: &mut Client, message: Value) {
    client.send(Message::text(message.to_string())).await.unwrap();
}

async fn end_code(client: &mut Client) -> u16 {
    loop {
        if let Err(code) = next(client).await {
            return code;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_typed_turn_is_answered_aloud() {
    let server = with_desk().await;
    let (mut client, id) = call(&server, "desk").await;
    send(&mut client, json!({ "type": "text", "text": "good morning" })).await;
    let (reply, _) = until(&mut client, "reply_text").await;
    assert_eq!(reply["text"].as_str().unwrap().trim(), "You said good morning.");
    let (end, bytes) = until(&mut client, "audio_end").await;
    assert!(bytes > 8_000, "{bytes} bytes of sound");
    let played = json!({ "type": "played", "generation": end["generation"], "ms": 440 });
    send(&mut client, played).await;

    let session = server.call(&format!("GET /api/sessions/{id}"), None).await.json();
    assert_eq!(session["agent"], "desk");
    assert_ne!(session["state"], "closed");
    send(&mut client, json!({ "type": "end" })).await;
    assert_eq!(end_code(&mut client).await, 1000);
    drop(client);
    for _ in 0..100 {
        let session = server.call(&format!("GET /api/sessions/{id}"), None).await.json();
        if session["state"] == "closed" {
            assert!(session["ended_at"].is_string() && session["reason"].is_string());
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the session does not end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agent_talks_without_a_turn_detector_that_is_not_there() {
    let server = with_desk().await;
    let mut other = desk();
    other["name"] = "other".into();
    other["pipeline"]["turn"] = "absent".into();
    other["pipeline"]["completeness"] = "llm".into();
    let created = server.call("POST /api/agents", Some(other)).await;
    assert_eq!(created.status, 201, "{created:?}");
    let (mut client, _) = call(&server, "other").await;
    send(&mut client, json!({ "type": "text", "text": "good morning" })).await;
    let (reply, _) = until(&mut client, "reply_text").await;
    assert_eq!(reply["text"].as_str().unwrap().trim(), "You said good morning.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ticket_opens_one_socket_to_its_agent() {
    let server = with_desk().await;
    let mut other = desk();
    other["name"] = "other".into();
    server.call("POST /api/agents", Some(other)).await;
    let ticket = server.ticket("desk").await;
    assert_eq!(open(&server, &format!("ticket={ticket}&agent=other")).await.err(), Some(401));
    assert_eq!(open(&server, &format!("ticket={ticket}")).await.err(), Some(401), "it was used up");
    let ticket = server.ticket("desk").await;
    let _client = open(&server, &format!("ticket={ticket}")).await.unwrap();
    assert_eq!(open(&server, &format!("ticket={ticket}")).await.err(), Some(401));
    assert_eq!(server.call("POST /api/tickets", Some(json!({ "agent": "none" }))).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_agents_talk_at_once() {
    let server = with_desk().await;
    for name in ["one", "two"] {
        let mut spec = desk();
        spec["name"] = name.into();
        spec["models"]["mind"]["prefix"] = format!("{name} hears ").into();
        assert_eq!(server.call("POST /api/agents", Some(spec)).await.status, 201);
    }
    let (mut one, _) = call(&server, "one").await;
    let (mut two, _) = call(&server, "two").await;
    send(&mut one, json!({ "type": "text", "text": "a" })).await;
    send(&mut two, json!({ "type": "text", "text": "b" })).await;
    assert_eq!(until(&mut two, "reply_text").await.0["text"].as_str().unwrap().trim(), "two hears b.");
    assert_eq!(until(&mut one, "reply_text").await.0["text"].as_str().unwrap().trim(), "one hears a.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_swap_reaches_sessions_that_go_on_and_a_changed_file_the_next_one() {
    let server = with_desk().await;
    let (mut client, _) = call(&server, "desk").await;
    let swap = json!({ "kind": "llm", "provider": "echo?prefix=Now " });
    let swapped = server.call("POST /api/agents/desk/swap", Some(swap)).await;
    assert_eq!(swapped.json(), json!({ "sessions": 1 }), "{swapped:?}");
    send(&mut client, json!({ "type": "text", "text": "swapped" })).await;
    assert_eq!(until(&mut client, "reply_text").await.0["text"].as_str().unwrap().trim(), "Now swapped.");

    let mut changed = desk();
    changed["models"]["mind"]["prefix"] = "Later ".into();
    server.call("PUT /api/agents/desk", Some(changed)).await;
    let (mut later, _) = call(&server, "desk").await;
    send(&mut later, json!({ "type": "text", "text": "changed" })).await;
    assert_eq!(until(&mut later, "reply_text").await.0["text"].as_str().unwrap().trim(), "Later changed.");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_can_be_ended_from_outside() {
    let server = with_desk().await;
    let (mut client, id) = call(&server, "desk").await;
    assert_eq!(server.call(&format!("DELETE /api/sessions/{id}"), None).await.status, 204);
    assert_eq!(until(&mut client, "session_ended").await.0["reason"], "dropped");
    assert_eq!(end_code(&mut client).await, 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_ends_one_session_and_says_1011() {
    let server = with_desk().await;
    let (mut other, _) = call(&server, "desk").await;
    let (mut client, id) = call(&server, "desk").await;
    send(&mut client, json!({ "type": "text", "text": "panic" })).await;
    assert_eq!(end_code(&mut client).await, 1011);
    send(&mut other, json!({ "type": "text", "text": "still there" })).await;
    assert_eq!(
        until(&mut other, "reply_text").await.0["text"].as_str().unwrap().trim(),
        "You said still there."
    );
    sleep(Duration::from_millis(100)).await;
    let session = server.call(&format!("GET /api/sessions/{id}"), None).await.json();
    assert_eq!((&session["state"], &session["reason"]), (&json!("closed"), &json!("failed")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_lets_sessions_end_and_takes_no_new_ones() {
    let mut server = with_desk().await;
    let (mut client, _) = call(&server, "desk").await;
    server.stop();
    sleep(Duration::from_millis(100)).await;
    let health = server.request("GET /healthz", &[], "").await;
    assert_eq!((health.status, health.code().as_str()), (503, "unavailable"));
    assert_eq!(server.call("POST /api/tickets", Some(json!({ "agent": "desk" }))).await.status, 503);
    send(&mut client, json!({ "type": "text", "text": "one more" })).await;
    assert_eq!(
        until(&mut client, "reply_text").await.0["text"].as_str().unwrap().trim(),
        "You said one more."
    );
    // After the time to drain the session is ended, and the server with it.
    let code = end_code(&mut client).await;
    assert!(code == 1000 || code == 1001, "{code}");
    drop(client);
    timeout(Duration::from_secs(5), &mut server.done).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_dropped_says_goodbye() {
    let server = with_desk().await;
    let (mut client, _) = call(&server, "desk").await;
    server.done.abort();
    assert_eq!(end_code(&mut client).await, 1000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_with_an_accept_loop_of_its_own_mounts_the_router() {
    let folder = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = rooh_server::Config {
        address,
        registry: crate::providers::registry(),
        ..rooh_server::Config::new(folder.path())
    };
    let (router, token) = rooh_server::router(config).unwrap();
    let done = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let server = Running::elsewhere(address, folder, token.unwrap().reveal(), done);
    assert_eq!(server.call("POST /api/agents", Some(desk())).await.status, 201);
    let (mut client, _) = call(&server, "desk").await;
    send(&mut client, json!({ "type": "text", "text": "mounted" })).await;
    assert_eq!(
        until(&mut client, "reply_text").await.0["text"].as_str().unwrap().trim(),
        "You said mounted."
    );
}
