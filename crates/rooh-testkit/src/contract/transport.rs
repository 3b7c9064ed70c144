//! The contract of transports, sentence by sentence.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::Result;
use rooh_core::stream::{Feed, inlet};
use rooh_core::transport::{Playout, Transport, TransportCapabilities, TransportEvent};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::reading::Behind;
use super::subject::terms;
use super::{As, IntoSubject, Terms, skipped, suite};

suite! { $
    /// Makes a test of each sentence of the contract of transports; see
    /// [`contract`](crate::contract).
    transport_contract, transport, TransportSubject:
    nothing_is_connected_before_the_first_poll,
    ready_comes_once_before_any_audio,
    frames_of_the_user_come_in_order_and_in_the_promised_format,
    audio_is_played_in_the_order_in_which_it_comes,
    after_clear_nothing_that_came_before_is_played,
    what_is_held_is_heard_whole_after_its_release,
    a_hold_ends_with_a_clear_and_with_a_later_utterance,
    what_was_heard_is_acknowledged_if_that_is_promised,
    clear_is_answered_with_the_last_figure,
    the_stream_ends_when_the_user_is_gone,
    a_connection_that_broke_is_an_error,
    a_playout_inlet_that_ends_means_goodbye,
    dropping_the_stream_hangs_up,
}

/// The user's end of a connection: what the suite speaks, hears and hangs up with.
#[async_trait]
pub trait FarEnd: Send {
    /// Says this; it is in [`TransportCapabilities::input`].
    async fn speak(&mut self, frame: AudioFrame);

    /// The next stretch that the user hears, or `None` once the connection is closed.
    ///
    /// An end that plays in real time yields what was played; one that only receives drops what a
    /// `Clear` overtakes, as the program at that end would. Dropping the future loses nothing.
    async fn hear(&mut self) -> Option<AudioFrame>;

    /// Hangs up in an orderly way.
    async fn hang_up(&mut self);

    /// Cuts the connection; `false` if there is nothing to cut.
    async fn cut(&mut self) -> bool {
        false
    }
}

/// A transport that was not run yet, and the other end of it.
pub type Connection = (Box<dyn Transport>, Box<dyn FarEnd>);

type Connect = Arc<dyn Fn() -> BoxFuture<'static, Connection> + Send + Sync>;

/// A transport, and how to have one.
#[derive(Clone)]
pub struct TransportSubject {
    connect: Connect,
    terms: Terms,
}

terms!(TransportSubject);

impl TransportSubject {
    /// Runs the suite over connections that `connect` makes, each with its far end.
    pub fn new<Fut>(connect: impl Fn() -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output = Connection> + Send + 'static,
    {
        Self { connect: Arc::new(move || Box::pin(connect())), terms: Terms::default() }
    }

    async fn dial(&self) -> Line {
        let (transport, far) = (self.connect)().await;
        let capabilities = transport.capabilities();
        let (playout, inlet) = inlet(1_024);
        let (seen, events) = mpsc::unbounded_channel();
        let mut stream = transport.run(inlet);
        let session = tokio::spawn(async move {
            while let Some(event) = stream.next().await {
                if seen.send(event).is_err() {
                    break;
                }
            }
        });
        let terms = self.terms.clone();
        Line { playout: Some(playout), capabilities, events, far, session, terms }
    }

    /// A connection on which the user can hear.
    async fn ready(&self) -> Line {
        let mut line = self.dial().await;
        loop {
            match line.event("Ready").await {
                Some(Ok(TransportEvent::Ready)) => return line,
                Some(Ok(event)) => {
                    assert!(!matches!(event, TransportEvent::Audio(_)), "audio came before Ready");
                }
                other => panic!("the connection did not become ready: {other:?}"),
            }
        }
    }
}

impl IntoSubject<TransportSubject, As> for TransportSubject {
    fn into_subject(self) -> Result<TransportSubject, String> {
        Ok(self)
    }
}

impl fmt::Debug for TransportSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportSubject").finish_non_exhaustive()
    }
}

/// Both ends of a connection that is running.
struct Line {
    playout: Option<Feed<Playout>>,
    capabilities: TransportCapabilities,
    events: mpsc::UnboundedReceiver<Result<TransportEvent>>,
    far: Box<dyn FarEnd>,
    session: tokio::task::JoinHandle<()>,
    terms: Terms,
}

const FRAME: Duration = Duration::from_millis(20);

