//! What a call over a WebSocket costs, on top of a bare echo that is measured in the same run.
//!
//! Server and generator are processes of their own, so that each is measured by itself.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use rooh_audio::AudioFrame;
use rooh_bench::{Counter, Prompt, figure, millis, percentile};
use rooh_core::Agent;
use rooh_core::agent::SessionOptions;
use rooh_core::registry::Registry;
use rooh_core::session::SessionId;
use rooh_core::stage::{AudioFilter, AudioStage};
use rooh_core::stream::{Events, Inlet, inlet};
use rooh_core::transport::{Playout, Transport, TransportCapabilities, TransportEvent};
use rooh_transport_websocket::{WebSocketTransport, Welcome, config, socket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, interval_at, sleep, sleep_until};
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
    /// of how late frames went out since this was asked last.
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
    taken: f64,
    sent: f64,
    received: f64,
    gaps: f64,
    /// Milliseconds by which the generator got frames late: what it lags itself is in them.
    came_late: [f64; 2],
    /// Milliseconds by which the server sent frames late.
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
    let [sent, received, gaps, late_p50, late_p99] = report[..] else {
        panic!("five numbers, not {report:?}")
    };
    let frames = (sent + received) / 2.0;
    // What is still on its way is not lost.
    std::thread::sleep(Duration::from_millis(500));
    Run {
        cpu_per_frame: (after[0] - before[0]) / 1000.0 / frames,
        taken: server.usage()[2],
        sent,
        received,
        gaps,
        came_late: [late_p50, late_p99],
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
    let lost = many.sent - many.taken;
    // Calls are spread over a frame: the last one of some falls beyond the end.
    let missing = MANY as f64 * (SECONDS as f64 * 50.0 - 1.0) - many.received;
    println!(
        "{MANY} calls: {:.0} frames sent, {:.0} taken in, {:.0} received, {:.1} us of CPU a frame",
        many.sent, many.taken, many.received, many.cpu_per_frame
    );
    figure(
        &format!("{MANY} calls, frames lost in, missing and torn out"),
        format!("{lost:.0} in, {:.0} missing and {:.0} torn out", missing.max(0.0), many.gaps),
        "0",
        lost == 0.0 && missing <= 0.0 && many.gaps == 0.0,
    );
    let [[out_p50, out_p99], [in_p50, in_p99]] = [many.sent_late, many.came_late];
    println!("{MANY} calls: the generator got them p50 {in_p50:.2} ms, p99 {in_p99:.2} ms late");
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

async fn serve(kind: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has ports");
    println!("{}", listener.local_addr().expect("it is bound").port());
    let taken = Arc::new(AtomicU64::new(0));
    let late = Arc::new(Mutex::new(Vec::new()));
    answer_usage(Arc::clone(&taken), Arc::clone(&late));
    let builder = Agent::builder(Registry::empty())
        .llm(Prompt("Yes."))
        .tts(Counter { speaks: Duration::from_secs(60) })
        .settings(|settings| settings.no_input_timeout = Duration::from_secs(600))
        .stage_in(Count(Arc::clone(&taken)));
    let builder = if kind == "idle" { builder } else { builder.greeting("Hello.") };
    let agent = builder.build().expect("nothing is wrong");
    let echoes = kind == "echo";
    let timed = kind == "server";
    for number in 0_u64.. {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let (agent, taken) = (agent.clone(), Arc::clone(&taken));
        let late = timed.then(|| Arc::clone(&late));
        tokio::spawn(async move {
            if echoes { echo(stream, &taken).await } else { converse(stream, agent, number, late).await }
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

async fn converse(stream: TcpStream, agent: Agent, number: u64, late: Option<Late>) {
    let Ok(peer) = accept_async_with_config(stream, Some(config())).await else { return };
    let peer = socket(peer.into_inner(), Vec::new()).await;
    let id = SessionId::new(format!("call-{number}"));
    let welcome = Welcome { agent: "bench".into(), session: id.clone() };
    let Ok(transport) = WebSocketTransport::accept(peer, welcome).await else { return };
    let options = SessionOptions { id: Some(id), ..Default::default() };
    let mut session = match late {
        Some(late) => agent.start_with(Timed { line: transport, late }, options),
        None => agent.start_with(transport, options),
    };
    while session.next().await.is_some() {}
}

/// By how many milliseconds frames went out late.
type Late = Arc<Mutex<Vec<f64>>>;

/// Takes note of when the session hands over each frame.
struct Timed<T> {
    line: T,
    late: Late,
}

impl<T: Transport> Transport for Timed<T> {
    fn capabilities(&self) -> TransportCapabilities {
        self.line.capabilities()
    }

    fn run(self: Box<Self>, mut playout: Inlet<Playout>) -> Events<TransportEvent> {
        // A frame is due this long before it is to be heard: the lead, less the frame itself.
        const DUE: Duration = Duration::from_millis(200 - 20);
        // The first frames of an utterance fill the lead, and are due at once.
        const FILLING: usize = 10;
        let Self { line, late } = *self;
        let start = Instant::now();
        let (feed, forward) = inlet(64);
        let mut events = Box::new(line).run(forward);
        Events::new(move |mut out| async move {
            let mut feed = Some(feed);
            let mut frames = 0;
            loop {
                tokio::select! {
                    biased;
                    item = playout.next(), if feed.is_some() => match (item, &feed) {
                        (Some(item), Some(to)) => {
                            if let Playout::Audio { frame, .. } = &item {
                                frames += 1;
                                if frames > FILLING {
                                    let sent = start.elapsed() + DUE;
                                    let lateness = sent.saturating_sub(frame.at().since_start());
                                    late.lock().expect("nobody panics here").push(millis(lateness));
                                }
                            }
                            to.send(item).await;
                        }
                        _ => feed = None,
                    },
                    event = events.next() => match event {
                        Some(event) => out.emit(event?).await,
                        None => return Ok(()),
                    },
                }
            }
        })
    }
}

/// Answers each line of the parent with what this process has used so far.
fn answer_usage(taken: Arc<AtomicU64>, late: Late) {
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() {
                return;
            }
            let mut late = std::mem::take(&mut *late.lock().expect("nobody panics here"));
            late.push(0.0);
            let (p50, p99) = (percentile(&mut late, 0.5), percentile(&mut late, 0.99));
            println!("{} {} {} {p50} {p99}", cpu_nanos(), resident_kib(), taken.load(Ordering::Relaxed));
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

/// What one call of the generator saw.
#[derive(Default)]
struct Seen {
    sent: u64,
    received: u64,
    gaps: u64,
    lateness: Vec<f64>,
}

async fn generate(sessions: bool, port: u16, calls: u64, seconds: u64) {
    let mut peers = Vec::new();
    for _ in 0..calls {
        peers.push(connect(port, sessions).await);
    }
    if seconds == 0 {
        println!("{calls}");
        sleep(Duration::from_secs(60)).await;
        drop(peers);
        return;
    }
    let start = Instant::now() + Duration::from_secs(1);
    let end = start + Duration::from_secs(seconds);
    let mut running = Vec::new();
    for (number, peer) in peers.into_iter().enumerate() {
        // Calls are spread over the frame, as they are in life.
        let phase = FRAME.mul_f64(number as f64 / calls as f64);
        running.push(tokio::spawn(speak(peer, start + phase, end, sessions)));
    }
    sleep_until(start).await;
    println!("{calls}");
    let mut all = Seen::default();
    let mut peers = Vec::new();
    let mut calls = Vec::new();
    for call in running {
        let (peer, seen) = call.await.expect("no panic");
        peers.push(peer);
        calls.push(seen);
    }
    println!("{}", peers.len());
    for seen in calls {
        all.sent += seen.sent;
        all.received += seen.received;
        all.gaps += seen.gaps;
        all.lateness.extend(seen.lateness);
    }
    let (p50, p99) = (percentile(&mut all.lateness, 0.5), percentile(&mut all.lateness, 0.99));
    println!("{} {} {} {p50} {p99}", all.sent, all.received, all.gaps);
    sleep(Duration::from_secs(60)).await;
}

/// One call of the generator, in bytes: the generator is to cost less than what it measures.
struct Line {
    stream: TcpStream,
    /// What was read and is not a whole frame yet.
    buffer: Vec<u8>,
}

async fn connect(port: u16, hello: bool) -> Line {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.expect("the server listens");
    let _ = stream.set_nodelay(true);
    let url = format!("ws://127.0.0.1:{port}/");
    let (peer, _) =
        client_async_with_config(url, stream, Some(config())).await.expect("the server shakes hands");
    // The server says nothing before it was greeted, so nothing was read ahead.
    let mut line = Line { stream: peer.into_inner(), buffer: Vec::new() };
    if hello {
        let hello =
            br#"{"type":"hello","version":1,"input_rate":16000,"output_rate":16000,"echo_cancelled":true}"#;
        line.stream.write_all(&frame(TEXT, hello)).await.expect("the server listens");
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

/// Sends a frame every 20 ms and takes note of what comes back.
async fn speak(mut line: Line, start: Instant, end: Instant, sessions: bool) -> (Line, Seen) {
    let mut seen = Seen::default();
    let silence = frame(BINARY, &[0; FRAME_BYTES]);
    let mut ticks = interval_at(start, FRAME);
    let mut arrivals: Vec<f64> = Vec::new();
    let mut expected: Option<i16> = None;
    let mut played = 0_u64;
    loop {
        let Line { stream, buffer } = &mut line;
        tokio::select! {
            _ = ticks.tick() => {
                if Instant::now() >= end || stream.write_all(&silence).await.is_err() {
                    break;
                }
                seen.sent += 1;
                if sessions && seen.sent % 10 == 0 {
                    let text = format!(r#"{{"type":"played","generation":1,"ms":{}}}"#, played * 20);
                    let _ = stream.write_all(&frame(TEXT, text.as_bytes())).await;
                }
            }
            read = stream.read_buf(buffer) => {
                if !matches!(read, Ok(1..)) {
                    break;
                }
                let now = Instant::now();
                take_frames(buffer, |audio| {
                    played += 1;
                    if sessions {
                        let samples = &audio[4..];
                        let first = i16::from_le_bytes([samples[0], samples[1]]);
                        seen.gaps += u64::from(expected.is_some_and(|expected| expected != first));
                        expected = Some(first.wrapping_add((samples.len() / 2) as i16));
                    }
                    // Counted and timed once the call is under way.
                    if now >= start {
                        seen.received += 1;
                        arrivals.push(millis(now - start));
                    }
                });
            }
        }
    }
    // The schedule is the one that the earliest frame fits.
    let offset =
        arrivals.iter().enumerate().map(|(n, at)| at - n as f64 * 20.0).fold(f64::INFINITY, f64::min);
    seen.lateness = arrivals.iter().enumerate().map(|(n, at)| at - n as f64 * 20.0 - offset).collect();
    (line, seen)
}
