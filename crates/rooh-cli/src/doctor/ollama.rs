//! Whether a local Ollama answers: one question to this machine, and nothing more.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Finding, State};

/// Where Ollama listens unless it is told otherwise.
const PORT: u16 = 11_434;
/// How long it may take: it is on this machine.
const WAIT: Duration = Duration::from_millis(500);
/// The longest answer that is read, in bytes.
const LONGEST: u64 = 4 * 1024;

pub(super) async fn look() -> Finding {
    let what = "local Ollama";
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, PORT));
    match timeout(WAIT, ask(address)).await {
        Ok(Ok(answer)) => match version(&answer) {
            Some(version) => Finding::new(
                what,
                State::Good,
                format!(
                    "version {version} answers on {address}; `--llm ollama/MODEL` uses it where it is linked"
                ),
            ),
            None => Finding::new(what, State::Note, format!("something else answers on {address}")),
        },
        Ok(Err(_)) | Err(_) => Finding::new(what, State::Note, format!("nothing answers on {address}")),
    }
}

async fn ask(address: SocketAddr) -> io::Result<String> {
    let mut socket = TcpStream::connect(address).await?;
    let question = format!("GET /api/version HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    socket.write_all(question.as_bytes()).await?;
    let mut answer = Vec::new();
    socket.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// The version in an answer of Ollama.
fn version(answer: &str) -> Option<String> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let ok = head.lines().next()?.split(' ').nth(1)? == "200";
    let body: serde_json::Value = serde_json::from_str(body.trim()).ok()?;
    let version = body.get("version")?.as_str()?;
    (ok && version.len() <= 40).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ollama_is_taken_for_ollama() {
        let answer = |status: &str, body: &str| format!("HTTP/1.0 {status}\r\nServer: x\r\n\r\n{body}");
        assert_eq!(version(&answer("200 OK", "{\"version\":\"0.5.1\"}")).as_deref(), Some("0.5.1"));
        assert_eq!(version(&answer("404 Not Found", "{\"version\":\"0.5.1\"}")), None);
        assert_eq!(version(&answer("200 OK", "<html>")), None);
        assert_eq!(version(""), None);
    }
}
