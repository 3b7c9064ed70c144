//! One reply: clauses out, audio and marks in.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use rooh_core::stream::{Emitter, Inlet};
use rooh_core::trace::{Direction, Trace};
use rooh_core::tts::{TtsEvent, TtsRequest};
use rooh_core::{Error, ErrorKind, Result};
use rooh_net::Received;
use tokio::select;
use tokio::time::Instant;

use crate::cartesia::{Inner, VENDOR};
use crate::line::{KEEP, Kept, Line};
use crate::output::Output;
use crate::wire::{self, Manner, Message, malformed};
use crate::words::{Words, is_unspaced};

/// How many clauses may be sent whose audio has not all come.
const CLAUSES: usize = 3;
/// How much audio may wait for the reader when another clause is sent. Whoever interrupts hears
/// nothing of it, and it was paid for.
const AHEAD: Duration = Duration::from_secs(10);
/// How much audio may wait for the reader before nothing more is read: 5.8 MB at 48 kHz.
const MOST: Duration = Duration::from_secs(60);
/// A context in which nothing comes any more lives on for a second at Cartesia, and what is sent to it
/// after that is lost. Half of that is left for the way there and back.
const STALE: Duration = Duration::from_millis(500);

pub(crate) struct Reply {
    /// What is spoken at present; `None` before the first clause, and where that was left behind.
    context: Option<Context>,
    /// Clauses whose audio has not all come.
    clauses: VecDeque<Clause>,
    /// The inlet has ended.
    has_ended: bool,
    /// Audio has come since something was waited for.
    is_flowing: bool,
    /// All has come.
    is_over: bool,
    /// The line may have been dead, or the context gone, when something was sent last: what went
    /// wrong then is tried once more.
    is_uncertain: bool,
    kept: Option<Arc<Kept>>,
    /// The last character that was sent.
    last: Option<char>,
    line: Option<Line>,
    manner: Manner,
    output: Output,
    /// When something came that was waited for, or was asked for.
    progress: Instant,
    /// The length of all clauses, in bytes.
    text: usize,
    trace: Trace,
    voice: Arc<Inner>,
}

struct Context {
    /// How many clauses were sent.
    clauses: u64,
    /// When something of it came last.
    heard: Instant,
    id: String,
    /// That nothing more follows was said.
    is_closed: bool,
    /// How much audio there was before it.
    start: Duration,
}

impl Context {
    /// Whether it certainly lives.
    fn is_fresh(&self) -> bool {
        self.heard.elapsed() < STALE
    }
}

struct Clause {
    /// Where it ends in the text, in bytes.
    end: usize,
    /// Its place in its context, from 1; 0 before it is sent.
    place: u64,
    /// Where it begins in the text, in bytes.
    start: usize,
    text: String,
    words: Words,
}

/// What a reply waits for.
enum Input {
    Clause(Option<String>),
    Message(Result<Received>),
}

impl Reply {
    pub(crate) fn new(voice: Arc<Inner>, kept: Option<Arc<Kept>>, request: &TtsRequest) -> Result<Self> {
        Ok(Self {
            context: None,
            clauses: VecDeque::new(),
            has_ended: false,
            is_flowing: false,
            is_over: false,
            is_uncertain: false,
            kept,
            last: None,
            line: None,
            manner: voice.options.manner(request)?,
            output: Output::new(voice.options.format()),
            progress: Instant::now(),
            text: 0,
            trace: request.trace.clone(),
            voice,
        })
    }

    /// Speaks what comes. While the reader takes its time, audio goes on being read, up to a bound, so
    /// that it is known when a context ends.
    pub(crate) async fn speak(mut self, mut text: Inlet<String>, mut out: Emitter<TtsEvent>) -> Result<()> {
        let mut done = Ok(());
        loop {
            if let Some(event) = self.output.next() {
                let mut emitted = pin!(out.emit(event));
                loop {
                    let goes_on = done.is_ok() && !self.is_over;
                    select! {
                        biased;
                        () = &mut emitted => break,
                        input = self.input(&mut text), if goes_on => done = self.take(input).await,
                    }
                }
            } else if done.is_err() || self.is_over {
                return done;
            } else {
                let input = self.input(&mut text).await;
                done = self.take(input).await;
            }
        }
    }

    /// What comes next. Dropping the future loses nothing.
    async fn input(&mut self, text: &mut Inlet<String>) -> Input {
        let has_room = self.clauses.len() < CLAUSES && self.output.waiting() < AHEAD;
        let (wants_text, due) = (!self.has_ended && has_room, self.due());
        let line = self.line.as_mut().filter(|_| self.output.waiting() < MOST);
        let message = async {
            match line {
                Some(line) => line.socket.next(due).await,
                None => std::future::pending().await,
            }
        };
        select! {
            biased;
            clause = text.next(), if wants_text => Input::Clause(clause),
            message = message => Input::Message(message),
        }
    }

