//! What the core costs: a hop, an input to the floor, an answer, an interruption.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_bench::{Counter, Prompt, figure, millis, percentile};
use rooh_core::Agent;
use rooh_core::registry::Registry;
use rooh_core::session::Command;
use rooh_core::stream::{Events, Inlet, inlet};
use rooh_core::transport::{Playout, Transport, TransportCapabilities, TransportEvent};
use rooh_floor::{Floor, FloorConfig, Input, Overlap, Words};
use tokio::sync::mpsc;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be built");
    hops(&runtime);
    floor();
    runtime.block_on(answers());
    runtime.block_on(interruptions());
}

/// Nanoseconds for one run of `work`, which does something `count` times.
fn each(count: u32, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_nanos() as f64 / f64::from(count)
}

fn best(measure: impl FnMut() -> f64) -> f64 {
    best_of(5, measure)
}

fn best_of(runs: u32, mut measure: impl FnMut() -> f64) -> f64 {
    (0..runs).map(|_| measure()).fold(f64::INFINITY, f64::min)
}

fn hops(runtime: &tokio::runtime::Runtime) {
    const COUNT: u32 = 1_000_000;
    let frame = AudioFrame::silence(Duration::from_millis(20), AudioFormat::WIDEBAND, SessionTime::ZERO);
    let emitted = best(|| {
        let frame = frame.clone();
        each(COUNT, || {
            runtime.block_on(async move {
                let mut events = Events::new(move |mut out| async move {
                    for _ in 0..COUNT {
                        out.emit(frame.clone()).await;
                    }
                    Ok(())
                });
                while let Some(event) = events.next().await {
                    let _ = black_box(event);
                }
            });
        })
    });
    let fed = best(|| {
        let (feed, mut reader) = inlet(8);
        each(COUNT, || {
            runtime.block_on(async {
                for _ in 0..COUNT {
                    feed.push(frame.clone());
                    black_box(reader.next().await);
                }
            });
        })
    });
    figure("a frame emitted by a stream", format!("{emitted:.0} ns"), "200 ns", emitted <= 200.0);
    figure("a frame through an inlet", format!("{fed:.0} ns"), "200 ns", fed <= 200.0);
}

fn floor() {
    // So short that most runs are over before another process has its turn on this core.
    const COUNT: u32 = 10_000;
    let mut floor = Floor::new(FloorConfig::default());
    let nanos = best_of(1000, || {
        each(COUNT, || {
            for step in 0..COUNT {
                let now = Duration::from_millis(u64::from(step));
                let _ = black_box(floor.handle(now, black_box(Input::UserVoice { until: now })));
            }
        })
    });
    figure("an input to the floor", format!("{nanos:.1} ns"), "20 ns", nanos <= 20.0);

    // In a pause, where all signals are weighed.
    let config =
        FloorConfig { audio_checks: 3, eager: true, longest_turn: Duration::MAX / 2, ..Default::default() };
    let mut floor = Floor::new(config);
    let since = Duration::from_millis(100);
    let _ = floor.handle(since, Input::UserSpeechStarted { since });
    let _ = floor.handle(since, Input::UserSpeechStopped { since });
    let words = Input::UserWords { words: Words::Neutral, overlap: Overlap::Speech(3) };
    let nanos = best_of(1000, || {
        each(COUNT, || {
            for step in 0..COUNT {
                // The pause never grows, so that its turn never ends.
                let input = if step % 2 == 0 { Input::Audio(0.3) } else { words };
                let _ = black_box(floor.handle(since, black_box(input)));
                black_box(floor.next_timeout());
            }
        })
    });
    figure(
        "a signal weighed in a pause, and when to look again",
        format!("{nanos:.1} ns"),
        "100 ns",
        nanos <= 100.0,
    );
}

/// A peer in this process that says when it got what.
struct Peer {
    commands: mpsc::UnboundedReceiver<Command>,
    got: mpsc::UnboundedSender<(Instant, Got)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Got {
    Audio,
    Clear,
    Interrupting,
    Turn,
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
                    command = self.commands.recv() => match command {
                        Some(command) => out.emit(TransportEvent::Command(command)).await,
                        None => return Ok(()),
                    },
                    item = playout.next() => {
                        use rooh_core::event::{EventKind, SessionState};
                        let got = match item {
                            None => return Ok(()),
                            Some(Playout::Audio { .. }) => Got::Audio,
                            Some(Playout::Clear { .. }) => Got::Clear,
                            Some(Playout::Event(event)) => match &event.kind {
                                EventKind::UserTurn { .. } => Got::Turn,
                                EventKind::StateChanged(SessionState::Interrupting) => Got::Interrupting,
                                _ => continue,
                            },
                            Some(_) => continue,
                        };
                        let _ = self.got.send((Instant::now(), got));
                    }
                }
            }
        })
    }
}