/// A tone that is told from others by its loudness, which codecs and resamplers keep.
fn sound(step: usize, length: Duration, format: AudioFormat, at: SessionTime) -> AudioFrame {
    let peak = STEPS[step];
    let rate = f64::from(format.rate());
    let samples: Vec<i16> = (0..format.samples_in(length))
        .map(|n| ((n as f64 / rate * 500.0 * std::f64::consts::TAU).sin() * peak) as i16)
        .collect();
    AudioFrame::new(samples, format, at)
}

/// What the user says in one go, from when the connection is ready.
///
/// For a far end that cannot be told what to say, such as a recording: one that says this, and
/// ignores [`FarEnd::speak`], says what the suite asks for.
pub fn speech(format: AudioFormat) -> AudioFrame {
    let samples: Vec<i16> = (0..STEPS.len())
        .flat_map(|step| sound(step, STEP, format, SessionTime::ZERO).samples().to_vec())
        .collect();
    AudioFrame::new(samples, format, SessionTime::ZERO)
}

/// How long each sound of a sequence lasts: long enough that its seams are small beside it.
const STEP: Duration = Duration::from_millis(400);

/// The peaks of the sounds, 9 dB apart.
const STEPS: [f64; 4] = [1_000.0, 2_800.0, 8_000.0, 22_000.0];

/// Which sound these samples are of; nothing if they are silence.
fn step_of(samples: &[i16]) -> Option<usize> {
    let energy: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    let peak = (energy / samples.len().max(1) as f64 * 2.0).sqrt();
    let distance = |step: &usize| ((STEPS[*step] / peak).log2().abs() * 1_000.0) as u64;
    (peak > 300.0).then(|| (0..STEPS.len()).min_by_key(distance)).flatten()
}

/// How long each sound was there, in the order in which they came.
fn steps(frames: &[AudioFrame]) -> Vec<(usize, Duration)> {
    let mut all: Vec<(usize, Duration)> = Vec::new();
    let Some(heard) = AudioFrame::concat(frames) else { return all };
    // Short pieces, so that a frame may hold the end of one sound and the start of the next; of all
    // frames as one, because at some rates a frame leaves a last piece of one sample, which has no
    // loudness.
    for piece in crate::speech::frames(&heard, Duration::from_millis(10)) {
        let Some(step) = step_of(piece.samples()) else { continue };
        match all.last_mut().filter(|(last, _)| *last == step) {
            Some((_, length)) => *length += piece.duration(),
            None => all.push((step, piece.duration())),
        }
    }
    // What is shorter is the seam between two sounds.
    all.retain(|(_, length)| *length > Duration::from_millis(20));
    all
}

impl Line {
    async fn event(&mut self, waiting_for: &str) -> Option<Result<TransportEvent>> {
        match timeout(self.terms.patience, self.events.recv()).await {
            Ok(event) => event,
            Err(_) => panic!("nothing came for {:?}; expected {waiting_for}", self.terms.patience),
        }
    }

    /// What came from the user so far.
    fn events_so_far(&mut self) -> Vec<TransportEvent> {
        std::iter::from_fn(|| self.events.try_recv().ok()?.ok()).collect()
    }

    fn play(&self, item: Playout) {
        let playout = self.playout.as_ref().expect("no goodbye was said yet");
        assert!(playout.try_send(item).is_ok(), "the transport takes no more of what is to be played");
    }

    /// Plays a sound as a session does: a frame each 20 ms, as long as it lasts.
    async fn play_sound(&self, step: usize, generation: u64, length: Duration) {
        let audio = sound(step, length, self.capabilities.output, SessionTime::ZERO);
        for frame in crate::speech::frames(&audio, FRAME) {
            let lasts = frame.duration();
            self.play(Playout::Audio { generation, frame });
            sleep(lasts).await;
        }
    }

    /// Sends a sound all at once, ahead of the ear.
    fn play_at_once(&self, step: usize, generation: u64, length: Duration) {
        let audio = sound(step, length, self.capabilities.output, SessionTime::ZERO);
        for frame in crate::speech::frames(&audio, FRAME) {
            self.play(Playout::Audio { generation, frame });
        }
    }

    /// What the user hears within so long.
    async fn hear_for(&mut self, length: Duration) -> Vec<AudioFrame> {
        let mut all = Vec::new();
        let until = Instant::now() + length;
        while let Ok(Some(frame)) = tokio::time::timeout_at(until, self.far.hear()).await {
            all.push(frame);
        }
        all
    }

