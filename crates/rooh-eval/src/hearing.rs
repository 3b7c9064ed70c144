//! A recognizer that knows what is said: how late its words come, and how many are wrong.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rooh_core::Result;
use rooh_core::stream::{Emitter, Events, Inlet};
use rooh_core::stt::{SttCapabilities, SttEvent, SttInput, SttProvider, SttRequest, Transcript};
use tokio::time::{Instant, sleep_until};

use crate::corpus::Item;
use crate::random::Random;

/// How a simulated recognizer behaves. Build it with `..Default::default()`.
#[derive(Clone, Copy, Debug)]
pub struct Hearing {
    /// How long after its end a word stands in a partial transcript: 200 ms, what streaming
    /// recognizers need.
    pub partial: Duration,
    /// How long after it was asked for the final transcript comes: 300 ms, the better half of
    /// vendors.
    pub last: Duration,
    /// The share of words that are misheard or lost, from 0 to 1.
    pub word_errors: f64,
    /// Whether words carry punctuation and capital letters.
    pub punctuation: bool,
    /// Which words are wrong.
    pub seed: u64,
}

impl Default for Hearing {
    fn default() -> Self {
        Self {
            partial: Duration::from_millis(200),
            last: Duration::from_millis(300),
            word_errors: 0.0,
            punctuation: false,
            seed: 1,
        }
    }
}

impl Hearing {
    /// The words of an item as they are understood, and when, in seconds from its start.
    pub(crate) fn words(&self, item: &Item) -> Vec<(f64, String)> {
        let mut random = Random::new(self.seed, &format!("{} words", item.name));
        let mut heard = Vec::new();
        for word in &item.words {
            let known = word.end + self.partial.as_secs_f64();
            let text = if self.punctuation { word.text.clone() } else { plain(&word.text) };
            let wrong = random.unit() < self.word_errors;
            let other = random.index(item.words.len());
            // Half of the errors are words that are lost, half are other words.
            let text = match wrong {
                true if random.unit() < 0.5 => continue,
                true => plain(&item.words[other].text),
                false => text,
            };
            if !text.is_empty() {
                heard.push((known, text));
            }
        }
        heard
    }
}

/// A word as recognizers without punctuation write it.
fn plain(word: &str) -> String {
    let ends = |c: char| !c.is_alphanumeric();
    word.trim_matches(ends).to_lowercase()
}

/// When the caller begins with the item; whoever plays it says so.
pub(crate) type Begun = Arc<OnceLock<Instant>>;

/// A recognizer that gives the words of an item when they have been said.
pub(crate) struct ScriptedStt {
    words: Arc<[(f64, String)]>,
    hearing: Hearing,
    begun: Begun,
}

impl ScriptedStt {
    pub(crate) fn new(item: &Item, hearing: Hearing, begun: Begun) -> Self {
        Self { words: hearing.words(item).into(), hearing, begun }
    }
}

impl fmt::Debug for ScriptedStt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedStt").field("hearing", &self.hearing).finish_non_exhaustive()
    }
}

impl SttProvider for ScriptedStt {
    fn capabilities(&self) -> SttCapabilities {
        // What is in the script is heard once; a layer would have it heard again.
        SttCapabilities { partials: true, recovers: true, ..SttCapabilities::default() }
    }

    fn transcribe(&self, _: SttRequest, audio: Inlet<SttInput>) -> Events<SttEvent> {
        let stream = Stream {
            words: Arc::clone(&self.words),
            hearing: self.hearing,
            begun: Arc::clone(&self.begun),
            shown: 0,
            settled: 0,
            finals: Vec::new(),
        };
        Events::new(move |out| stream.run(audio, out))
    }
}

/// One stream: which words were shown as partial, and which are final.
struct Stream {
    words: Arc<[(f64, String)]>,
    hearing: Hearing,
    begun: Begun,
    shown: usize,
    settled: usize,
    /// When finals are due, and up to which word they reach.
    finals: Vec<(Instant, usize)>,
}

impl Stream {
    async fn run(mut self, mut audio: Inlet<SttInput>, mut out: Emitter<SttEvent>) -> Result<()> {
        loop {
            let next = self.next_moment();
            let due = async {
                match next {
                    Some(moment) => sleep_until(moment).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                input = audio.next() => match input {
                    Some(SttInput::Finalize) => self.finalize(),
                    Some(_) => {}
                    None => {
                        // What was said by now is given at once.
                        self.settle(self.said(Instant::now()), &mut out).await;
                        return Ok(());
                    }
                },
                () = due => self.advance(&mut out).await,
            }
        }
    }

    /// When the next word is shown, or the next final is due.
    fn next_moment(&self) -> Option<Instant> {
        let word = self.known_at(self.shown.max(self.settled));
        let last = self.finals.first().map(|(moment, _)| *moment);
        [word, last].into_iter().flatten().min()
    }

    fn known_at(&self, word: usize) -> Option<Instant> {
        let begun = self.begun.get()?;
        let (known, _) = self.words.get(word)?;
        Some(*begun + Duration::from_secs_f64(*known))
    }

    /// How many words had been said to their end.
    fn said(&self, now: Instant) -> usize {
        let said =
            |word: &usize| self.known_at(*word).is_some_and(|known| known <= now + self.hearing.partial);
        (0..self.words.len()).take_while(said).count()
    }

    fn finalize(&mut self) {
        let now = Instant::now();
        self.finals.push((now + self.hearing.last, self.said(now)));
    }

    async fn advance(&mut self, out: &mut Emitter<SttEvent>) {
        let now = Instant::now();
        if self.finals.first().is_some_and(|(moment, _)| *moment <= now) {
            let (_, until) = self.finals.remove(0);
            self.settle(until, out).await;
            return;
        }
        let known = self.known_at(self.shown.max(self.settled));
        if known.is_some_and(|known| known <= now) {
            self.shown = self.shown.max(self.settled) + 1;
            out.emit(SttEvent::Partial(Transcript::text(self.text(self.shown)))).await;
        }
    }

    async fn settle(&mut self, until: usize, out: &mut Emitter<SttEvent>) {
        let text = self.text(until);
        self.settled = self.settled.max(until);
        out.emit(SttEvent::Final(Transcript::text(text))).await;
        if self.shown > self.settled {
            // What was shown beyond it is still there.
            out.emit(SttEvent::Partial(Transcript::text(self.text(self.shown)))).await;
        }
    }

    /// The words from the last final on.
    fn text(&self, until: usize) -> String {
        let words = self.words.get(self.settled..until).unwrap_or_default();
        words.iter().map(|(_, word)| word.as_str()).collect::<Vec<_>>().join(" ")
    }
}
