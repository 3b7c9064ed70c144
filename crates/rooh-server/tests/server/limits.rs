//! What is too long, too slow or too much, and how the server stops.

use std::time::{Duration, Instant};

use rooh_server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::client::{answer, start, start_with};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_is_too_long_is_431() {
    let server = start().await;
    let long = "x".repeat(17 * 1024);
    assert_eq!(server.request("GET /healthz", &[("X-Long", &long)], "").await.status, 431);
    let many: Vec<(&str, &str)> = (0..200).map(|_| ("X-Many", "1")).collect();
    assert_eq!(server.request("GET /healthz", &many, "").await.status, 431);
    assert_eq!(server.request("GET /healthz", &[("X-Long", &long[..12 * 1024])], "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_that_is_too_slow_is_408_and_an_idle_connection_is_closed() {
    let server = start_with(|config| config.limits.head_time = Duration::from_millis(300)).await;
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nHost:").await.unwrap();
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let mut kept = TcpStream::connect(server.address).await.unwrap();
    let whole = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
    kept.write_all(whole.as_bytes()).await.unwrap();
    assert_eq!(answer(&mut kept).await.status, 200);
    let begun = Instant::now();
    assert_eq!(answer(&mut slow).await.status, 408);
    for stream in [&mut idle, &mut kept] {
        assert_eq!(stream.read(&mut [0; 16]).await.unwrap_or(0), 0);
    }
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_is_too_long_is_413_and_one_that_is_too_slow_is_408() {
    let server = start_with(|config| config.limits.body_time = Duration::from_millis(300)).await;
    let long = "1".repeat(1024 * 1024 + 1);
    assert_eq!(server.call("POST /api/tickets", Some(long.into())).await.status, 413);
    let bearer = format!("Bearer {}", server.token);
    let json = ("Content-Type", "application/json");
    let declared = [("Authorization", bearer.as_str()), json, ("Content-Length", "2000000")];
    assert_eq!(server.request("POST /api/tickets", &declared, "{").await.status, 413);
    let slow = [("Authorization", bearer.as_str()), json, ("Content-Length", "20")];
    assert_eq!(server.request("POST /api/tickets", &slow, "{").await.status, 408);
    let chunked =
        [("Authorization", bearer.as_str()), json, ("Transfer-Encoding", "chunked"), ("Content-Length", "0")];
    // Of two lengths the chunks count, as RFC 9112 has it; the agent that is there cannot be built.
    assert_eq!(server.request("POST /api/tickets", &chunked, "0\r\n\r\n").await.status, 422);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_connections_are_503_and_room_comes_back() {
    let server = start_with(|config| {
        config.limits = Limits { connections_per_address: 2, ..config.limits };
    })
    .await;
    let first = TcpStream::connect(server.address).await.unwrap();
    let second = TcpStream::connect(server.address).await.unwrap();
    sleep(Duration::from_millis(100)).await;
    let mut third = TcpStream::connect(server.address).await.unwrap();
    assert_eq!(answer(&mut third).await.status, 503);
    drop((first, second, third));
    sleep(Duration::from_millis(100)).await;
    assert_eq!(server.request("GET /healthz", &[], "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_could_be_read_in_two_ways_are_read_in_one() {
    let server = start().await;
    let host = format!("Host: {}\r\n", server.address);
    for smuggled in [
        format!("POST /api/login HTTP/1.1\r\n{host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd"),
        format!("POST /api/login HTTP/1.1\r\n{host}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{host} folded: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{host}Bad Name: x\r\n\r\n"),
        format!("GET / HTTP/2.0\r\n{host}\r\n"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "\u{1}\u{2}\u{3}\r\n\r\n".to_owned(),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(smuggled.as_bytes()).await.unwrap();
        let mut text = Vec::new();
        stream.read_to_end(&mut text).await.unwrap_or(0);
        let text = String::from_utf8_lossy(&text);
        assert!(text.is_empty() || text.starts_with("HTTP/1.1 4"), "{smuggled:?}: {text}");
        assert!(text.matches("HTTP/1.1 ").count() <= 1, "{smuggled:?}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_is_not_ready_at_once_and_ends_in_time() {
    let mut server = start().await;
    let begun = Instant::now();
    server.stop();
    tokio::time::timeout(Duration::from_secs(5), &mut server.done).await.unwrap().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(1), "nobody was talking");
    assert!(TcpStream::connect(server.address).await.is_err());
}