    /// What the user hears until nothing was heard for a while.
    async fn hear(&mut self) -> Vec<AudioFrame> {
        let mut all = Vec::new();
        let mut quiet_since = Instant::now();
        while let Ok(Some(frame)) = timeout(self.terms.settle, self.far.hear()).await {
            if step_of(frame.samples()).is_some() {
                quiet_since = Instant::now();
            } else if quiet_since.elapsed() > self.terms.settle {
                // An end that always plays something is quiet when that is silence.
                break;
            }
            all.push(frame);
        }
        all
    }

    /// Cuts off an utterance of which so much was sent in real time, and expects the figure.
    async fn clear_and_check(&mut self, cleared: u64, sent: Duration) {
        let before = self.events_so_far();
        self.play(Playout::Clear { generation: cleared });
        self.hear().await;
        let figures: Vec<Duration> = self
            .events_so_far()
            .iter()
            .filter_map(|event| match event {
                TransportEvent::Played { generation, played } if *generation == cleared => Some(*played),
                _ => None,
            })
            .collect();
        let Some(last) = figures.last() else { panic!("Clear was not answered; before it came {before:?}") };
        assert!(figures.len() <= 2, "after Clear {} figures came", figures.len());
        assert!(*last <= sent + FRAME, "{last:?} was heard of {sent:?}");
        assert!(
            *last >= Duration::from_millis(100),
            "only {last:?} was heard of {sent:?} that were sent in real time"
        );
    }

    /// Waits for the connection to be closed at the user's end.
    async fn assert_closed_at_the_far_end(&mut self) {
        let closed = async { while self.far.hear().await.is_some() {} };
        assert!(timeout(self.terms.patience, closed).await.is_ok(), "the user's end was not told of the end");
    }

    /// The result with which the stream ended.
    async fn end(&mut self) -> Result<()> {
        loop {
            match self.event("the end of the stream").await {
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            }
        }
    }
}

/// Nothing is connected before the stream is first polled.
pub async fn nothing_is_connected_before_the_first_poll(subject: TransportSubject) {
    let (transport, _far) = (subject.connect)().await;
    let behind = Behind::look(&subject.terms);
    let (playout, inlet) = inlet(8);
    let sent = playout.try_send(Playout::Finished { generation: 1 });
    assert!(sent.is_ok());
    let stream = transport.run(inlet);
    behind.assert_untouched().await;
    assert_eq!(playout.len(), 1, "the inlet was read before the stream was polled");
    drop(stream);
}

/// `Ready` comes once, before any audio.
pub async fn ready_comes_once_before_any_audio(subject: TransportSubject) {
    let mut line = subject.ready().await;
    for _ in 0..10 {
        line.far.speak(sound(2, FRAME, line.capabilities.input, SessionTime::ZERO)).await;
        sleep(FRAME).await;
    }
    sleep(subject.terms.settle).await;
    for event in line.events_so_far() {
        assert!(!matches!(event, TransportEvent::Ready), "Ready came twice");
    }
}

/// Frames of the user come in order and in the promised format.
pub async fn frames_of_the_user_come_in_order_and_in_the_promised_format(subject: TransportSubject) {
    let mut line = subject.ready().await;
    for frame in crate::speech::frames(&speech(line.capabilities.input), FRAME) {
        line.far.speak(frame).await;
        sleep(FRAME).await;
    }
    sleep(subject.terms.settle).await;
    let frames: Vec<AudioFrame> = line
        .events_so_far()
        .into_iter()
        .filter_map(|event| match event {
            TransportEvent::Audio(frame) => Some(frame),
            _ => None,
        })
        .collect();
    for frame in &frames {
        assert_eq!(frame.format(), line.capabilities.input, "a frame is not in the promised format");
    }
    assert_order(&frames);
}

fn assert_order(frames: &[AudioFrame]) {
    let heard = steps(frames);
    let order: Vec<usize> = heard.iter().map(|(step, _)| *step).collect();
    assert_eq!(order, [0, 1, 2, 3], "sounds 0, 1, 2 and 3 came in another order, or not at all");
    for (step, lasted) in heard {
        let missing = STEP.abs_diff(lasted);
        assert!(missing <= Duration::from_millis(60), "sound {step} lasted {lasted:?} in place of {STEP:?}");
    }
}