    async fn take(&mut self, input: Input) -> Result<()> {
        let heard = match input {
            Input::Clause(Some(clause)) => return self.clause(clause).await,
            Input::Clause(None) => return self.end().await,
            Input::Message(Ok(Received::Text(text))) => self.message(&text),
            Input::Message(Ok(Received::Binary(_))) => Err(Trouble::Line(malformed("a binary message"))),
            Input::Message(Ok(Received::Closed(code, reason))) => {
                let error = Error::new(ErrorKind::Network, "Cartesia closed the connection");
                Err(Trouble::Line(error.with("code", code).with("reason", reason)))
            }
            Input::Message(Err(error)) => Err(Trouble::Line(error)),
        };
        match heard {
            Ok(()) => {
                self.is_over = self.has_ended && self.clauses.is_empty();
                if self.is_over {
                    // That nothing follows was said to it; all that still comes is `done`.
                    self.context = None;
                }
                Ok(())
            }
            Err(trouble) => self.lost(trouble).await,
        }
    }

    /// When what is waited for has to be there, or an idle line is given up.
    fn due(&self) -> Instant {
        if self.clauses.is_empty() {
            return self.line.as_ref().map_or_else(|| Instant::now() + KEEP, Line::idle_until);
        }
        let options = &self.voice.options;
        let wait = if self.is_flowing { options.idle_timeout() } else { options.first_audio_timeout() };
        self.progress + wait
    }

    async fn clause(&mut self, mut text: String) -> Result<()> {
        let start = self.text;
        self.text += text.len();
        if !text.contains(char::is_alphanumeric) {
            return Ok(());
        }
        if self.clauses.is_empty() {
            self.progress = Instant::now();
            self.is_flowing = false;
            self.context = self.context.take().filter(Context::is_fresh);
            self.is_uncertain = self.context.is_some();
        }
        let words = Words::new(&text);
        // Cartesia joins what it is sent as it is.
        let last = text.chars().last();
        if self.last.is_some_and(|last| last.is_ascii_punctuation())
            && text.starts_with(|c: char| c.is_alphanumeric() && !is_unspaced(c))
        {
            text.insert(0, ' ');
        }
        self.last = last;
        self.clauses.push_back(Clause { end: self.text, place: 0, start, text, words });
        self.send().await
    }

    async fn end(&mut self) -> Result<()> {
        self.has_ended = true;
        if !self.clauses.is_empty() {
            return self.send().await;
        }
        self.is_over = true;
        if let (Some(line), Some(context)) = (&mut self.line, self.context.take().filter(Context::is_fresh)) {
            // All was spoken already, whatever becomes of this.
            let _ = line.send(&self.manner.last(&context.id), &self.trace).await;
        }
        Ok(())
    }

    /// Sends what has not been sent.
    async fn send(&mut self) -> Result<()> {
        while let Err(error) = self.try_to_send().await {
            self.line = None;
            self.begin_anew(error)?;
        }
        Ok(())
    }

    async fn try_to_send(&mut self) -> Result<()> {
        let ends = self.has_ended && self.context.as_ref().is_none_or(|context| !context.is_closed);
        let is_sent = self.clauses.back().is_none_or(|clause| clause.place > 0);
        if is_sent && !ends {
            return Ok(());
        }
        let line = match &mut self.line {
            Some(line) => line,
            None => {
                let kept = match &self.kept {
                    Some(kept) => kept.take().await,
                    None => None,
                };
                self.is_uncertain |= kept.is_some();
                let line = match kept {
                    Some(line) => line,
                    None => Line::open(&self.voice).await?,
                };
                self.line.insert(line)
            }
        };
        if self.context.is_none() {
            self.output.begin();
        }
        let context = self.context.get_or_insert_with(|| Context {
            clauses: 0,
            heard: Instant::now(),
            id: self.voice.context_id(),
            is_closed: false,
            start: self.output.length(),
        });
        for clause in self.clauses.iter_mut().filter(|clause| clause.place == 0) {
            line.send(&self.manner.clause(&context.id, &clause.text), &self.trace).await?;
            line.send(&self.manner.flush(&context.id), &self.trace).await?;
            context.clauses += 1;
            clause.place = context.clauses;
        }
        if self.has_ended {
            line.send(&self.manner.last(&context.id), &self.trace).await?;
            context.is_closed = true;
        }
        Ok(())
    }

