//! What a call over a WebSocket costs, on top of a bare echo that is measured in the same run.
//!
//! Server and generator are processes of their own, so that each is measured by itself.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::pin::Pin;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use rooh_audio::AudioFrame;
use rooh_bench::{Counter, Prompt, figure, millis, percentile};
use rooh_core::Agent;
use rooh_core::agent::SessionOptions;
use rooh_core::registry::Registry;
use rooh_core::session::SessionId;
use rooh_core::stage::{AudioFilter, AudioStage};
use rooh_transport_websocket::{WebSocketTransport, Welcome, config, socket};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{accept_async_with_config, client_async_with_config};

const ROLE: &str = "ROOH_BENCH_ROLE";
const FRAME: Duration = Duration::from_millis(20);
/// Bytes of 20 ms at 16 kHz.
const FRAME_BYTES: usize = 640;

fn main() {
    let role = std::env::var(ROLE).unwrap_or_default();
    let words: Vec<&str> = role.split(' ').collect();
    match words[..] {
        ["echo" | "session" | "idle"] => block_on(1, serve(words[0])),
        // As a server runs: on every core, whoever else is there.
        ["server"] => block_on(cores(), serve(words[0])),
        ["generate", kind, port, calls, seconds] => {
            let number = |text: &str| text.parse().expect("the parent passes numbers");
            block_on(1, generate(kind != "echo", number(port) as u16, number(calls), number(seconds)));
        }
        _ => compare(),
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn block_on(workers: usize, work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    runtime.expect("a runtime can be built").block_on(work);
}

/// A child of this program in another role.
struct Role {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Role {
    fn start(role: &str) -> Self {
        let program = std::env::current_exe().expect("this program has a path");
        let mut child = Command::new(program)
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started again");
        let stdin = child.stdin.take().expect("stdin is piped");
        let stdout = BufReader::new(child.stdout.take().expect("stdout is piped"));
        Self { child, stdin, stdout }
    }

    fn line(&mut self) -> Vec<f64> {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("the child writes lines");
        line.split_whitespace().map(|word| word.parse().expect("the child writes numbers")).collect()
    }

    /// CPU nanoseconds, resident KiB and frames taken in so far; the 50th and the 99th percentile
    /// of how many milliseconds late frames went out since this was asked last.
    fn usage(&mut self) -> [f64; 5] {
        writeln!(self.stdin, "usage").expect("the child listens");
        self.line().try_into().expect("five numbers")
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Run {
    /// CPU microseconds of the server for one frame in and one frame out.
    cpu_per_frame: f64,
    lost: f64,
    sent: f64,
    received: f64,
    gaps: f64,
    /// Milliseconds by which the server wrote frames late.
    sent_late: [f64; 2],
}

fn run(kind: &str, calls: usize, seconds: u64) -> Run {
    let mut server = Role::start(kind);
    let port = server.line()[0];
    let mut generator = Role::start(&format!("generate {kind} {port} {calls} {seconds}"));
    // The generator says when all calls are up, and when they are over; it hangs up only after
    // the server was asked what it used.
    generator.line();
    let before = server.usage();
    generator.line();
    let after = server.usage();
    let report = generator.line();
    let [sent, received, gaps, ever_sent] = report[..] else { panic!("four numbers, not {report:?}") };
    let frames = (sent + received) / 2.0;
    // What is still on its way is not lost.
    std::thread::sleep(Duration::from_millis(500));
    Run {
        cpu_per_frame: (after[0] - before[0]) / 1000.0 / frames,
        lost: ever_sent - server.usage()[2],
        sent,
        received,
        gaps,
        sent_late: [after[3], after[4]],
    }
}

fn memory(kind: &str, calls: usize) -> f64 {
    let mut server = Role::start(kind);
    let port = server.line()[0];
    let before = server.usage();
    let mut generator = Role::start(&format!("generate {kind} {port} {calls} 0"));
    generator.line();
    std::thread::sleep(Duration::from_millis(1500));
    let after = server.usage();
    (after[1] - before[1]) / calls as f64
}

/// What a session costs on top of an echo.
fn compare_with_echo(calls: usize, rounds: usize, seconds: u64) {
    // Side by side and more than once: a machine that does something else makes both dearer, and
    // the cheapest of each is the nearest to what they cost by themselves.
    let (mut echo, mut session) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..rounds {
        let round = [run("echo", calls, seconds).cpu_per_frame, run("session", calls, seconds).cpu_per_frame];
        println!(
            "{calls} calls: echo {:.1} us, session {:.1} us of the server's CPU for 20 ms in and 20 ms out",
            round[0], round[1]
        );
        echo = echo.min(round[0]);
        session = session.min(round[1]);
    }
    let extra = (session - echo) / 2.0;
    figure(
        &format!("a session on top of an echo, for each 20 ms and direction, {calls} calls"),
        format!("{extra:.1} us ({:.2} times the echo)", session / echo),
        "5 us",
        extra <= 5.0,
    );
}

fn compare() {
    // Few calls pay for a wake-up of the server each; many share one.
    for (calls, rounds, seconds) in [(200, 3, 3), (1000, 2, 4)] {
        compare_with_echo(calls, rounds, seconds);
    }

    const IDLE: usize = 1000;
    let (bare, idle) = (memory("echo", IDLE), memory("idle", IDLE));
    figure(
        "an idle session beyond its socket",
        format!("{:.1} KiB (socket {bare:.1} KiB)", idle - bare),
        "32 KiB",
        idle - bare <= 32.0,
    );

    const MANY: usize = 1000;
    const SECONDS: u64 = 10;
    let many = run("server", MANY, SECONDS);
    let lost = many.lost;
    // Calls are spread over a frame: the last one of some falls beyond the end.
    let missing = MANY as f64 * (SECONDS as f64 * 50.0 - 1.0) - many.received;
    println!(
        "{MANY} calls: {:.0} frames sent, {:.0} received, {:.1} us of CPU a frame",
        many.sent, many.received, many.cpu_per_frame
    );
    figure(
        &format!("{MANY} calls, frames lost in, missing and torn out"),
        format!("{lost:.0} in, {:.0} missing and {:.0} torn out", missing.max(0.0), many.gaps),
        "0",
        lost == 0.0 && missing <= 0.0 && many.gaps == 0.0,
    );
    let [out_p50, out_p99] = many.sent_late;
    figure(
        &format!("{MANY} calls, lateness of outgoing frames"),
        format!("p50 {out_p50:.2} ms, p99 {out_p99:.2} ms"),
        "p99 5 ms",
        out_p99 <= 5.0,
    );
}

/// Counts the frames that sessions take in.
#[derive(Debug)]
struct Count(Arc<AtomicU64>);

impl AudioStage for Count {
    fn open(&self) -> rooh_core::Result<Box<dyn AudioFilter>> {
        Ok(Box::new(Self(Arc::clone(&self.0))))
    }
}

impl AudioFilter for Count {
    fn process(&mut self, frame: AudioFrame) -> Option<AudioFrame> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Some(frame)
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Echo,
    Plain,
    Timed,
}

async fn serve(kind: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has ports");
    println!("{}", listener.local_addr().expect("it is bound").port());
    let taken = Arc::new(AtomicU64::new(0));
    let written = Written::default();
    answer_usage(Arc::clone(&taken), Arc::clone(&written));
    let builder = Agent::builder(Registry::empty())
        .llm(Prompt("Yes."))
        .tts(Counter { speaks: Duration::from_secs(60) })
        .settings(|settings| settings.no_input_timeout = Duration::from_secs(600))
        .stage_in(Count(Arc::clone(&taken)));
    let builder = if kind == "idle" { builder } else { builder.greeting("Hello.") };
    let agent = builder.build().expect("nothing is wrong");
    let kind = match kind {
        "echo" => Kind::Echo,
        "server" => Kind::Timed,
        _ => Kind::Plain,
    };
    let start = Instant::now();
    for number in 0_u64.. {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let (agent, taken) = (agent.clone(), Arc::clone(&taken));
        let written = Arc::clone(&written);
        tokio::spawn(async move {
            match kind {
                Kind::Echo => echo(stream, &taken).await,
                Kind::Timed => {
                    let timed = Timed { stream, start, call: number as usize, written };
                    converse(timed, agent, number).await;
                }
                Kind::Plain => converse(stream, agent, number).await,
            }
        });
    }
}

async fn echo(stream: TcpStream, taken: &AtomicU64) {
    let Ok(mut peer) = accept_async_with_config(stream, Some(config())).await else { return };
    while let Some(Ok(message)) = peer.next().await {
        if let Message::Binary(audio) = message {
            taken.fetch_add(1, Ordering::Relaxed);
            if peer.send(Message::Binary(audio)).await.is_err() {
                return;
            }
        }
    }
}

async fn converse<IO>(io: IO, agent: Agent, number: u64)
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let Ok(peer) = accept_async_with_config(io, Some(config())).await else { return };
    let peer = socket(peer.into_inner(), Vec::new()).await;
    let id = SessionId::new(format!("call-{number}"));
    let welcome = Welcome { agent: "bench".into(), session: id.clone() };
    let Ok(transport) = WebSocketTransport::accept(peer, welcome).await else { return };
    let mut session = agent.start_with(transport, SessionOptions { id: Some(id), ..Default::default() });
    while session.next().await.is_some() {}
}

/// When the frames of each call were written to its socket, in milliseconds.
type Written = Arc<Mutex<Vec<Vec<f64>>>>;

/// Takes note of when audio is written.
struct Timed {
    stream: TcpStream,
    start: Instant,
    call: usize,
    written: Written,
}

impl AsyncRead for Timed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Timed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.len() >= FRAME_BYTES {
            let mut written = self.written.lock().expect("nobody panics here");
            let calls = written.len().max(self.call + 1);
            written.resize_with(calls, Vec::new);
            written[self.call].push(millis(self.start.elapsed()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// By how many milliseconds the frames of all calls went out late: the 50th and 99th percentile.
fn lateness(written: &[Vec<f64>]) -> [f64; 2] {
    // The first frames of an utterance fill the lead, and go out at once.
    const FILLING: usize = 10;
    // A frame may go out before it is due, together with whatever else is done just then.
    const EARLY: Duration = FRAME;
    let mut late = vec![0.0];
    for call in written {
        let after = |n: usize, at: f64| at - n as f64 * millis(FRAME);
        let each = || call.iter().skip(FILLING).enumerate().map(|(n, at)| after(n, *at));
        // The schedule is the one that the earliest frame fits, if it was as early as it may be.
        let due = each().fold(f64::INFINITY, f64::min) + millis(EARLY);
        late.extend(each().map(|at| (at - due).max(0.0)));
    }
    [percentile(&mut late, 0.5), percentile(&mut late, 0.99)]
}

/// Answers each line of the parent with what this process has used so far.
fn answer_usage(taken: Arc<AtomicU64>, written: Written) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() {
                return;
            }
            let cpu = cpu_nanos();
            let written = std::mem::take(&mut *written.lock().expect("nobody panics here"));
            let [p50, p99] = lateness(&written);
            println!("{} {} {} {p50} {p99}", cpu, resident_kib(), taken.load(Ordering::Relaxed));
        }
    });
}

/// CPU time of all threads, as the scheduler counts it.
fn cpu_nanos() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").expect("the benches run on Linux");
    let times = tasks.flatten().filter_map(|task| {
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse::<u64>().ok()
    });
    times.sum()
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the benches run on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("0 kB");
    line.trim().trim_end_matches(" kB").trim().parse().unwrap_or(0)
}

/// What the generator saw.
#[derive(Default)]
struct Seen {
    sent: u64,
    received: u64,
    gaps: u64,
    /// Also before anything was counted.
    ever_sent: u64,
}

/// Speaks in every call, a frame of 20 ms at a time, and reads what has come.
///
/// One loop for all calls, which asks the kernel for nothing but to write and to read: it shares
/// the machine with what it measures, and is to leave as much of it as it can.
async fn generate(sessions: bool, port: u16, calls: u64, seconds: u64) {
    let mut lines = Vec::new();
    for _ in 0..calls {
        lines.push(connect(port, sessions).await);
    }
    if seconds == 0 {
        println!("{calls}");
        sleep(Duration::from_secs(60)).await;
        drop(lines);
        return;
    }
    let mut seen = Seen::default();
    let silence = frame(BINARY, &[0; FRAME_BYTES]);
    let second = Duration::from_secs(1);
    let start = std::time::Instant::now();
    let mut counting = false;
    // In the first second the greetings begin, and nothing is counted.
    for step in 0..(seconds + 1) * 50 * calls {
        // Calls are spread over the frame, as they are in life.
        let due = FRAME.mul_f64(step as f64 / calls as f64);
        if let Some(wait) = due.checked_sub(start.elapsed()).filter(|wait| *wait > MILLISECOND) {
            std::thread::sleep(wait);
        }
        if !counting && due >= second {
            counting = true;
            println!("{calls}");
        }
        let line = &mut lines[(step % calls) as usize];
        line.step(&silence, sessions, counting.then_some(&mut seen));
        seen.ever_sent += 1;
    }
    println!("{calls}");
    println!("{} {} {} {}", seen.sent, seen.received, seen.gaps, seen.ever_sent);
    sleep(Duration::from_secs(60)).await;
}

const MILLISECOND: Duration = Duration::from_millis(1);

/// One call of the generator, in bytes: the generator is to cost less than what it measures.
struct Line {
    stream: std::net::TcpStream,
    /// What was read and is not a whole frame yet.
    buffer: Vec<u8>,
    frames: u64,
    played: u64,
    /// The sample that the next frame begins with.
    expected: Option<i16>,
}

impl Line {
    /// Sends a frame and takes in what has come.
    fn step(&mut self, silence: &[u8], sessions: bool, seen: Option<&mut Seen>) {
        let mut nothing = Seen::default();
        let seen = seen.unwrap_or(&mut nothing);
        let Self { stream, buffer, frames, played, expected } = self;
        let mut to_send = std::borrow::Cow::from(silence);
        *frames += 1;
        if sessions && frames.is_multiple_of(10) {
            let text = format!(r#"{{"type":"played","generation":1,"ms":{}}}"#, *played * 20);
            to_send.to_mut().extend(frame(TEXT, text.as_bytes()));
        }
        stream.write_all(&to_send).expect("the server takes what it is sent");
        seen.sent += 1;
        let mut arrived = [0; 16 * 1024];
        if let Ok(bytes) = stream.read(&mut arrived) {
            buffer.extend(&arrived[..bytes]);
        }
        take_frames(buffer, |audio| {
            *played += 1;
            seen.received += 1;
            if sessions {
                let samples = &audio[4..];
                let first = i16::from_le_bytes([samples[0], samples[1]]);
                seen.gaps += u64::from(expected.is_some_and(|expected| expected != first));
                *expected = Some(first.wrapping_add((samples.len() / 2) as i16));
            }
        });
    }
}

async fn connect(port: u16, hello: bool) -> Line {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server listens");
    let _ = stream.set_nodelay(true);
    let url = format!("ws://127.0.0.1:{port}/");
    let (peer, _) =
        client_async_with_config(url, stream, Some(config())).await.expect("the server shakes hands");
    // The server says nothing before it was greeted, so nothing was read ahead.
    let stream = peer.into_inner().into_std().expect("it belongs to nobody else");
    let mut line = Line { stream, buffer: Vec::new(), frames: 0, played: 0, expected: None };
    if hello {
        let hello =
            br#"{"type":"hello","version":1,"input_rate":16000,"output_rate":16000,"echo_cancelled":true}"#;
        line.stream.write_all(&frame(TEXT, hello)).expect("the server listens");
    }
    line
}

const TEXT: u8 = 1;
const BINARY: u8 = 2;

/// A frame of a client (RFC 6455, section 5.2), whose mask is zero.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match u8::try_from(payload.len()) {
        Ok(short) if short < 126 => frame.push(0x80 | short),
        _ => {
            frame.push(0x80 | 126);
            frame.extend((payload.len() as u16).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Hands over the payload of every binary frame that is whole.
fn take_frames(buffer: &mut Vec<u8>, mut each: impl FnMut(&[u8])) {
    let mut at = 0;
    while let [first, second, rest @ ..] = &buffer[at..] {
        let (length, header) = match (second & 0x7f, rest) {
            (126, [high, low, ..]) => (usize::from(u16::from_be_bytes([*high, *low])), 4),
            (126.., _) => break,
            (short, _) => (usize::from(short), 2),
        };
        let Some(payload) = buffer.get(at + header..at + header + length) else { break };
        if first & 0x0f == BINARY {
            each(payload);
        }
        at += header + length;
    }
    buffer.drain(..at);
}
