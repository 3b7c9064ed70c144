//! A server for a test, and a client that sends exactly what the test says.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use rooh_core::options::Secret;
use rooh_server::{Config, Limits, Server};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::providers;

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running server, and how to stop it.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) folder: TempDir,
    pub(crate) token: String,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) done: JoinHandle<()>,
    /// The program, where the test is about it; it ends with the test.
    _program: Option<Child>,
}

/// The program that `ROOH_BINARY` names, or else the server of this crate.
///
/// `cargo xtask ci` sets it, so that the rules are checked on what people run.
pub(crate) async fn start_program() -> Running {
    let Ok(program) = std::env::var("ROOH_BINARY") else { return start().await };
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(program)
        .args(["serve", "--port", "0", "--data-dir"])
        .arg(folder.path())
        .env_remove("ROOH_TOKEN")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let (_, url) = line.split_once("http://").unwrap();
    let (address, token) = url.split_once("/#token=").unwrap();
    Running {
        address: address.parse().unwrap(),
        folder,
        token: token.trim().to_owned(),
        stop: None,
        done: tokio::spawn(async {}),
        _program: Some(program),
    }
}

/// A server with the providers of these tests.
pub(crate) async fn start() -> Running {
    start_with(|_| {}).await
}

pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config {
        address: "127.0.0.1:0".parse().unwrap(),
        registry: providers::registry(),
        limits: Limits { drain: Duration::from_millis(300), ..Limits::default() },
        ..Config::new(folder.path())
    };
    change(&mut config);
    let server = Server::bind(config).await.unwrap();
    let address = server.address();
    let token = server.token().map(Secret::reveal).unwrap_or_default().to_owned();
    let (stop, stopped) = oneshot::channel();
    let done = tokio::spawn(server.run(async move { drop(stopped.await) }));
    Running { address, folder, token, stop: Some(stop), done, _program: None }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (given, value) = line.split_once(':')?;
            given.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

impl Running {
    /// A server that the test has started in a way of its own.
    pub(crate) fn elsewhere(address: SocketAddr, folder: TempDir, token: &str, done: JoinHandle<()>) -> Self {
        Self { address, folder, token: token.to_owned(), stop: None, done, _program: None }
    }

    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Sends these bytes, and reads one answer.
    pub(crate) async fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        answer(&mut stream).await
    }

    /// Sends a request with these headers besides `Host`.
    pub(crate) async fn request(&self, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = format!("{line} HTTP/1.1\r\n");
        if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
            request += &format!("Host: {}\r\n", self.address);
        }
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            request += &format!("Content-Length: {}\r\n", body.len());
        }
        request += "Connection: close\r\n\r\n";
        request += body;
        self.raw(request.as_bytes()).await
    }

    /// A program that has the token.
    pub(crate) async fn call(&self, line: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("Authorization", bearer.as_str())];
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.request(line, &headers, &body).await
    }

    /// Signs a page in; the cookie as a request gives it back.
    pub(crate) async fn sign_in(&self) -> String {
        let body = serde_json::json!({ "token": self.token }).to_string();
        let origin = self.origin();
        let headers = [("Content-Type", "application/json"), ("Origin", origin.as_str())];
        let answer = self.request("POST /api/login", &headers, &body).await;
        assert_eq!(answer.status, 204, "{answer:?}");
        answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    pub(crate) async fn ticket(&self, agent: &str) -> String {
        let answer = self.call("POST /api/tickets", Some(serde_json::json!({ "agent": agent }))).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["ticket"].as_str().unwrap().to_owned()
    }
}

/// Reads an answer to its end.
pub(crate) async fn answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let read =
            timeout(PATIENCE, stream.read_buf(&mut bytes)).await.expect("an answer in time").unwrap_or(0);
        assert!(read > 0, "the connection ended within a head: {:?}", String::from_utf8_lossy(&bytes));
    };
    let body = bytes.split_off(head + 4);
    let head = String::from_utf8(bytes).unwrap();
    let status: u16 = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut answer = Answer { status, head, body };
    let length: usize = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while answer.body.len() < length {
        let read =
            timeout(PATIENCE, stream.read_buf(&mut answer.body)).await.expect("a body in time").unwrap();
        if read == 0 {
            break;
        }
    }
    answer
}
