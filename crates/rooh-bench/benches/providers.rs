//! What Rooh adds to the time of its vendors, and what a session with them costs, measured with
//! servers that speak as they do.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_bench::{figure, millis, percentile};
use rooh_core::Agent;
use rooh_core::event::EventKind;
use rooh_core::llm::{LlmEvent, LlmProvider, LlmRequest, Message, StopReason};
use rooh_core::options::Secret;
use rooh_core::registry::Registry;
use rooh_core::session::Command as Order;
use rooh_core::stream::{Events, Inlet, inlet};
use rooh_core::stt::{SttInput, SttProvider, SttRequest};
use rooh_core::transport::{Playout, Transport, TransportCapabilities, TransportEvent};
use rooh_core::tts::{TtsCapabilities, TtsEvent, TtsProvider, TtsRequest};
use rooh_llm_openai::{OpenAi, OpenAiOptions};
use rooh_stt_deepgram::{Deepgram, DeepgramOptions};
use rooh_testkit::fakes::{FakeCartesia, FakeDeepgram, FakeOpenAi};
use rooh_tts_cartesia::{Cartesia, CartesiaOptions};
use tokio::sync::mpsc;

/// Tells this program that it is the vendors, in a process of their own.
const VENDORS: &str = "ROOH_BENCH_VENDORS";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be built");
    if std::env::var_os(VENDORS).is_some() {
        return runtime.block_on(vendors());
    }
    memory(&runtime);
    runtime.block_on(own_time());
    tokens();
    runtime.block_on(session_tokens());
    runtime.block_on(warmth());
}

/// Moments of one reply.
#[derive(Clone, Debug, Default)]
struct Moments(Arc<Mutex<Vec<(What, Instant)>>>);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum What {
    Audio,
    Clause,
    Heard,
    Token,
}

impl Moments {
    fn note(&self, what: What) {
        self.0.lock().expect("nobody panics").push((what, Instant::now()));
    }

    /// How long it took from the first of one to the first of the other, in milliseconds.
    fn between(&self, from: What, to: What) -> f64 {
        let all = self.0.lock().expect("nobody panics");
        let first = |what| all.iter().find(|(found, _)| *found == what).map(|(_, at)| *at);
        let (from, to) = (first(from).expect("it happened"), first(to).expect("it happened"));
        millis(to.saturating_duration_since(from))
    }
}

/// A model and a voice that note when they get and give something.
#[derive(Clone, Debug)]
struct Noting {
    moments: Moments,
}

impl LlmProvider for Noting {
    fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
        let moments = self.moments.clone();
        Events::new(move |mut out| async move {
            moments.note(What::Token);
            out.emit(LlmEvent::Text("This is a first clause. ".to_owned())).await;
            out.emit(LlmEvent::Text("And a second.".to_owned())).await;
            out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
            Ok(())
        })
    }
}

impl TtsProvider for Noting {
    fn capabilities(&self) -> TtsCapabilities {
        TtsCapabilities::default()
    }

    fn synthesize(&self, _: TtsRequest, mut text: Inlet<String>) -> Events<TtsEvent> {
        let moments = self.moments.clone();
        Events::new(move |mut out| async move {
            while text.next().await.is_some() {
                moments.note(What::Clause);
                // A vendor takes longer; here, what was asked for has to be asked for first.
                tokio::time::sleep(Duration::from_millis(5)).await;
                let frame =
                    AudioFrame::silence(Duration::from_millis(100), AudioFormat::WIDEBAND, SessionTime::ZERO);
                moments.note(What::Audio);
                out.emit(TtsEvent::Audio(frame)).await;
            }
            Ok(())
        })
    }
}

/// A peer that notes its first frame.
struct Peer {
    moments: Moments,
    orders: mpsc::UnboundedReceiver<Order>,
}

impl Transport for Peer {
    fn capabilities(&self) -> TransportCapabilities {
        TransportCapabilities::default()
    }

    fn run(mut self: Box<Self>, mut playout: Inlet<Playout>) -> Events<TransportEvent> {
        Events::new(move |mut out| async move {
            out.emit(TransportEvent::Ready).await;
            loop {
                tokio::select! {
                    order = self.orders.recv() => match order {
                        Some(order) => out.emit(TransportEvent::Command(order)).await,
                        None => return Ok(()),
                    },
                    item = playout.next() => match item {
                        None => return Ok(()),
                        Some(Playout::Audio { .. }) => self.moments.note(What::Heard),
                        Some(_) => {}
                    },
                }
            }
        })
    }
}

