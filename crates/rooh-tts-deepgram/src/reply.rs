//! One reply: clauses go out as they come, audio comes back.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::stream::{Emitter, Inlet};
use rooh_core::trace::{Direction, Trace};
use rooh_core::tts::{Spoken, TtsEvent, TtsRequest};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::{Client, Received};
use tokio::time::{Instant, sleep_until};

use crate::line::{Kept, Lease};
use crate::options::DeepgramOptions;
use crate::wire::{self, Message, VENDOR};

/// The most text in one message, in characters; the vendor takes 2000.
const LONGEST: usize = 1_500;
/// How much text goes out before its end is asked for, in characters: about ten seconds of speech.
/// The vendor allows 20 such questions in a minute.
const GROUP: usize = 150;
/// How many answers may be missing before no more text is taken.
const AHEAD: usize = 2;

/// What was there first.
enum Step {
    Received(Received),
    Text(Option<String>),
    Time,
}

struct Reply {
    /// The audio that was yielded.
    audio: Duration,
    client: Arc<Client>,
    /// Where in the text the ends lie that were asked for.
    ends: VecDeque<usize>,
    format: AudioFormat,
    has_ended: bool,
    heard: Instant,
    idle: Duration,
    lease: Lease,
    /// Half of a sample.
    odd: Option<u8>,
    /// Where the text ends that went out.
    sent: usize,
    trace: Trace,
    /// How much text went out since an end was asked for, in characters.
    unflushed: usize,
}

/// Speaks the text that comes in until the inlet ends.
pub(crate) async fn speak(
    client: Arc<Client>,
    options: DeepgramOptions,
    kept: Option<Kept>,
    request: TtsRequest,
    mut text: Inlet<String>,
    mut out: Emitter<TtsEvent>,
) -> Result<()> {
    let manner = options.manner(request.options.read()?, request.speed)?;
    let mut said = 0;
    // No connection for nothing.
    let first = loop {
        match text.next().await {
            None => return Ok(()),
            Some(clause) if is_speech(&clause) => break clause,
            Some(clause) => said += clause.len(),
        }
    };
    let lease = Lease::take(kept, &client, &options, manner, &request.trace).await?;
    let mut reply = Reply {
        audio: Duration::ZERO,
        client,
        ends: VecDeque::new(),
        format: AudioFormat::mono(options.sample_rate),
        has_ended: false,
        heard: Instant::now(),
        idle: options.idle_timeout(),
        lease,
        odd: None,
        sent: said,
        trace: request.trace,
        unflushed: 0,
    };
    let spoken = async {
        reply.say(&first).await?;
        reply.go_on(&mut text, &mut out).await
    };
    let spoken = spoken.await;
    match &spoken {
        Ok(()) => reply.lease.finish(&reply.trace).await,
        Err(_) => reply.lease.discard(),
    }
    spoken
}

/// Whether there is anything to pronounce.
fn is_speech(text: &str) -> bool {
    text.contains(char::is_alphanumeric)
}

impl Reply {
    async fn go_on(&mut self, text: &mut Inlet<String>, out: &mut Emitter<TtsEvent>) -> Result<()> {
        loop {
            if self.has_ended && self.unflushed == 0 && self.ends.is_empty() {
                return Ok(());
            }
            match self.step(text).await? {
                Step::Text(Some(clause)) => self.say(&clause).await?,
                Step::Text(None) => {
                    self.has_ended = true;
                    self.flush().await?;
                }
                Step::Received(received) => {
                    self.receive(received, out).await?;
                    // What the reader takes is no time of the vendor's.
                    self.heard = Instant::now();
                }
                Step::Time if self.heard.elapsed() >= self.idle && !self.ends.is_empty() => {
                    return Err(wire::unanswered("audio"));
                }
                Step::Time => self.flush().await?,
            }
        }
    }