/// `Playout::Audio` is played in the order in which it comes.
pub async fn audio_is_played_in_the_order_in_which_it_comes(subject: TransportSubject) {
    let mut line = subject.ready().await;
    for step in 0..STEPS.len() {
        line.play_sound(step, 1 + step as u64 / 2, STEP).await;
    }
    line.play(Playout::Finished { generation: 2 });
    let frames = line.hear().await;
    assert_order(&frames);
}

/// After `Playout::Clear` nothing that came before it is played any more.
pub async fn after_clear_nothing_that_came_before_is_played(subject: TransportSubject) {
    let mut line = subject.ready().await;
    line.play_sound(0, 1, Duration::from_millis(300)).await;
    // More than can have been played, and at once; then it is cut off.
    let ahead = sound(1, Duration::from_secs(2), line.capabilities.output, SessionTime::ZERO);
    for frame in crate::speech::frames(&ahead, FRAME) {
        line.play(Playout::Audio { generation: 1, frame });
    }
    line.play(Playout::Clear { generation: 1 });
    line.play_sound(2, 2, Duration::from_millis(400)).await;
    let heard = steps(&line.hear().await);
    let of = |wanted: usize| -> Duration {
        heard.iter().filter(|(step, _)| *step == wanted).map(|(_, length)| *length).sum()
    };
    assert!(of(2) >= Duration::from_millis(300), "what came after Clear was not played: {heard:?}");
    assert!(
        of(1) <= Duration::from_millis(200),
        "{:?} was played of what had been cleared right after it was sent",
        of(1)
    );
    assert!(
        heard.last().is_some_and(|(step, _)| *step == 2),
        "what had been cleared was played after what came later: {heard:?}"
    );
}

/// A transport that holds stops where it is told to, and goes on there with the very next sample.
pub async fn what_is_held_is_heard_whole_after_its_release(subject: TransportSubject) {
    for ahead in [Duration::ZERO, Duration::from_millis(100)] {
        let mut line = subject.ready().await;
        if !line.capabilities.holds {
            return;
        }
        let in_time = Duration::from_millis(300);
        let position = if ahead.is_zero() { ahead } else { in_time + ahead };
        line.play_sound(1, 1, in_time).await;
        line.play_at_once(2, 1, Duration::from_millis(200));
        line.play(Playout::Hold { generation: 1, position });
        let before = line.hear_for(Duration::from_millis(600)).await;
        line.play(Playout::Release { generation: 1 });
        line.play(Playout::Finished { generation: 1 });
        let after = line.hear().await;
        let of = |frames: &[AudioFrame]| -> Duration {
            steps(frames).iter().filter(|(step, _)| *step == 2).map(|(_, length)| *length).sum()
        };
        // A fade, and what was on its way.
        let reached = ahead + Duration::from_millis(60);
        assert!(of(&before) <= reached, "{:?} was heard behind {ahead:?}, where it was held", of(&before));
        let all = of(&before) + of(&after);
        let missing = all.abs_diff(Duration::from_millis(200));
        assert!(missing <= Duration::from_millis(60), "{all:?} was heard of 200 ms that were held");
    }
}

/// A hold ends with a `Clear`, and with audio of a later utterance, before which the rest is played.
pub async fn a_hold_ends_with_a_clear_and_with_a_later_utterance(subject: TransportSubject) {
    for clears in [true, false] {
        let mut line = subject.ready().await;
        if !line.capabilities.holds {
            return;
        }
        line.play_sound(0, 1, Duration::from_millis(300)).await;
        line.play_at_once(1, 1, Duration::from_millis(200));
        line.play(Playout::Hold { generation: 1, position: Duration::ZERO });
        line.hear_for(Duration::from_millis(300)).await;
        if clears {
            line.play(Playout::Clear { generation: 1 });
        }
        line.play_sound(2, 2, Duration::from_millis(300)).await;
        line.play(Playout::Finished { generation: 2 });
        let heard = steps(&line.hear().await);
        // An end that is a little behind hears the last of the first sound after the hold.
        let steps: Vec<usize> = heard.iter().map(|(step, _)| *step).filter(|step| *step > 0).collect();
        assert_eq!(steps, if clears { vec![2] } else { vec![1, 2] }, "after a hold: {heard:?}");
    }
}