/// From the first token to the voice, and from the voice to the transport, with all layers between.
async fn own_time() {
    const REPLIES: usize = 300;
    let (mut clauses, mut frames) = (Vec::new(), Vec::new());
    for _ in 0..REPLIES {
        let moments = Moments::default();
        let provider = Noting { moments: moments.clone() };
        let agent = Agent::builder(Registry::empty())
            .llm(provider.clone())
            .llm_fallback(provider.clone())
            .tts(provider.clone())
            .tts_fallback(provider)
            .build()
            .expect("nothing is wrong with it");
        let (order, orders) = mpsc::unbounded_channel();
        let mut session = agent.start(Peer { moments: moments.clone(), orders });
        let _ = order.send(Order::SendText("hello".to_owned()));
        while let Some(event) = session.next().await {
            if matches!(event.kind, EventKind::ReplyFinished { .. }) {
                break;
            }
        }
        clauses.push(moments.between(What::Token, What::Clause));
        frames.push(moments.between(What::Audio, What::Heard));
    }
    for (name, mut waits) in
        [("first token to the voice", clauses), ("first audio of the voice to the transport", frames)]
    {
        let (median, late) = (percentile(&mut waits, 0.5), percentile(&mut waits, 0.99));
        figure(name, format!("median {median:.3} ms, p99 {late:.3} ms"), "1 ms", late <= 1.0);
    }
}

/// What a token costs until it is an event: HTTP, server-sent events, JSON.
fn tokens() {
    const TOKENS: usize = 20_000;
    const PIECE: &str = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\
                         \"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}]}\n\n";
    const END: &str = "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\
                       \"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    // A thread that does nothing but write, so that the other core is the reader's.
    std::thread::spawn(move || {
        let body = PIECE.repeat(TOKENS) + END;
        for socket in listener.incoming() {
            let Ok(mut socket) = socket else { return };
            let mut head = [0; 4096];
            let _ = socket.read(&mut head);
            let _ = write!(
                socket,
                "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    let options = OpenAiOptions {
        base_url: format!("http://{address}/v1"),
        model: "m".to_owned(),
        ..OpenAiOptions::default()
    };
    let mind = OpenAi::new(options).expect("the options are right");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let run = || {
        runtime.block_on(async {
            let request = LlmRequest { messages: vec![Message::user("hello")], ..LlmRequest::default() };
            let mut events = mind.chat(request);
            let (mut count, mut start) = (0, Instant::now());
            while let Some(event) = events.next().await {
                if let LlmEvent::Text(_) = event.expect("it answers") {
                    if count == 0 {
                        start = Instant::now();
                    }
                    count += 1;
                }
            }
            assert_eq!(count, TOKENS);
            start.elapsed().as_secs_f64() * 1e6 / TOKENS as f64
        })
    };
    let micros = (0..5).map(|_| run()).fold(f64::INFINITY, f64::min);
    figure(
        "a token from the socket to its event",
        format!("{micros:.2} us"),
        "15 us with the next",
        micros <= 15.0,
    );
}

/// A model that says many words at once.
#[derive(Debug)]
struct Wordy(usize);

impl LlmProvider for Wordy {
    fn chat(&self, _: LlmRequest) -> Events<LlmEvent> {
        let count = self.0;
        Events::new(move |mut out| async move {
            for n in 0..count {
                let piece = if n % 12 == 11 { " word." } else { " word" };
                out.emit(LlmEvent::Text(piece.to_owned())).await;
            }
            out.emit(LlmEvent::Stopped(StopReason::Finished)).await;
            Ok(())
        })
    }
}

/// What a token costs from its event to a clause: layers, hooks, splitting, events.
async fn session_tokens() {
    const TOKENS: usize = 3_000;
    let agent = Agent::builder(Registry::empty())
        .llm(Wordy(TOKENS))
        .llm_fallback(Wordy(TOKENS))
        .on_user_turn(|_, _| async { Ok(rooh_core::hook::TurnAction::Reply) })
        .settings(|settings| settings.longest_reply = 100_000)
        .build()
        .expect("nothing is wrong with it");
    let mut best = f64::INFINITY;
    for _ in 0..10 {
        let (order, orders) = mpsc::unbounded_channel();
        let mut session = agent.start(Peer { moments: Moments::default(), orders });
        let _ = order.send(Order::SendText("hello".to_owned()));
        let (start, mut words) = (Instant::now(), 0);
        while let Some(event) = session.next().await {
            if let EventKind::ReplyText { text, .. } = event.kind {
                words += text.split_whitespace().count();
                if words == TOKENS {
                    break;
                }
            }
        }
        let took = start.elapsed().as_secs_f64() * 1e6 / TOKENS as f64;
        best = best.min(took);
    }
    figure(
        "a token from its event to its clause",
        format!("{best:.2} us"),
        "15 us with the one before",
        best <= 15.0,
    );
}

/// What a connection that is open already saves, over a way of 50 ms there and back.
async fn warmth() {
    const ONE_WAY: Duration = Duration::from_millis(25);
    // A connection of TCP and one of a WebSocket, or of TCP alone; TLS would be one more.
    let (socket, http) = (100.0, 50.0);
    let voice = FakeCartesia::start().await.expect("a port is free");
    let voice = voice.latency(ONE_WAY).await.expect("a port is free");
    let options =
        CartesiaOptions { api_key: Secret::new("key"), base_url: voice.url(), ..CartesiaOptions::default() };
    let voice = Cartesia::new(options).expect("the options are right");
    let first_audio = async |is_warm: bool| {
        let voice = voice.for_session().expect("it keeps a connection");
        if is_warm {
            voice.prewarm().collect().await.expect("it opens");
        }
        let (feed, text) = inlet(1);
        feed.send("hello there.".to_owned()).await;
        drop(feed);
        let start = Instant::now();
        let mut events = voice.synthesize(TtsRequest::default(), text);
        while let Some(event) = events.next().await {
            if let TtsEvent::Audio(_) = event.expect("it speaks") {
                return millis(start.elapsed());
            }
        }
        panic!("there was no audio");
    };
    told("voice over a WebSocket", socket, first_audio).await;

    let mind = FakeOpenAi::start().await.expect("a port is free");
    let mind = mind.latency(ONE_WAY).await.expect("a port is free");
    let options = OpenAiOptions { base_url: mind.base_url(), ..OpenAiOptions::default() };
    let first_token = async |is_warm: bool| {
        let mind = OpenAi::new(options.clone()).expect("the options are right");
        if is_warm {
            mind.prewarm().collect().await.expect("it opens");
        }
        let start = Instant::now();
        let request = LlmRequest { messages: vec![Message::user("hello")], ..LlmRequest::default() };
        let mut events = mind.chat(request);
        while let Some(event) = events.next().await {
            if let LlmEvent::Text(_) = event.expect("it answers") {
                return millis(start.elapsed());
            }
        }
        panic!("there was no text");
    };
    told("language model over HTTP", http, first_token).await;
}

async fn told(what: &str, promised: f64, measure: impl AsyncFn(bool) -> f64) {
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        cold.push(measure(false).await);
        warm.push(measure(true).await);
    }
    let (cold, warm) = (percentile(&mut cold, 0.5), percentile(&mut warm, 0.5));
    let saved = cold - warm;
    figure(
        &format!("{what}, opened in advance, 50 ms there and back"),
        format!("{saved:.0} ms saved ({cold:.0} to {warm:.0} ms)"),
        format!("{promised:.0} ms"),
        // A millisecond for two clocks that do not tick together.
        saved >= promised - 1.0,
    );
}

/// The vendors in a process of their own: prints where they are, and ends with its input.
async fn vendors() {
    let ears = FakeDeepgram::start().await.expect("a port is free");
    let voice = FakeCartesia::start().await.expect("a port is free");
    println!("{} {}", ears.url(), voice.url());
    let _ = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0])).await;
}

