//! What all fakes have in common, seen from clients that know nothing of it.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use rooh_testkit::fakes::{
    Answer, Call, Cuts, Fake, Fault, Message, Records, Seen, SocketFault, Vendor, event,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{Error, Message as Raw};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// How long a wait for nothing is.
const NOTHING: Duration = Duration::from_millis(150);
/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Default)]
struct Counter {
    sockets: usize,
}

impl Vendor for Counter {
    fn key(seen: &Seen) -> Option<String> {
        seen.after("authorization", "Token ").or_else(|| seen.param("key"))
    }

    fn refused(status: u16, text: &str) -> Answer {
        Answer::json(status, &json!({ "refused": text }))
    }

    async fn answer(call: Call<Self>) -> Answer {
        match (call.seen.method.as_str(), call.seen.path.as_str()) {
            ("POST", "/events") => {
                let events = (0..4).map(|n| event(Some("count"), &json!({ "n": n }).to_string())).collect();
                let error = |text: &str| event(Some("error"), text);
                call.stream(Records::events(events).error(error)).await
            }
            ("GET", "/audio") => {
                call.stream(Records::new("audio/pcm", vec![vec![1, 2], vec![3, 4], vec![5, 6]])).await
            }
            // Says six numbers, and then what it hears.
            ("GET", "/count") => {
                call.vendor().sockets += 1;
                call.socket(async |mut peer| {
                    for n in 0..6 {
                        peer.json(&json!({ "n": n })).await?;
                    }
                    while let Message::Text(text) = peer.read().await? {
                        peer.text(text).await?;
                    }
                    peer.close(1000, "bye").await
                })
                .await
            }
            _ => Self::refused(404, "no such path"),
        }
    }
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(fake: &Fake<Counter>) -> Socket {
    connect_async(format!("{}/count", fake.ws_url())).await.expect("the handshake is taken").0
}

async fn next(socket: &mut Socket) -> Option<Result<Raw, Error>> {
    timeout(PATIENCE, socket.next()).await.expect("something comes")
}

/// The numbers that come before something else, and that.
async fn numbers(socket: &mut Socket) -> (Vec<i64>, Option<Result<Raw, Error>>) {
    let mut numbers = Vec::new();
    loop {
        let next = next(socket).await;
        let number = match &next {
            Some(Ok(Raw::Text(text))) => serde_json::from_str::<Value>(text).ok(),
            _ => None,
        };
        match number.and_then(|value| value["n"].as_i64()) {
            Some(n) => numbers.push(n),
            None => return (numbers, next),
        }
    }
}

async fn spoiled(fault: SocketFault) -> (Fake<Counter>, Socket) {
    let fake = Fake::<Counter>::start().await.expect("a port is free");
    fake.spoil(fault);
    let socket = connect(&fake).await;
    (fake, socket)
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < end, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// The status, head and body of a request over a connection of its own, and whether it broke.
async fn ask(fake: &Fake<Counter>, request: &str) -> (u16, String, Vec<u8>, bool) {
    let address = fake.url().trim_start_matches("http://").to_owned();
    let mut tcp = TcpStream::connect(address).await.expect("it listens");
    tcp.write_all(request.as_bytes()).await.expect("it reads");
    let mut all = Vec::new();
    timeout(PATIENCE, tcp.read_to_end(&mut all)).await.expect("it ends").ok();
    let split = all.windows(4).position(|four| four == b"\r\n\r\n").expect("a head ends") + 4;
    let head = String::from_utf8(all[..split].to_vec()).expect("it answers by the book");
    let status = head[9..12].parse().expect("it answers by the book");
    let is_chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    let (mut rest, mut body, mut ended) = (&all[split..], Vec::new(), !is_chunked);
    if !is_chunked {
        body = rest.to_vec();
        rest = &[];
    }
    while let Some(line) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..line]).expect("it answers by the book");
        let size = usize::from_str_radix(size, 16).expect("it answers by the book");
        ended = size == 0;
        body.extend(&rest[line + 2..line + 2 + size]);
        rest = &rest[line + 4 + size..];
    }
    (status, head, body, !ended)
}

fn post(path: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
}

