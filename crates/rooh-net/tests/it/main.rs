//! The client against small servers on the loopback address.

mod socket;

use std::time::Duration;

use rooh_core::ErrorKind;
use rooh_core::options::Secret;
use rooh_net::{BaseUrl, Cleartext, Client};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long anything may take here.
const WAIT: Duration = Duration::from_secs(20);

/// A server for one connection, and a client of it with a key.
async fn serve<F, Fut>(answer: F) -> Client
where
    F: FnOnce(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.expect("somebody comes");
        answer(socket).await;
    });
    let base =
        BaseUrl::parse(&format!("http://{address}/v1"), Cleartext::Loopback).expect("it is an address");
    Client::new("Acme", base).key("x-api-key", "Token ", Secret::new("hidden-key")).expect("it is a key")
}

/// Reads the head of a request.
async fn head(socket: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.expect("a head comes"));
    }
    String::from_utf8(head).expect("a head is text")
}

/// A client whose one request is answered by these bytes.
async fn answered(bytes: &'static [u8]) -> Client {
    serve(move |mut socket| async move {
        head(&mut socket).await;
        socket.write_all(bytes).await.expect("they are taken");
    })
    .await
}

#[tokio::test]
async fn events_of_a_server_are_read_to_their_end() {
    let client = answered(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Id: 7\r\n\r\n: hi\n\nevent: a\ndata: 1\n\ndata: 2\n\n",
    )
    .await;
    let answer = client.get("/stream", WAIT).await.unwrap();
    assert_eq!(answer.header("x-id"), Some("7"));
    let mut events = answer.events(100);
    let first = events.next(WAIT).await.unwrap().unwrap();
    assert_eq!((first.event.as_str(), first.data.as_str()), ("a", "1"));
    assert_eq!(events.next(WAIT).await.unwrap().unwrap().data, "2");
    assert_eq!(events.next(WAIT).await.unwrap(), None);
}

#[tokio::test]
async fn the_body_of_a_refusal_is_read_by_who_knows_it() {
    let client = answered(
        b"HTTP/1.1 429 Slow\r\nContent-Length: 47\r\n\r\n{\"error\":{\"message\":\"hidden-key?\"},\"seconds\":7}",
    )
    .await;
    let client = client
        .reading(|error, body| error.wait(Duration::from_secs(body["seconds"].as_u64().unwrap_or_default())));
    let error = client.get("/", WAIT).await.unwrap_err();
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_secs(7))));
    assert!(!error.to_string().contains("hidden-key"), "{error}");
}

#[tokio::test]
async fn a_form_is_sent_with_its_file() {
    let (sent, seen) = tokio::sync::oneshot::channel();
    let client = serve(|mut socket| async move {
        let head = head(&mut socket).await;
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.expect("the length is known")];
        socket.read_exact(&mut body).await.expect("a body comes");
        socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").await.expect("it is taken");
        let _ = sent.send((head, String::from_utf8(body).expect("this body is text")));
    })
    .await;
    let form = rooh_net::Form::new()
        .text("model", "m")
        .file("file", "speech.wav", "audio/wav", &b"RIFF"[..])
        .unwrap();
    client.post_form("/audio", form, WAIT).await.unwrap().json(100, WAIT).await.unwrap();
    let (head, body) = seen.await.unwrap();
    assert!(head.starts_with("POST /v1/audio HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("x-api-key: Token hidden-key\r\n"), "{head}");
    assert!(body.contains("name=\"model\"\r\n\r\nm\r\n"), "{body}");
    assert!(body.contains("filename=\"speech.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n"), "{body}");
}