/// A transport that acknowledges says at least every 200 ms how much of a reply was heard.
pub async fn what_was_heard_is_acknowledged_if_that_is_promised(subject: TransportSubject) {
    let mut line = subject.ready().await;
    let sent = Duration::from_secs(2);
    let mut figures = vec![(Duration::ZERO, Duration::ZERO)];
    let begun = Instant::now();
    for _ in 0..20 {
        line.play_sound(2, 7, sent / 20).await;
        // What is heard has to be taken, whatever the end is.
        while let Ok(Some(_)) = timeout(Duration::ZERO, line.far.hear()).await {}
        for event in line.events_so_far() {
            if let TransportEvent::Played { generation, played } = event {
                assert_eq!(generation, 7, "an utterance was acknowledged that was not played");
                figures.push((begun.elapsed(), played));
            }
        }
    }
    // Of what comes from here on, nobody looks at the clock when it comes.
    let timed = figures.len();
    line.play(Playout::Finished { generation: 7 });
    line.hear().await;
    for event in line.events_so_far() {
        if let TransportEvent::Played { played, .. } = event {
            figures.push((begun.elapsed(), played));
        }
    }
    if !line.capabilities.acknowledges {
        assert_eq!(figures.len(), 1, "a transport acknowledges, and does not say so");
        return;
    }
    for (place, pair) in figures.windows(2).enumerate() {
        assert!(pair[1].1 >= pair[0].1, "first {:?} was heard, then {:?}", pair[0].1, pair[1].1);
        // A reply that is sent in real time is heard in real time: 200 ms, and one step of ours.
        let apart = pair[1].0.saturating_sub(pair[0].0);
        let allowed = Duration::from_millis(200) + sent / 20 + Duration::from_millis(50);
        assert!(place + 1 >= timed || apart <= allowed, "no figure came for {apart:?} of playing");
    }
    assert!(timed > 4, "{} figures came in {sent:?} of playing", timed - 1);
    let last = figures[figures.len() - 1].1;
    assert!(last <= sent + FRAME, "{last:?} was heard of {sent:?}");
    assert!(last + Duration::from_millis(250) >= sent, "in the end {last:?} was heard of {sent:?}");
}

/// A transport that acknowledges answers `Clear` with the last figure of that utterance.
pub async fn clear_is_answered_with_the_last_figure(subject: TransportSubject) {
    let mut line = subject.ready().await;
    if !line.capabilities.acknowledges {
        return;
    }
    line.play_sound(2, 3, Duration::from_millis(500)).await;
    while let Ok(Some(_)) = timeout(Duration::ZERO, line.far.hear()).await {}
    line.clear_and_check(3, Duration::from_millis(500)).await;
    // Where all that was sent has been heard and said already, it is said again.
    line.play_sound(2, 4, Duration::from_millis(300)).await;
    line.hear().await;
    line.clear_and_check(4, Duration::from_millis(300)).await;
}

/// The stream ends when the user is gone.
pub async fn the_stream_ends_when_the_user_is_gone(subject: TransportSubject) {
    let mut line = subject.ready().await;
    line.play_sound(1, 1, Duration::from_millis(100)).await;
    line.far.hang_up().await;
    let end = line.end().await;
    assert!(end.is_ok(), "the user hung up, which is no error: {end:?}");
}

/// A connection that broke is an error.
pub async fn a_connection_that_broke_is_an_error(subject: TransportSubject) {
    let mut line = subject.ready().await;
    line.play_sound(1, 1, Duration::from_millis(100)).await;
    if !line.far.cut().await {
        skipped("a_connection_that_broke_is_an_error", "the far end cannot cut the connection");
        return;
    }
    let Err(error) = line.end().await else { panic!("a broken connection ended in peace") };
    assert!(
        error.is_transient(),
        "a broken connection may be tried again, which this error denies: {error:?}"
    );
}

/// A playout inlet that ends means goodbye: the transport closes in an orderly way and ends.
pub async fn a_playout_inlet_that_ends_means_goodbye(subject: TransportSubject) {
    let mut line = subject.ready().await;
    line.play_sound(1, 1, Duration::from_millis(100)).await;
    line.playout = None;
    line.assert_closed_at_the_far_end().await;
    let end = line.end().await;
    assert!(end.is_ok(), "saying goodbye is no error: {end:?}");
}

/// Dropping the stream hangs up.
pub async fn dropping_the_stream_hangs_up(subject: TransportSubject) {
    let mut line = subject.ready().await;
    line.play_sound(1, 1, Duration::from_millis(100)).await;
    line.session.abort();
    // Aborted is dropped once the task was seen to.
    let _ = (&mut line.session).await;
    line.assert_closed_at_the_far_end().await;
    let playout = line.playout.as_ref().expect("no goodbye was said");
    assert!(playout.is_closed(), "the inlet is still held after the stream was dropped");
}
