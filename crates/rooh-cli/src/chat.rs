//! `rooh chat`: the same agent by typing, its tools and hooks included.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::thread;
use std::time::Duration;

use rooh_agents::{AgentSpec, Pipeline};
use rooh_core::agent::{Agent, Greeting};
use rooh_core::event::{Event, EventKind, SessionEnd, SessionState};
use rooh_core::session::Session;
use rooh_core::stream::{Events, Inlet, inlet};
use rooh_core::transport::{Playout, Transport, TransportCapabilities, TransportEvent};
use rooh_wire::EventJson;

use crate::args::ChatOptions;
use crate::data::Data;
use crate::exit::{Exit, Failure, OrExit, Outcome, written};
use crate::plain::one_line;

/// The longest line that is read, in bytes; what follows is another line.
const LONGEST: u64 = 16 * 1024;

pub(crate) fn run(data: &Data, options: &ChatOptions) -> Outcome {
    let spec = data.agent(options.agent.as_deref())?;
    let agent = typed(data, spec)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Failure, error))?;
    runtime.block_on(converse(&agent, options.json))
}

/// The agent without ears and voice.
fn typed(data: &Data, mut spec: AgentSpec) -> Outcome<Agent> {
    let Pipeline { llm, llm_fallbacks, .. } = spec.pipeline;
    spec.pipeline = Pipeline { llm, llm_fallbacks, ..Pipeline::default() };
    let builder = data.builder(spec)?;
    // Whoever types may think for as long as they like.
    builder.no_input(Duration::from_secs(7 * 86_400), [""; 0]).build().or_unavailable(Exit::Data)
}

async fn converse(agent: &Agent, json: bool) -> Outcome {
    let mut session = agent.start(Typed);
    let mut lines = lines();
    let mut screen = Screen { json, prompt: !json && io::stdin().is_terminal(), replying: false };
    // A line that comes before the reply to the one before would only join it.
    let mut waiting = !matches!(agent.settings().greeting, Greeting::None);
    let mut typing = true;
    screen.prompt(waiting)?;
    loop {
        tokio::select! {
            biased;
            event = session.next() => {
                let Some(event) = event else { return Ok(()) };
                screen.show(&event)?;
                match &event.kind {
                    EventKind::StateChanged(SessionState::Processing) => {
                        screen.replying = true;
                        continue;
                    }
                    EventKind::ReplyFinished { .. } => waiting = false,
                    EventKind::StateChanged(SessionState::Listening) if screen.replying => waiting = false,
                    EventKind::SessionEnded { reason: SessionEnd::Failed } => {
                        return Err(Failure::silent(Exit::Failure));
                    }
                    _ => continue,
                }
                screen.replying = false;
                screen.prompt(waiting)?;
            }
            line = lines.next(), if typing && !waiting => match line {
                Some(line) if line.trim().is_empty() => screen.prompt(waiting)?,
                Some(line) => {
                    session.handle().send_text(line);
                    waiting = true;
                }
                None => {
                    typing = false;
                    end(&session);
                }
            },
        }
    }
}

fn end(session: &Session) {
    session.handle().end_after_playback();
}

/// Where the conversation is shown: replies on standard output, the rest on standard error.
struct Screen {
    json: bool,
    prompt: bool,
    /// A turn is being answered; once it is over the session listens again, answer or not.
    replying: bool,
}

impl Screen {
    fn prompt(&self, waiting: bool) -> Outcome {
        if self.prompt && !waiting {
            eprint!("> ");
            return written(io::stderr().flush());
        }
        Ok(())
    }

    fn show(&self, event: &Event) -> Outcome {
        if self.json {
            return line(&EventJson::from(event).to_json());
        }
        match &event.kind {
            EventKind::ReplyText { text, .. } => line(&one_line(text)),
            EventKind::ToolCalled(call) => {
                note(&format!("calls {} {}", call.name, call.arguments));
                Ok(())
            }
            EventKind::ToolReturned { name, output, failed, .. } => {
                let what = if *failed { "failed" } else { "returned" };
                note(&format!("{name} {what} {output}"));
                Ok(())
            }
            EventKind::Failed { error, .. } => {
                note(&format!("failed: {error}"));
                Ok(())
            }
            EventKind::SessionEnded { reason } => {
                note(&format!("the conversation is over: {}", reason.as_str().replace('_', " ")));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn line(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    written(writeln!(out, "{text}").and_then(|()| out.flush()))
}

fn note(text: &str) {
    eprintln!("· {}", one_line(text));
}

/// The lines of standard input; they are read on a thread of their own, because reading them
/// cannot be given up. The thread ends with the program.
fn lines() -> Inlet<String> {
    let (feed, lines) = inlet(1);
    thread::spawn(move || {
        let mut stdin = io::stdin().lock();
        loop {
            let mut bytes = Vec::new();
            match stdin.by_ref().take(LONGEST).read_until(b'\n', &mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let mut text = String::from_utf8_lossy(&bytes).into_owned();
            while let Err(back) = feed.try_send(text) {
                if feed.is_closed() {
                    return;
                }
                text = back;
                thread::sleep(Duration::from_millis(5));
            }
        }
    });
    lines
}

/// A connection that carries no sound: what is said on it is read from the events.
struct Typed;

impl Transport for Typed {
    fn capabilities(&self) -> TransportCapabilities {
        TransportCapabilities::default()
    }

    fn run(self: Box<Self>, mut playout: Inlet<Playout>) -> Events<TransportEvent> {
        Events::new(|mut out| async move {
            out.emit(TransportEvent::Ready).await;
            while playout.next().await.is_some() {}
            Ok(())
        })
    }
}
