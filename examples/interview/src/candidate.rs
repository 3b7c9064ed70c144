//! A candidate who thinks while speaking: a line of one's own, for a conversation that needs nobody.

use std::collections::VecDeque;
use std::sync::Arc;

use rooh::prelude::*;
use rooh::stream::inlet;
use rooh::transport::{Playout, TransportCapabilities, TransportEvent};
use tokio::time::{Instant, sleep_until};

const FORMAT: AudioFormat = AudioFormat::WIDEBAND;
const FRAME: Duration = Duration::from_millis(20);
/// How long the candidate thinks before an answer.
const BEFORE: Duration = Duration::from_millis(700);

/// What the candidate answers to one question: pieces, each with the pause after it.
#[derive(Clone, Debug)]
pub struct Answer(Vec<(String, Duration)>);

impl Answer {
    /// `"I worked at | 2500 | a bakery"`: between bars, the milliseconds of a pause.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if what stands between two bars is no number.
    pub fn parse(text: &str) -> Result<Self> {
        let mut pieces: Vec<(String, Duration)> = Vec::new();
        for (place, part) in text.split('|').map(str::trim).enumerate() {
            if place % 2 == 0 {
                pieces.push((part.to_owned(), Duration::ZERO));
            } else if let Some((_, pause)) = pieces.last_mut() {
                let ms = part.parse().map_err(|_| {
                    Error::new(ErrorKind::Config, "a pause is a number of milliseconds").with("given", part)
                })?;
                *pause = Duration::from_millis(ms);
            }
        }
        Ok(Self(pieces))
    }

    /// All that is said, without the pauses.
    pub fn text(&self) -> String {
        self.0.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// A line on which a voice answers, whenever the agent has asked something and the last answer is
/// over.
#[derive(Debug)]
pub struct Candidate {
    answers: VecDeque<AudioFrame>,
}

impl Candidate {
    /// A candidate who speaks these answers with this voice.
    ///
    /// # Errors
    ///
    /// The voice failed.
    pub async fn new(voice: Arc<dyn TtsProvider>, answers: &[Answer]) -> Result<Self> {
        let mut spoken = VecDeque::new();
        for Answer(pieces) in answers {
            let mut samples = Vec::new();
            for (text, pause) in pieces {
                samples.extend(speak(voice.as_ref(), text).await?);
                samples.resize(samples.len() + FORMAT.samples_in(*pause), 0);
            }
            spoken.push_back(AudioFrame::new(samples, FORMAT, SessionTime::ZERO));
        }
        Ok(Self { answers: spoken })
    }

    async fn call(mut self, mut playout: Inlet<Playout>, mut out: Emitter<TransportEvent>) -> Result<()> {
        out.emit(TransportEvent::Ready).await;
        let silence = AudioFrame::silence(FRAME, FORMAT, SessionTime::ZERO);
        let mut next = Instant::now() + FRAME;
        let mut answer: Option<(AudioFrame, usize)> = None;
        loop {
            tokio::select! {
                biased;
                item = playout.next() => match item {
                    None => return Ok(()),
                    // What the agent says while an answer goes on is no question.
                    Some(Playout::Finished { .. }) if answer.is_none() => {
                        answer = self.answers.pop_front().map(|audio| (audio, 0));
                        if answer.is_some() {
                            let pause = silence.slice_samples(0..FORMAT.samples_in(FRAME));
                            for _ in 0..BEFORE.as_millis() / FRAME.as_millis() {
                                sleep_until(next).await;
                                next += FRAME;
                                out.emit(TransportEvent::Audio(pause.clone())).await;
                            }
                        }
                    }
                    Some(_) => {}
                },
                () = sleep_until(next) => {
                    next += FRAME;
                    let frame = match &mut answer {
                        Some((audio, at)) => {
                            let end = (*at + FORMAT.samples_in(FRAME)).min(audio.samples().len());
                            let frame = audio.slice_samples(*at..end);
                            *at = end;
                            if end == audio.samples().len() {
                                answer = None;
                            }
                            frame
                        }
                        None => silence.clone(),
                    };
                    out.emit(TransportEvent::Audio(frame)).await;
                }
            }
        }
    }
}

async fn speak(voice: &dyn TtsProvider, text: &str) -> Result<Vec<i16>> {
    let (feed, words) = inlet(1);
    feed.send(text.to_owned()).await;
    drop(feed);
    let mut events = voice.synthesize(TtsRequest::default(), words);
    let mut samples = Vec::new();
    let mut resampler: Option<rooh::audio::Resampler> = None;
    while let Some(event) = events.next().await {
        if let TtsEvent::Audio(frame) = event? {
            let resampler =
                resampler.get_or_insert_with(|| rooh::audio::Resampler::new(frame.format(), FORMAT));
            samples.extend_from_slice(resampler.process(&frame).samples());
        }
    }
    Ok(samples)
}

impl Transport for Candidate {
    fn capabilities(&self) -> TransportCapabilities {
        TransportCapabilities { cancels_echo: true, ..TransportCapabilities::default() }
    }

    fn run(self: Box<Self>, playout: Inlet<Playout>) -> Events<TransportEvent> {
        Events::new(move |out| self.call(playout, out))
    }
}