#[tokio::test]
async fn an_honest_socket_says_and_hears_all_whatever_the_cuts() {
    let fake = Fake::<Counter>::start().await.unwrap();
    for cuts in [Cuts::Lines, Cuts::Size(1), Cuts::Once(3), Cuts::Seed(7), Cuts::Whole] {
        fake.cut(cuts);
        let mut socket = connect(&fake).await;
        socket.send(Raw::text("Grüße 🥐")).await.unwrap();
        let (numbers, echo) = numbers(&mut socket).await;
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5], "{cuts:?}");
        assert_eq!(echo.unwrap().unwrap(), Raw::text("Grüße 🥐"), "{cuts:?}");
        assert_eq!(fake.open(), 1, "{cuts:?}");
        socket.send(Raw::binary(vec![1])).await.unwrap();
        let Some(Ok(Raw::Close(Some(frame)))) = next(&mut socket).await else { panic!("{cuts:?}") };
        assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1000, "bye"));
        assert!(next(&mut socket).await.is_none(), "{cuts:?}");
        until("the socket is closed", || fake.open() == 0 && fake.connections() == 0).await;
    }
    assert_eq!((fake.begun(), fake.vendor().sockets), (5, 5));
    assert_eq!(fake.heard()[..2], [Message::Text("Grüße 🥐".to_owned()), Message::Binary(vec![1].into())]);
}

#[tokio::test]
async fn a_client_that_goes_is_noticed_with_and_without_a_word() {
    let faults = [
        None,
        Some(SocketFault::Stall(2)),
        Some(SocketFault::Deaf(2)),
        Some(SocketFault::Endless(2)),
        Some(SocketFault::LongMessage(2)),
        Some(SocketFault::Huge(2)),
        Some(SocketFault::SlowClose),
        Some(SocketFault::Late(PATIENCE)),
    ];
    for fault in faults {
        let fake = Fake::<Counter>::start().await.unwrap();
        for is_polite in [false, true] {
            fault.clone().into_iter().for_each(|fault| fake.spoil(fault));
            let mut socket = connect(&fake).await;
            until("the socket is open", || fake.open() == 1).await;
            if is_polite {
                socket.close(None).await.unwrap();
            }
            drop(socket);
            until(&format!("{fault:?}: the client has gone"), || fake.open() == 0).await;
        }
    }
}

#[tokio::test]
async fn a_socket_that_is_dropped_with_its_fake_ends() {
    let (fake, mut socket) = spoiled(SocketFault::Stall(2)).await;
    assert!(next(&mut socket).await.unwrap().is_ok());
    drop(fake);
    let (_, end) = numbers(&mut socket).await;
    assert!(matches!(end, Some(Err(_))), "{end:?}");
}

#[tokio::test]
async fn refusals_of_a_handshake_have_their_status_body_and_wait() {
    for (status, wait) in [(401, None), (429, Some("7")), (503, Some("1"))] {
        let fake = Fake::<Counter>::start().await.unwrap();
        fake.spoil(SocketFault::Status(status, "because".to_owned(), wait.map(str::to_owned)));
        let Err(Error::Http(answer)) = connect_async(format!("{}/count", fake.ws_url())).await else {
            panic!("{status} is a refusal")
        };
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers().get("retry-after").map(|value| value.to_str().unwrap()), wait);
        assert_eq!(answer.body().as_deref(), Some(&br#"{"refused":"because"}"#[..]));
        connect(&fake).await;
    }
    let fake = Fake::<Counter>::start().await.unwrap().spoiled(SocketFault::Unanswered);
    assert!(timeout(NOTHING, connect_async(format!("{}/count", fake.ws_url()))).await.is_err());
    until("the client has gone", || fake.open() == 0).await;
}

#[tokio::test]
async fn a_key_is_asked_for_in_its_place() {
    let fake = Fake::<Counter>::start().await.unwrap().key("a b");
    let url = format!("{}/count", fake.ws_url());
    for (url, header, is_right) in [
        (url.clone(), None, false),
        (url.clone(), Some("Token wrong"), false),
        (url.clone(), Some("Token a b"), true),
        (format!("{url}?key=a+b"), None, true),
        (format!("{url}?x=1&key=a%20b"), None, true),
    ] {
        let mut request = url.clone().into_client_request().unwrap();
        if let Some(header) = header {
            request.headers_mut().insert("authorization", header.parse().unwrap());
        }
        match connect_async(request).await {
            Ok(_) => assert!(is_right, "{url} {header:?}"),
            Err(Error::Http(answer)) => assert!(!is_right && answer.status() == 401, "{url} {header:?}"),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(fake.seen()[2].header("authorization"), Some("Token a b"));
}

#[tokio::test]
async fn faults_end_a_socket_where_they_say() {
    for n in [0, 2, 6] {
        let (_fake, mut socket) = spoiled(SocketFault::Break(n)).await;
        let (numbers, end) = numbers(&mut socket).await;
        assert_eq!(numbers.len(), n);
        assert!(matches!(end, Some(Err(Error::Io(_) | Error::Protocol(_)))), "{end:?}");

        let (_fake, mut socket) = spoiled(SocketFault::Close(n, 1011, "sorry".to_owned())).await;
        let (numbers, end) = self::numbers(&mut socket).await;
        assert_eq!(numbers.len(), n);
        let Some(Ok(Raw::Close(Some(frame)))) = end else { panic!("{end:?}") };
        assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1011, "sorry"));
    }
    let (_fake, mut socket) = spoiled(SocketFault::BreakInside(2)).await;
    let (numbers, end) = numbers(&mut socket).await;
    assert_eq!(numbers, [0, 1]);
    assert!(
        matches!(end, Some(Err(Error::Io(_) | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)))),
        "{end:?}"
    );
}

