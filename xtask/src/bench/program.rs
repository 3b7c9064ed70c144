//! Figures of the program as people get it: how long its build takes, and how soon it answers.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::shell::{Result, cargo, run};
use crate::tree::Tree;

/// How many starts are measured; the median counts.
const STARTS: usize = 5;

/// Measures how soon `rooh serve` answers, each time with a new data directory.
///
/// # Errors
///
/// It does not build, or does not answer within ten seconds.
pub(super) fn serve(tree: &Tree) -> Result<String> {
    run(cargo().args(["build", "--release", "--package=rooh-cli"]).current_dir(&tree.root))?;
    let program = target(tree).join("release/rooh");
    let folder = tree.root.join("target/xtask/bench");
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        times.push(first_answer(&program, &folder)?);
    }
    times.sort();
    let median = times[times.len() / 2];
    Ok(super::figure(
        "`rooh serve` answers after",
        &format!("{} ms", median.as_millis()),
        "100 ms",
        median <= Duration::from_millis(100),
    ))
}

/// Measures a clean release build of the program, in a target directory of its own.
///
/// # Errors
///
/// It does not build.
pub(super) fn build(tree: &Tree) -> Result<String> {
    let folder = tree.root.join("target/xtask/clean-build");
    let _ = std::fs::remove_dir_all(&folder);
    run(cargo().args(["fetch", "--quiet"]).current_dir(&tree.root))?;
    let begin = Instant::now();
    let mut command = cargo();
    command.args(["build", "--release", "--package=rooh-cli"]).env("CARGO_TARGET_DIR", &folder);
    run(command.current_dir(&tree.root))?;
    let took = begin.elapsed();
    std::fs::remove_dir_all(&folder)?;
    Ok(super::figure(
        "a clean release build takes",
        &format!("{} s", took.as_secs()),
        "360 s on 2 cores",
        took < Duration::from_secs(360),
    ))
}

fn target(tree: &Tree) -> std::path::PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| tree.root.join("target"), Into::into)
}

/// The time from starting the program to the end of its first answer.
fn first_answer(program: &Path, data_dir: &Path) -> Result<Duration> {
    // A port that was free a moment ago.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let begin = Instant::now();
    let mut child = Command::new(program)
        .args(["serve", "--port", &address.port().to_string(), "--data-dir"])
        .arg(data_dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let answered = loop {
        match ask(address) {
            Ok(answer) if answer.starts_with("HTTP/1.1 200") => break Ok(begin.elapsed()),
            Ok(answer) => break Err(format!("`rooh serve` answers: {answer}").into()),
            Err(error) if begin.elapsed() > Duration::from_secs(10) => {
                break Err(format!("`rooh serve` does not answer: {error}").into());
            }
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    child.kill()?;
    child.wait()?;
    answered
}

/// What the server says of its health.
fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    if answer.is_empty() { Err(std::io::ErrorKind::UnexpectedEof.into()) } else { Ok(answer) }
}
