//! WebSockets.

use futures::{SinkExt, StreamExt};
use rooh_core::ErrorKind;
use rooh_net::{Received, Route, Socket};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::{WAIT, answered, head, serve};

const LIMIT: usize = 1_000;

fn end() -> Instant {
    Instant::now() + WAIT
}

/// A socket whose server does this.
async fn open<F, Fut>(answer: F) -> Socket
where
    F: FnOnce(WebSocketStream<TcpStream>) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let client = serve(|socket| async move {
        answer(accept_async(socket).await.expect("a handshake comes")).await;
    })
    .await;
    client.socket("/listen", None, LIMIT, WAIT).await.expect("it opens")
}

#[tokio::test]
async fn messages_go_both_ways_and_good_bye_is_said() {
    let (closed, was_closed) = tokio::sync::oneshot::channel();
    let mut socket = open(|mut server| async move {
        let mut last = None;
        while let Some(Ok(message)) = server.next().await {
            last = Some(message.clone());
            if !message.is_close() {
                server.send(Message::Ping("still there?".into())).await.expect("a ping goes out");
                server.send(message).await.expect("an echo goes out");
            }
        }
        let _ = closed.send(last.is_some_and(|message| message.is_close()));
    })
    .await;
    socket.send(&json!({ "a": "grüße" })).await.unwrap();
    assert_eq!(socket.next(end()).await.unwrap(), Received::Text("{\"a\":\"grüße\"}".to_owned()));
    socket.send_bytes(vec![1, 2]).await.unwrap();
    assert_eq!(socket.next(end()).await.unwrap(), Received::Binary(vec![1, 2].into()));
    socket.close().await;
    assert!(was_closed.await.unwrap());
}

#[tokio::test]
async fn a_socket_that_is_dropped_is_seen_to_end() {
    let (ended, has_ended) = tokio::sync::oneshot::channel();
    let socket = open(|mut server| async move {
        while server.next().await.is_some_and(|message| message.is_ok()) {}
        let _ = ended.send(());
    })
    .await;
    drop(socket);
    has_ended.await.unwrap();
}

#[tokio::test]
async fn a_last_word_goes_out_without_waiting_and_what_has_come_is_read_after_its_time() {
    let mut socket = open(|mut server| async move {
        while let Some(Ok(message)) = server.next().await {
            if server.send(message).await.is_err() {
                return;
            }
        }
    })
    .await;
    assert!(socket.send_now(&json!({ "cancel": true })));
    let past = Instant::now();
    let message = loop {
        match socket.next(past).await {
            Ok(message) => break message,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Timeout),
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    assert_eq!(message, Received::Text("{\"cancel\":true}".to_owned()));
}

#[tokio::test]
async fn what_the_vendor_says_last_is_told_without_the_key() {
    let mut socket = open(|mut server| async move {
        let frame = CloseFrame { code: 1008.into(), reason: "no hidden-key\nhere".into() };
        server.close(Some(frame)).await.expect("it goes out");
        while server.next().await.is_some() {}
    })
    .await;
    assert_eq!(socket.next(end()).await.unwrap(), Received::Closed(1008, "no … here".to_owned()));
    let error = socket.send_text("x".to_owned()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
}

#[tokio::test]
async fn what_is_no_message_has_its_kind() {
    let too_long = "x".repeat(LIMIT + 1);
    // A frame says 5 bytes and brings 2; text that is none; a reserved operation.
    let wrong: [(Vec<u8>, ErrorKind); 5] = [
        (
            [&[0x81, 126][..], &(too_long.len() as u16).to_be_bytes(), too_long.as_bytes()].concat(),
            ErrorKind::Protocol,
        ),
        (vec![0x81, 5, b'h', b'i'], ErrorKind::Network),
        (vec![0x81, 1, 0xff], ErrorKind::Protocol),
        (vec![0x83, 0], ErrorKind::Protocol),
        (vec![], ErrorKind::Network),
    ];
    for (bytes, kind) in wrong {
        let told = format!("{:?}", &bytes[..bytes.len().min(8)]);
        let mut socket = open(|mut server| async move {
            server.get_mut().write_all(&bytes).await.expect("it goes out");
        })
        .await;
        let error = socket.next(end()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{told}: {error}");
    }
    let mut silent = open(|server| async move {
        std::future::pending::<()>().await;
        drop(server);
    })
    .await;
    let soon = Instant::now() + Duration::from_millis(20);
    assert_eq!(silent.next(soon).await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_refusal_is_the_error_that_http_makes_of_it() {
    let refusals: [(&'static [u8], ErrorKind); 5] = [
        (b"HTTP/1.1 401 No\r\nContent-Length: 21\r\n\r\n{\"error\":\"hidden-key\"}", ErrorKind::Auth),
        (b"HTTP/1.1 429 No\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n", ErrorKind::RateLimited),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ErrorKind::Protocol),
        (
            b"HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n",
            ErrorKind::Protocol,
        ),
        (b"HTTP/1.1 301 There\r\nLocation: https://evil.test/\r\nContent-Length: 0\r\n\r\n", ErrorKind::Protocol),
    ];
    for (bytes, kind) in refusals {
        let error = answered(bytes).await.socket("/listen", None, LIMIT, WAIT).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!error.to_string().contains("hidden"), "{error}");
        if kind == ErrorKind::RateLimited {
            assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
        }
    }
}

#[tokio::test]
async fn the_handshake_asks_for_what_the_route_says() {
    let (sent, seen) = tokio::sync::oneshot::channel();
    let client = serve(|mut socket| async move {
        let _ = sent.send(head(&mut socket).await);
    })
    .await;
    let route = Route::new("/listen").query("model", "nova 3");
    client.socket(route, Some("acme.v1"), LIMIT, WAIT).await.unwrap_err();
    let head = seen.await.unwrap();
    assert!(head.starts_with("GET /v1/listen?model=nova+3 HTTP/1.1\r\n"), "{head}");
    for line in
        ["upgrade: websocket", "connection: Upgrade", "sec-websocket-protocol: acme.v1", "x-api-key: Token "]
    {
        assert!(head.contains(line), "{line}: {head}");
    }
}