struct Vendors(Child);

impl Drop for Vendors {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a session keeps in memory for a recognizer and a voice with a socket each.
fn memory(runtime: &tokio::runtime::Runtime) {
    const SESSIONS: usize = 200;
    let mut child = Command::new(std::env::current_exe().expect("this program has a path"))
        .env(VENDORS, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program can be started");
    let mut line = String::new();
    let out = child.stdout.take().expect("it has an output");
    BufReader::new(out).read_line(&mut line).expect("it says where it is");
    let _vendors = Vendors(child);
    let (ears, voice) = line.trim().split_once(' ').expect("two addresses");
    let key = || Secret::new("key");
    let options = DeepgramOptions { api_key: key(), base_url: ears.to_owned(), ..DeepgramOptions::default() };
    let ears = Deepgram::new(options).expect("the options are right");
    let options =
        CartesiaOptions { api_key: key(), base_url: voice.to_owned(), ..CartesiaOptions::default() };
    let voice = Cartesia::new(options).expect("the options are right");
    runtime.block_on(async {
        // What all sessions share is not the sessions'.
        let first = open(&ears, &voice, 20).await;
        let before = resident();
        let all = open(&ears, &voice, SESSIONS).await;
        let each = resident().saturating_sub(before) as f64 / 1024.0 / SESSIONS as f64;
        drop((first, all));
        figure(
            "a session's sockets to a recognizer and a voice, without TLS",
            format!("{each:.1} KiB"),
            "96 KiB",
            each <= 96.0,
        );
    });
}

/// Sessions that have heard a second and said a sentence.
async fn open(ears: &Deepgram, voice: &Cartesia, count: usize) -> Vec<Box<dyn std::any::Any>> {
    let mut all: Vec<Box<dyn std::any::Any>> = Vec::new();
    for _ in 0..count {
        let (feed, audio) = inlet(64);
        let mut heard = ears.transcribe(SttRequest::default(), audio);
        for n in 0..50 {
            let at = SessionTime::new(Duration::from_millis(20) * n);
            let format = ears.capabilities().format;
            feed.send(SttInput::Audio(AudioFrame::silence(Duration::from_millis(20), format, at))).await;
        }
        feed.send(SttInput::Finalize).await;
        heard.next().await.expect("an answer").expect("it listens");
        let voice = voice.for_session().expect("it keeps a connection");
        let (clauses, text) = inlet(1);
        clauses.send("hello there.".to_owned()).await;
        drop(clauses);
        voice.synthesize(TtsRequest::default(), text).collect().await.expect("it speaks");
        all.push(Box::new((feed, heard, voice)));
    }
    all
}

/// How much memory this process has, in bytes.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = pages.split_whitespace().nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or_default() * 4096
}