    /// Reads a message; what it is about may be over.
    fn message(&mut self, text: &str) -> Result<(), Trouble> {
        let message = Message::read(text).map_err(Trouble::Line)?;
        self.trace.record(VENDOR, Direction::In, || message.shown(text));
        let is_ours = match (&self.context, &message.context_id) {
            (Some(context), Some(id)) => context.id == *id,
            (None, Some(_)) => false,
            (_, None) => true,
        };
        let progress = self.progress;
        if is_ours {
            match message.kind.as_str() {
                "chunk" => self.audio(&message)?,
                "timestamps" => self.words(&message),
                "flush_done" => self.flushed(message.flush_id),
                "done" => self.finished()?,
                "error" => {
                    let error = message.failure(|text| self.voice.client.told(text));
                    // One that names no context is about the connection.
                    let is_of_context = message.context_id.is_some();
                    return Err(if is_of_context { Trouble::Context(error) } else { Trouble::Line(error) });
                }
                _ => {}
            }
        }
        // What comes without end, and is nothing new, is as good as nothing.
        if !self.clauses.is_empty() && self.progress == progress && Instant::now() > self.due() {
            let error = Error::new(ErrorKind::Timeout, "Cartesia did not answer in time");
            return Err(Trouble::Line(error.with("cause", "timeout")));
        }
        Ok(())
    }

    /// The clause whose words a message has: audio and words come in the order of the text.
    fn meant(&mut self, message: &Message) -> Option<&mut Clause> {
        let is_meant = |clause: &Clause| match message.flush_id {
            Some(place) => clause.place == place,
            None => !clause.words.is_over(),
        };
        self.clauses.iter_mut().find(|clause| is_meant(clause))
    }

    fn audio(&mut self, message: &Message) -> Result<(), Trouble> {
        let audio = message.audio().map_err(Trouble::Line)?;
        if audio.is_empty() {
            return Ok(());
        }
        self.output.audio(audio);
        self.is_flowing = true;
        self.is_uncertain = false;
        self.heard();
        Ok(())
    }

    fn words(&mut self, message: &Message) {
        let Some(start) = self.context.as_ref().map(|context| context.start) else { return };
        let Some(clause) = self.meant(message) else { return };
        let mut marks = Vec::new();
        for (word, end) in message.words() {
            let at = Duration::try_from_secs_f64(end).ok().and_then(|end| start.checked_add(end));
            if let (Some(found), Some(at)) = (clause.words.find(word), at) {
                marks.push((clause.start + found, at));
            }
        }
        for (text, at) in marks {
            self.output.mark(text, at);
        }
    }

    /// All audio of the clauses up to this one has come.
    fn flushed(&mut self, place: Option<u64>) {
        let Some(place) = place.or_else(|| Some(self.clauses.front()?.place)) else { return };
        while let Some(clause) = self.clauses.pop_front_if(|clause| (1..=place).contains(&clause.place)) {
            self.output.settle(clause.end);
            self.is_uncertain = false;
            self.heard();
        }
    }

    /// Something new has come.
    fn heard(&mut self) {
        self.progress = Instant::now();
        if let Some(context) = &mut self.context {
            context.heard = self.progress;
        }
    }

    /// The context has ended: by itself, because nothing more was to follow, or before what was said
    /// to it last.
    fn finished(&mut self) -> Result<(), Trouble> {
        if self.is_uncertain {
            let error = Error::new(ErrorKind::Network, "Cartesia ended the context before it was spoken");
            return Err(Trouble::Context(error));
        }
        while let Some(clause) = self.clauses.pop_front() {
            self.output.settle(clause.end);
        }
        self.context = None;
        Ok(())
    }

    /// The line or the context is of no use any more.
    async fn lost(&mut self, trouble: Trouble) -> Result<()> {
        let error = match trouble {
            Trouble::Context(error) => error,
            Trouble::Line(error) => {
                self.line = None;
                error
            }
        };
        if self.clauses.is_empty() {
            self.context = None;
            return Ok(());
        }
        self.begin_anew(error)?;
        self.send().await
    }

    /// Begins a context for what was not spoken, if `error` may have come from one that is gone.
    fn begin_anew(&mut self, error: Error) -> Result<()> {
        self.context = None;
        let is_answer = matches!(error.kind(), ErrorKind::Auth | ErrorKind::RateLimited | ErrorKind::Timeout);
        if is_answer || !std::mem::take(&mut self.is_uncertain) {
            return Err(error);
        }
        for clause in &mut self.clauses {
            clause.place = 0;
        }
        self.progress = Instant::now();
        Ok(())
    }
}

/// What a message, or its absence, makes useless.
enum Trouble {
    Context(Error),
    Line(Error),
}

impl Drop for Reply {
    /// Keeps the line for the next reply, once the context that is spoken was given up.
    fn drop(&mut self) {
        let (Some(kept), Some(mut line)) = (&self.kept, self.line.take()) else { return };
        if line.is_broken {
            return;
        }
        if let Some(context) = &self.context {
            let cancel = wire::cancel(&context.id);
            self.trace.record(VENDOR, Direction::Out, || cancel.to_string());
            if !line.socket.send_now(&cancel) {
                return;
            }
        }
        kept.put(line);
    }
}