    async fn step(&mut self, text: &mut Inlet<String>) -> Result<Step> {
        let now = Instant::now();
        let takes = !self.has_ended && self.ends.len() < AHEAD && self.unflushed < GROUP;
        let far = now + Duration::from_secs(24 * 60 * 60);
        let wants_flush = self.wants_flush();
        let line = self.lease.line();
        let mut due = if self.ends.is_empty() { far } else { self.heard + self.idle };
        if wants_flush {
            due = due.min(line.may_flush_at(now));
        }
        let first = async {
            Ok(tokio::select! {
                received = line.socket.next(far) => Step::Received(received?),
                clause = text.next(), if takes => Step::Text(clause),
            })
        };
        tokio::select! {
            // What has come counts, however late it is read.
            biased;
            step = first => step,
            () = sleep_until(due) => Ok(Step::Time),
        }
    }

    /// Sends a clause, if there is anything to pronounce.
    async fn say(&mut self, clause: &str) -> Result<()> {
        self.sent += clause.len();
        if !is_speech(clause) {
            return Ok(());
        }
        for part in parts(clause) {
            self.lease.line().say(&wire::speak(&part), &self.trace).await?;
        }
        self.unflushed += clause.chars().count();
        if self.wants_flush() { self.flush().await } else { Ok(()) }
    }

    /// Whether the end of what went out is to be asked for: at the beginning, so that it is spoken
    /// soon, after a while, and at the end.
    fn wants_flush(&self) -> bool {
        self.unflushed > 0 && (self.ends.is_empty() || self.unflushed >= GROUP || self.has_ended)
    }

    async fn flush(&mut self) -> Result<()> {
        let now = Instant::now();
        if self.unflushed == 0 || self.lease.line().may_flush_at(now) > now {
            return Ok(());
        }
        if self.ends.is_empty() {
            self.heard = now;
        }
        self.ends.push_back(self.sent);
        self.unflushed = 0;
        self.lease.line().flush(&self.trace).await
    }

    async fn receive(&mut self, received: Received, out: &mut Emitter<TtsEvent>) -> Result<()> {
        let text = match received {
            Received::Binary(bytes) => {
                let frame = self.frame(&bytes);
                if !frame.is_empty() {
                    self.audio += frame.duration();
                    out.emit(TtsEvent::Audio(frame)).await;
                }
                return Ok(());
            }
            Received::Closed(code, reason) => return Err(wire::closed(code, &reason)),
            Received::Text(text) => text,
        };
        self.trace.record(VENDOR, Direction::In, || &text);
        match wire::read(&text)? {
            Message::Flushed {} => {
                if let Some(text) = self.ends.pop_front() {
                    out.emit(TtsEvent::Spoken(Spoken { text, audio: self.audio })).await;
                }
                Ok(())
            }
            Message::Error { code, description } => {
                let said = self.client.told(&description);
                Err(Error::new(ErrorKind::Network, format!("Deepgram broke off: {said}"))
                    .with("code", self.client.told(&code)))
            }
            Message::Cleared {} | Message::Unknown => Ok(()),
        }
    }

    /// Audio as it came; messages may end inside of a sample.
    fn frame(&mut self, bytes: &[u8]) -> AudioFrame {
        let at = SessionTime::new(self.audio);
        let mut all: Vec<u8> = self.odd.take().into_iter().collect();
        all.extend_from_slice(bytes);
        if all.len() % 2 == 1 {
            self.odd = all.pop();
        }
        AudioFrame::from_le_bytes(&all, self.format, at)
    }
}

/// A clause as messages that are not too long; the vendor joins them as they are.
fn parts(clause: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = clause;
    while let Some((end, _)) = rest.char_indices().nth(LONGEST) {
        let (head, _) = rest.split_at(end);
        let end = head
            .rfind(char::is_whitespace)
            .map_or(end, |space| space + head[space..].chars().next().map_or(0, char::len_utf8));
        let (head, tail) = rest.split_at(end);
        parts.push(head.to_owned());
        rest = tail;
    }
    let space = if rest.ends_with(char::is_whitespace) { "" } else { " " };
    parts.push(format!("{rest}{space}"));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_clause_is_cut_between_words_and_loses_nothing() {
        let text = "größer ".repeat(1_000);
        let cut = parts(&text);
        assert!(cut.iter().all(|part| part.chars().count() <= LONGEST && part.ends_with(' ')));
        assert_eq!(cut.concat(), text);
        assert_eq!(parts("No."), ["No. "]);
        let endless = "ü".repeat(4_000);
        assert_eq!(parts(&endless).concat().trim_end(), endless);
    }
}