struct Call {
    commands: mpsc::UnboundedSender<Command>,
    got: mpsc::UnboundedReceiver<(Instant, Got)>,
    session: tokio::task::JoinHandle<()>,
}

fn call(agent: &Agent) -> Call {
    let (commands, orders) = mpsc::unbounded_channel();
    let (report, got) = mpsc::unbounded_channel();
    let mut session = agent.start(Peer { commands: orders, got: report });
    let session = tokio::spawn(async move { while session.next().await.is_some() {} });
    Call { commands, got, session }
}

impl Call {
    async fn until(&mut self, wanted: Got) -> Instant {
        loop {
            let (at, got) = self.got.recv().await.expect("the session lives");
            if got == wanted {
                return at;
            }
        }
    }

    async fn hang_up(self) {
        drop(self.commands);
        let _ = self.session.await;
    }
}

fn agent(speaks: Duration) -> Agent {
    let reply = "This is a reply that is long enough to be spoken for a while.";
    Agent::builder(Registry::empty())
        .llm(Prompt(reply))
        .tts(Counter { speaks })
        .build()
        .expect("nothing is wrong")
}

/// From the end of a turn to the first audio of the answer, with providers that take no time.
async fn answers() {
    let agent = agent(Duration::from_millis(200));
    for sessions in [1, 100] {
        let mut calls = Vec::new();
        for number in 0..sessions {
            let agent = agent.clone();
            calls.push(tokio::spawn(async move {
                let mut call = call(&agent);
                let mut waits = Vec::new();
                // The calls do not speak in step.
                tokio::time::sleep(Duration::from_millis(7 * number % 400)).await;
                for _ in 0..10 {
                    let _ = call.commands.send(Command::SendText("hello".into()));
                    let turn = call.until(Got::Turn).await;
                    let audio = call.until(Got::Audio).await;
                    waits.push(millis(audio.saturating_duration_since(turn)));
                    tokio::time::sleep(Duration::from_millis(400)).await;
                }
                call.hang_up().await;
                waits
            }));
        }
        let mut waits = Vec::new();
        for call in calls {
            waits.extend(call.await.expect("no panic"));
        }
        let (median, late) = (percentile(&mut waits, 0.5), percentile(&mut waits, 0.99));
        figure(
            &format!("end of turn to first audio, {sessions} sessions"),
            format!("median {median:.2} ms, p99 {late:.2} ms"),
            "2 ms, 10 ms",
            median <= 2.0 && late <= 10.0,
        );
    }
}

/// From the decision to interrupt to the last frame that went out.
async fn interruptions() {
    let agent = agent(Duration::from_secs(20));
    for others in [0, 32] {
        let noise: Vec<Call> = (0..others).map(|_| call(&agent)).collect();
        for busy in &noise {
            let _ = busy.commands.send(Command::SendText("hello".into()));
        }
        let mut decided = Vec::new();
        let mut stale = 0;
        for _ in 0..20 {
            let mut call = call(&agent);
            let _ = call.commands.send(Command::SendText("hello".into()));
            call.until(Got::Audio).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
            let asked = Instant::now();
            let _ = call.commands.send(Command::Interrupt);
            let cleared = call.until(Got::Clear).await;
            decided.push(millis(cleared - asked));
            tokio::time::sleep(Duration::from_millis(60)).await;
            while let Ok((_, got)) = call.got.try_recv() {
                stale += usize::from(got == Got::Audio);
            }
            call.hang_up().await;
        }
        let late = percentile(&mut decided, 1.0);
        figure(
            &format!("interruption to last frame out, {others} others speaking"),
            format!("at most {late:.2} ms, {stale} frames after it"),
            "20 ms, 0",
            late <= 20.0 && stale == 0,
        );
        for busy in noise {
            busy.hang_up().await;
        }
    }
}