#[tokio::test]
async fn a_stalled_socket_answers_pings_and_a_deaf_one_does_not() {
    for (fault, answers) in [(SocketFault::Stall(2), true), (SocketFault::Deaf(2), false)] {
        let (fake, mut socket) = spoiled(fault).await;
        socket.send(Raw::Ping(vec![4].into())).await.unwrap();
        let mut came = Vec::new();
        while let Ok(Some(Ok(message))) = timeout(NOTHING, socket.next()).await {
            came.push(message);
        }
        assert_eq!(came.iter().filter(|message| message.is_text()).count(), 2);
        assert_eq!(came.iter().any(|message| message.is_pong()), answers);
        assert_eq!(fake.open(), 1);
    }
}

#[tokio::test]
async fn messages_come_twice_swapped_over_and_over_or_late() {
    for (fault, wanted) in [
        (SocketFault::Doubled(2), [0, 1, 2, 2, 3, 4]),
        (SocketFault::Swapped(2), [0, 1, 3, 2, 4, 5]),
        (SocketFault::Swapped(5), [0, 1, 2, 3, 4, 5]),
        (SocketFault::Endless(2), [0, 1, 2, 2, 2, 2]),
        (SocketFault::Late(Duration::from_millis(5)), [0, 1, 2, 3, 4, 5]),
    ] {
        let (_fake, mut socket) = spoiled(fault.clone()).await;
        for n in wanted {
            let text = next(&mut socket).await.unwrap().unwrap().into_text().unwrap();
            assert_eq!(text.as_str(), json!({ "n": n }).to_string(), "{fault:?}");
        }
    }
}

#[tokio::test]
async fn messages_are_wrong_or_too_long_where_faults_say() {
    let (_fake, mut socket) = spoiled(SocketFault::Malformed(2)).await;
    let (before, wrong) = numbers(&mut socket).await;
    assert_eq!(before, [0, 1]);
    assert!(serde_json::from_str::<Value>(wrong.unwrap().unwrap().to_text().unwrap()).is_err());
    assert!(next(&mut socket).await.unwrap().unwrap().to_text().unwrap().contains('3'));

    let (_fake, mut socket) = spoiled(SocketFault::NotText(2)).await;
    let (before, wrong) = numbers(&mut socket).await;
    assert_eq!(before, [0, 1]);
    assert!(matches!(wrong, Some(Err(Error::Utf8(_)))), "{wrong:?}");

    for fault in [SocketFault::Huge(2), SocketFault::LongMessage(2)] {
        let (_fake, mut socket) = spoiled(fault).await;
        let (before, wrong) = numbers(&mut socket).await;
        assert_eq!(before, [0, 1]);
        assert!(matches!(wrong, Some(Err(Error::Capacity(_)))), "{wrong:?}");
    }
}

#[tokio::test]
async fn a_slow_socket_never_closes() {
    let (fake, mut socket) = spoiled(SocketFault::SlowClose).await;
    for _ in 0..6 {
        next(&mut socket).await.unwrap().unwrap();
    }
    socket.close(None).await.unwrap();
    assert!(timeout(NOTHING, socket.next()).await.is_err());
    assert_eq!(fake.heard(), [Message::Close(None)]);

    let (_fake, mut socket) = spoiled(SocketFault::SlowClose).await;
    socket.send(Raw::binary(vec![1])).await.unwrap();
    for _ in 0..6 {
        next(&mut socket).await.unwrap().unwrap();
    }
    assert!(timeout(NOTHING, socket.next()).await.is_err());
}

