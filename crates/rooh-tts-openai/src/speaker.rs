//! One reply: a request for each part of it, the next one on its way while one is being spoken.
//!
//! [`Clausewise`](rooh_core::tts::Clausewise) asks for a clause once all audio of the one before was
//! taken. After a short first clause, "Sure.", the agent would then be silent for as long as the
//! server takes to begin. Here the next clause is asked for as soon as the one before has begun to
//! sound; one clause ahead and no more, so that an interruption costs one that nobody hears.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, MaybeDone, maybe_done};
use rooh_audio::{AudioFormat, SessionTime};
use rooh_core::stream::{Emitter, Inlet};
use rooh_core::trace::{Direction, Trace};
use rooh_core::tts::{Spoken, TtsEvent};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::Answer;
use tokio::time::{Instant, timeout};

use crate::clauses::{Part, Parts};
use crate::openai::{Inner, VENDOR};
use crate::options::OpenAiOptions;
use crate::samples::Samples;

/// How long a request may wait for its turn; how long it then takes has its own limit.
const TURN: Duration = Duration::from_secs(600);

/// A part that was asked for.
struct Asked {
    end: usize,
    /// None if there is nothing to pronounce.
    answer: Option<MaybeDone<BoxFuture<'static, Result<Answer>>>>,
}

/// What is still to be said, and the part that was asked for in advance.
struct Ahead {
    asked: Option<Asked>,
    has_ended: bool,
    inner: Arc<Inner>,
    options: OpenAiOptions,
    parts: Parts,
    text: Inlet<String>,
    trace: Trace,
}

impl Ahead {
    /// The next part; `None` once all was said.
    async fn next(&mut self) -> Option<Asked> {
        poll_fn(|cx| {
            self.poll_asked(cx);
            match self.asked.take() {
                Some(asked) => Poll::Ready(Some(asked)),
                None if self.has_ended => Poll::Ready(None),
                None => Poll::Pending,
            }
        })
        .await
    }

    /// Does `work`, and meanwhile asks for the next part.
    async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            let done = work.as_mut().poll(cx);
            if self.options.prefetch {
                self.poll_asked(cx);
                if let Some(Asked { answer: Some(answer), .. }) = &mut self.asked {
                    // Whether it is there is seen when its turn comes.
                    let _ = answer.poll_unpin(cx);
                }
            }
            done
        })
        .await
    }

    /// Asks for the next part, if none was and there is one.
    fn poll_asked(&mut self, cx: &mut Context<'_>) {
        while self.asked.is_none() {
            match self.parts.pop() {
                Some(part) => self.asked = Some(self.ask(part)),
                None if self.has_ended => return,
                None => match self.text.poll_next(cx) {
                    Poll::Ready(Some(clause)) => self.parts.push(&clause),
                    Poll::Ready(None) => self.has_ended = true,
                    Poll::Pending => return,
                },
            }
        }
    }

    fn ask(&self, part: Part) -> Asked {
        let answer = part.text.map(|text| {
            let (inner, trace) = (Arc::clone(&self.inner), self.trace.clone());
            let (body, model) = (self.options.body(&text), self.options.model.clone());
            let answer = async move {
                trace.record(VENDOR, Direction::Out, || body.to_string());
                let answer = inner.client.post("/audio/speech", &body, TURN).await;
                let answer = answer.map_err(|error| inner.explain(error, &model))?;
                let kind = answer.header("content-type").unwrap_or_default().to_owned();
                trace.record(VENDOR, Direction::In, || format!("audio: {kind}"));
                check(&kind, inner.name)?;
                Ok(answer)
            };
            maybe_done(answer.boxed())
        });
        Asked { end: part.end, answer }
    }
}

/// Refuses what no samples can be read from.
fn check(content_type: &str, name: &str) -> Result<()> {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_compressed = ["aac", "flac", "mp3", "mp4", "mpeg", "ogg", "opus", "webm"];
    if kind.strip_prefix("audio/").is_some_and(|kind| is_compressed.iter().any(|other| kind.ends_with(other)))
    {
        let message = format!("{name} sent compressed audio where it was asked for samples");
        return Err(Error::new(ErrorKind::Unsupported, message).with("found", format!("{kind:?}")));
    }
    if kind.starts_with("text/") || kind == "application/json" {
        return Err(Error::new(ErrorKind::Protocol, format!("{name} sent no audio"))
            .with("found", format!("{kind:?}")));
    }
    Ok(())
}

/// Speaks all that comes.
pub(crate) async fn speak(
    inner: Arc<Inner>,
    options: OpenAiOptions,
    trace: Trace,
    text: Inlet<String>,
    mut out: Emitter<TtsEvent>,
) -> Result<()> {
    let format = AudioFormat::mono(options.sample_rate);
    let (first, idle) = (options.first_timeout(), options.idle_timeout());
    let name = inner.name;
    let mut at = SessionTime::ZERO;
    let mut ahead =
        Ahead { asked: None, has_ended: false, inner, options, parts: Parts::default(), text, trace };
    while let Some(Asked { end, answer }) = ahead.next().await {
        if let Some(answer) = answer {
            let begun = Instant::now() + first;
            let mut pieces = head(answer, first, name).await?.pieces();
            let mut samples = Samples::new(format, name);
            let mut due = Some(begun);
            loop {
                let by = due.take().unwrap_or_else(|| Instant::now() + idle);
                let Some(piece) = ahead.beside(pieces.next(by)).await? else { break };
                samples.push(&piece)?;
                while let Some(frame) = samples.frame(at) {
                    at = frame.end();
                    ahead.beside(out.emit(TtsEvent::Audio(frame))).await;
                }
            }
            if let Some(frame) = samples.finish(at)? {
                at = frame.end();
                ahead.beside(out.emit(TtsEvent::Audio(frame))).await;
            }
        }
        // What cannot be pronounced has been said with what came before it.
        ahead.beside(out.emit(TtsEvent::Spoken(Spoken { text: end, audio: at.since_start() }))).await;
    }
    Ok(())
}

/// The head of an answer whose turn has come.
async fn head(
    answer: MaybeDone<BoxFuture<'static, Result<Answer>>>,
    wait: Duration,
    name: &str,
) -> Result<Answer> {
    let mut answer = pin!(answer);
    if timeout(wait, answer.as_mut()).await.is_err() {
        return Err(Error::new(ErrorKind::Timeout, format!("{name} did not answer in time"))
            .with("cause", "timeout")
            .with("waiting for", "the head"));
    }
    answer.as_mut().take_output().expect("it has just been waited for")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_samples_can_be_read_from_is_refused() {
        let kind = |text| check(text, "Acme").err().map(|error| error.kind());
        for right in ["", "audio/pcm", "audio/L16; rate=24000", "application/octet-stream", "audio/x-wav"] {
            assert_eq!(kind(right), None, "{right}");
        }
        for compressed in ["audio/mpeg", "Audio/MPEG; x", "audio/ogg", "audio/x-flac"] {
            assert_eq!(kind(compressed), Some(ErrorKind::Unsupported), "{compressed}");
        }
        for none in ["text/html; charset=utf-8", "application/json"] {
            assert_eq!(kind(none), Some(ErrorKind::Protocol), "{none}");
        }
    }
}