#[tokio::test]
async fn events_are_framed_and_spoiled_as_asked() {
    let fake = Fake::<Counter>::start().await.unwrap();
    let count = |n: i32| format!("event: count\ndata: {{\"n\":{n}}}\n\n");
    let all = [count(0), count(1), count(2), count(3)];
    let commented: String = all.iter().map(|event| format!(": a comment\n\n{event}")).collect();
    for (fault, wanted, breaks) in [
        (Fault::Comments, commented, false),
        (Fault::Crlf, all.concat().replace('\n', "\r\n"), false),
        (Fault::Doubled(1), [count(0), count(1), all[1..].concat()].concat(), false),
        (Fault::Swapped(0), [count(1), count(0), all[2..].concat()].concat(), false),
        (Fault::End(9), all.concat()[..9].to_owned(), false),
        (Fault::Break(9), all.concat()[..9].to_owned(), true),
        (Fault::Error("why".to_owned()), format!("{}event: error\ndata: why\n\n", count(0)), false),
    ] {
        for cuts in [Cuts::Lines, Cuts::Size(1), Cuts::Seed(3)] {
            fake.cut(cuts);
            fake.spoil(fault.clone());
            let (status, head, body, broke) = ask(&fake, &post("/events")).await;
            assert!(status == 200 && head.contains("text/event-stream"), "{head}");
            assert_eq!((String::from_utf8(body).unwrap(), broke), (wanted.clone(), breaks), "{fault:?}");
        }
    }
    fake.spoil(Fault::Status(429, "limit".to_owned(), Some("3".to_owned())));
    let (status, head, body, _) = ask(&fake, &post("/events")).await;
    assert!(status == 429 && head.contains("retry-after: 3") && body == br#"{"refused":"limit"}"#, "{head}");
}

#[tokio::test]
async fn audio_has_no_record_of_an_error_and_breaks() {
    let fake = Fake::<Counter>::start().await.unwrap();
    let get = post("/audio").replace("POST", "GET");
    for (fault, wanted, breaks) in [
        (None, &[1, 2, 3, 4, 5, 6][..], false),
        (Some(Fault::Crlf), &[1, 2, 3, 4, 5, 6], false),
        (Some(Fault::Error("x".to_owned())), &[1, 2], true),
        (Some(Fault::Malformed), &[1, 2], true),
    ] {
        fault.clone().into_iter().for_each(|fault| fake.spoil(fault));
        let (_, _, body, broke) = ask(&fake, &get).await;
        assert_eq!((&body[..], broke), (wanted, breaks), "{fault:?}");
    }
}

#[tokio::test]
async fn a_far_fake_answers_and_breaks_as_a_near_one_but_later() {
    let one_way = Duration::from_millis(40);
    let fake = Fake::<Counter>::start().await.unwrap().latency(one_way).await.unwrap();
    let begun = Instant::now();
    let mut socket = connect(&fake).await;
    // The handshake of TCP and that of the socket, each there and back.
    assert!(begun.elapsed() >= 4 * one_way);
    for _ in 0..6 {
        next(&mut socket).await.unwrap().unwrap();
    }
    let asked = Instant::now();
    socket.send(Raw::text("echo")).await.unwrap();
    next(&mut socket).await.unwrap().unwrap();
    assert!(asked.elapsed() >= 2 * one_way);
    drop(socket);
    until("the client has gone", || fake.open() == 0).await;
    fake.spoil(SocketFault::Break(2));
    let (numbers, end) = numbers(&mut connect(&fake).await).await;
    assert_eq!(numbers, [0, 1]);
    assert!(matches!(end, Some(Err(_))), "{end:?}");
}

#[tokio::test]
async fn a_form_with_a_file_is_taken_apart() {
    let fake = Fake::<Counter>::start().await.unwrap();
    let body = "--xyz\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper\r\n\
        --xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\
        Content-Type: audio/wav\r\n\r\nRIFF\r\n\r\n--xy\r\n--xyz--\r\n";
    let head = "POST /form HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
        content-type: multipart/form-data; boundary=\"xyz\"";
    let (status, ..) = ask(&fake, &format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())).await;
    assert_eq!(status, 404);
    let parts = fake.seen()[0].parts();
    let texts: Vec<_> = parts.iter().map(|part| (part.name.as_str(), part.text())).collect();
    assert_eq!(texts, [("model", "whisper".to_owned()), ("file", "RIFF\r\n\r\n--xy".to_owned())]);
    assert_eq!(parts[1].filename.as_deref(), Some("a.wav"));
    assert_eq!(parts[1].content_type.as_deref(), Some("audio/wav"));
}

#[test]
fn seeds_draw_every_fault_of_a_socket() {
    let drawn: Vec<SocketFault> = (0..400).map(|seed| SocketFault::from_seed(seed, 6)).collect();
    let kinds: std::collections::HashSet<_> = drawn.iter().map(std::mem::discriminant).collect();
    assert_eq!(kinds.len(), 14);
    assert_eq!(drawn[7], SocketFault::from_seed(7, 6));
}
