//! Calls against a scripted session: who said and heard what when, to the sample.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use rooh_audio::wav::{self, Channels};
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::ErrorKind;
use rooh_core::event::{Event, EventKind, SessionState};
use rooh_core::stream::{Events, Feed, inlet};
use rooh_core::transport::{Playout, Transport, TransportEvent};
use rooh_transport_wav::{HangUp, Heard, WavCaller};
use tokio::time::{Instant, sleep_until};

const FORMAT: AudioFormat = AudioFormat::WIDEBAND;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Samples that tell which they are.
fn counting(from: i16, duration: Duration) -> AudioFrame {
    let samples = FORMAT.samples_in(duration) as i16;
    AudioFrame::new((from..from + samples).collect::<Vec<i16>>(), FORMAT, SessionTime::ZERO)
}

fn audio(generation: u64, frame: &AudioFrame) -> Playout {
    Playout::Audio { generation, frame: frame.clone() }
}

fn state(state: SessionState) -> Playout {
    let kind = EventKind::StateChanged(state);
    Playout::Event(Arc::new(Event { at: SessionTime::ZERO, kind }))
}

fn caller(speech: Duration) -> WavCaller {
    WavCaller::from_frame(counting(1, speech))
        .hang_up(HangUp { silence: ms(200), at_most: Duration::from_secs(2) })
}

/// What a session sends, and at how many milliseconds of the call.
type Script = Vec<(u64, Playout)>;

/// A call and what came of it.
struct Outcome {
    /// When each event came, counted from the start.
    events: Vec<(Duration, TransportEvent)>,
    lasted: Duration,
    heard: Heard,
}

impl Outcome {
    /// The acknowledgements, one a line.
    fn reports(&self) -> String {
        let mut text = String::new();
        for (at, event) in &self.events {
            if let TransportEvent::Played { generation, played } = event {
                writeln!(text, "{}ms {generation} {played:?}", at.as_millis()).unwrap();
            }
        }
        text
    }

    fn said(&self) -> Vec<(Duration, AudioFrame)> {
        let frame = |(at, event): &(Duration, TransportEvent)| match event {
            TransportEvent::Audio(frame) => Some((*at, frame.clone())),
            _ => None,
        };
        self.events.iter().filter_map(frame).collect()
    }
}

/// Plays the script to a caller. Ends the inlet after the script if `goodbye`.
async fn call(caller: WavCaller, script: Script, goodbye: bool) -> Outcome {
    let heard = caller.heard();
    let (feed, playout) = inlet(256);
    let mut events = Box::new(caller).run(playout);
    let start = Instant::now();
    let play = async {
        for (at, item) in script {
            sleep_until(start + ms(at)).await;
            assert!(feed.push(item).is_none());
        }
        if !goodbye {
            std::future::pending::<()>().await;
        }
        drop(feed);
    };
    let listen = async {
        let mut all = Vec::new();
        while let Some(event) = events.next().await {
            all.push((start.elapsed(), event.unwrap()));
        }
        all
    };
    tokio::pin!(play, listen);
    let mut playing = true;
    let events = loop {
        tokio::select! {
            biased;
            () = &mut play, if playing => playing = false,
            events = &mut listen => break events,
        }
    };
    Outcome { events, lasted: start.elapsed(), heard }
}

#[tokio::test(start_paused = true)]
async fn it_is_ready_first_and_then_speaks_every_20_ms_until_it_hangs_up() {
    let outcome = call(caller(ms(90)), Vec::new(), false).await;
    assert!(matches!(outcome.events[0], (Duration::ZERO, TransportEvent::Ready)));
    let said = outcome.said();
    for (n, (at, frame)) in (0..).zip(&said) {
        assert_eq!(*at, ms(20 * (n + 1)));
        assert_eq!(frame.at(), SessionTime::from_millis(20 * n));
        assert_eq!(frame.duration(), ms(20));
    }
    let samples: Vec<i16> = said.iter().flat_map(|(_, frame)| frame.samples().to_vec()).collect();
    assert_eq!(samples[..1_440], *counting(1, ms(90)).samples());
    assert!(samples[1_440..].iter().all(|&sample| sample == 0));
    // The last frame with speech leaves at 100 ms; the silence counts from there.
    assert_eq!(outcome.lasted, ms(300));
    assert_eq!(outcome.heard.duration(), ms(300));
}

#[tokio::test(start_paused = true)]
async fn any_rate_goes_in_and_the_asked_for_rate_comes_out() {
    let second = AudioFrame::silence(ms(1_000), AudioFormat::mono(44_100), SessionTime::ZERO);
    let file = wav::write(second.samples(), second.format(), Channels::Mono);
    for rate in [8_000, 11_025, 16_000, 22_050, 48_000] {
        let format = AudioFormat::mono(rate);
        let caller = WavCaller::new(&file).unwrap().format(format);
        assert_eq!(caller.capabilities().input, format);
        assert_eq!(caller.capabilities().output, format);
        let outcome = call(caller, Vec::new(), false).await;
        let said = outcome.said();
        assert!(said.iter().all(|(_, frame)| frame.format() == format));
        for (at, frame) in &said {
            // Timers of tokio have whole milliseconds, and are never early.
            let late = *at - frame.end().since_start();
            assert!(late < ms(1) + Duration::from_micros(1), "{rate} Hz: {late:?}");
        }
        let lasted = outcome.lasted.as_secs_f64();
        assert!((8.9..9.1).contains(&lasted), "{rate} Hz: {lasted}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_arrives_is_heard_at_once_in_order_and_without_gaps() {
    let script = vec![
        (10, audio(1, &counting(1, ms(20)))),
        (10, audio(1, &counting(321, ms(20)))),
        (25, audio(1, &counting(641, ms(20)))),
        (25, Playout::Finished { generation: 1 }),
    ];
    let outcome = call(caller(ms(20)), script, false).await;
    let heard = outcome.heard.frame();
    assert_eq!(heard.samples()[..160], [0; 160]);
    assert_eq!(heard.samples()[160..1_120], *counting(1, ms(60)).samples());
    assert!(heard.samples()[1_120..].iter().all(|&sample| sample == 0));
    assert_eq!(outcome.reports(), "50ms 1 40ms\n70ms 1 60ms\n");
    assert_eq!(heard.duration(), outcome.lasted);
}

#[tokio::test(start_paused = true)]
async fn a_late_frame_is_heard_when_it_comes_and_leaves_a_gap() {
    let script = vec![
        (0, audio(1, &counting(1, ms(20)))),
        (45, audio(1, &counting(321, ms(20)))),
        (70, Playout::Finished { generation: 1 }),
    ];
    let outcome = call(caller(ms(20)), script, false).await;
    let heard = outcome.heard.frame();
    assert_eq!(heard.samples()[..320], *counting(1, ms(20)).samples());
    assert_eq!(heard.samples()[320..720], [0; 400]);
    assert_eq!(heard.samples()[720..1_040], *counting(321, ms(20)).samples());
    assert_eq!(outcome.reports(), "20ms 1 20ms\n60ms 1 35ms\n65ms 1 40ms\n");
}

#[tokio::test(start_paused = true)]
async fn a_clear_in_the_middle_of_a_frame_is_exact_and_the_next_utterance_is_heard_at_once() {
    let script = vec![
        (0, audio(1, &counting(1, ms(500)))),
        (133, Playout::Clear { generation: 1 }),
        (140, audio(2, &counting(-400, ms(20)))),
        (141, Playout::Finished { generation: 2 }),
    ];
    let outcome = call(caller(ms(20)), script, false).await;
    let heard = outcome.heard.frame();
    assert_eq!(heard.samples()[..2_128], *counting(1, ms(133)).samples());
    assert_eq!(heard.samples()[2_128..2_240], [0; 112]);
    assert_eq!(heard.samples()[2_240..2_560], *counting(-400, ms(20)).samples());
    assert!(heard.samples()[2_560..].iter().all(|&sample| sample == 0));
    assert_eq!(outcome.reports(), "40ms 1 40ms\n80ms 1 80ms\n120ms 1 120ms\n133ms 1 133ms\n160ms 2 20ms\n");
}

fn hold(generation: u64, position: u64) -> Playout {
    Playout::Hold { generation, position: ms(position) }
}

#[tokio::test(start_paused = true)]
async fn what_is_held_stops_at_its_sample_and_goes_on_with_the_next() {
    for (position, stops) in [(0, 133), (60, 133), (150, 150)] {
        let script = vec![
            (0, audio(1, &counting(1, ms(200)))),
            (133, hold(1, position)),
            (140, Playout::Finished { generation: 1 }),
            (301, Playout::Release { generation: 1 }),
        ];
        let outcome = call(caller(ms(20)), script, false).await;
        let heard = outcome.heard.frame();
        let (stop, on) = (stops as usize * 16, 301 * 16);
        assert_eq!(heard.samples()[..stop], *counting(1, ms(stops)).samples());
        assert!(heard.samples()[stop..on].iter().all(|&sample| sample == 0));
        let rest = 3_200 - stop;
        assert_eq!(heard.samples()[on..on + rest], counting(1, ms(200)).samples()[stop..]);
        assert!(heard.samples()[on + rest..].iter().all(|&sample| sample == 0));
        let reports = outcome.reports();
        let at_the_stop = format!("\n{stops}ms 1 {stops}ms\n");
        assert!(reports.contains(&at_the_stop), "{reports}");
        let end = 301 + 200 - stops;
        assert!(reports.ends_with(&format!("\n{end}ms 1 200ms\n")), "{reports}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hold_that_is_released_before_its_place_is_not_heard() {
    let script = vec![
        (0, audio(1, &counting(1, ms(200)))),
        (40, hold(1, 100)),
        (90, Playout::Release { generation: 1 }),
        (95, Playout::Release { generation: 1 }),
    ];
    let outcome = call(caller(ms(20)), script, false).await;
    assert_eq!(outcome.heard.frame().samples()[..3_200], *counting(1, ms(200)).samples());
}

#[tokio::test(start_paused = true)]
async fn a_hold_ends_with_a_clear_and_with_what_is_said_next() {
    let cleared = vec![
        (0, audio(1, &counting(1, ms(200)))),
        (100, hold(1, 0)),
        (200, Playout::Clear { generation: 1 }),
        (300, audio(2, &counting(-400, ms(20)))),
    ];
    let outcome = call(caller(ms(20)), cleared, false).await;
    let heard = outcome.heard.frame();
    assert!(heard.samples()[1_600..4_800].iter().all(|&sample| sample == 0));
    assert_eq!(heard.samples()[4_800..5_120], *counting(-400, ms(20)).samples());
    assert!(outcome.reports().contains("\n200ms 1 100ms\n"), "{}", outcome.reports());

    let followed = vec![
        (0, audio(1, &counting(1, ms(120)))),
        (100, hold(1, 0)),
        (300, audio(2, &counting(-400, ms(20)))),
    ];
    let heard = call(caller(ms(20)), followed, false).await.heard.frame();
    assert_eq!(heard.samples()[4_800..5_120], counting(1, ms(120)).samples()[1_600..]);
    assert_eq!(heard.samples()[5_120..5_440], *counting(-400, ms(20)).samples());
}

#[tokio::test(start_paused = true)]
async fn a_clear_is_answered_even_if_nothing_was_heard() {
    let script = vec![
        (5, audio(1, &counting(1, ms(20)))),
        (5, Playout::Clear { generation: 1 }),
        (30, audio(2, &counting(1, ms(20)))),
        (90, Playout::Clear { generation: 2 }),
    ];
    let outcome = call(caller(ms(20)), script, false).await;
    assert_eq!(outcome.reports(), "5ms 1 0ns\n50ms 2 20ms\n90ms 2 20ms\n");
}

#[tokio::test(start_paused = true)]
async fn an_utterance_is_reported_to_its_end_before_the_next_one() {
    let script = vec![(0, audio(1, &counting(1, ms(30)))), (0, audio(2, &counting(1, ms(45))))];
    let outcome = call(caller(ms(20)), script, false).await;
    assert_eq!(outcome.reports(), "30ms 1 30ms\n70ms 2 40ms\n75ms 2 45ms\n");
}

#[tokio::test(start_paused = true)]
async fn reports_never_go_back_and_come_every_40_ms() {
    let mut script: Script =
        (0..50).map(|n| (20 * n + (n * 7) % 13, audio(3, &counting(1, ms(20))))).collect();
    script.push((1_100, Playout::Finished { generation: 3 }));
    let outcome = call(caller(ms(20)), script, false).await;
    let (mut last, mut last_at) = (Duration::ZERO, Duration::ZERO);
    for (at, event) in &outcome.events {
        if let TransportEvent::Played { played, .. } = event {
            assert!(*played > last && *played <= *at);
            assert!(*at - last_at <= ms(60), "silent from {last_at:?} to {at:?}");
            (last, last_at) = (*played, *at);
        }
    }
    assert_eq!(last, ms(1_000));
}

#[tokio::test(start_paused = true)]
async fn it_does_not_hang_up_on_an_agent_that_speaks_or_is_about_to() {
    // Silence since 70 ms, if it were not for what is on its way.
    let utterance = vec![
        (50, audio(1, &counting(1, ms(20)))),
        (600, audio(1, &counting(1, ms(20)))),
        (700, Playout::Finished { generation: 1 }),
    ];
    assert_eq!(call(caller(ms(20)), utterance, false).await.lasted, ms(900));
    let thought = vec![(50, state(SessionState::Processing)), (700, state(SessionState::Listening))];
    assert_eq!(call(caller(ms(20)), thought, false).await.lasted, ms(900));
    let speech = vec![(10, audio(1, &counting(1, ms(600)))), (20, Playout::Finished { generation: 1 })];
    let lasted = call(caller(ms(20)), speech, false).await.lasted;
    assert_eq!(lasted, ms(820), "200 ms after 610 ms, at the next frame");
}

#[tokio::test(start_paused = true)]
async fn it_hangs_up_at_last_whatever_the_agent_does() {
    let endless: Script = (0..200).map(|n| (20 * n, audio(1, &counting(1, ms(20))))).collect();
    assert_eq!(call(caller(ms(100)), endless, false).await.lasted, ms(2_100));
    let stuck = vec![(50, state(SessionState::Processing))];
    assert_eq!(call(caller(ms(100)), stuck, false).await.lasted, ms(2_100));
}

/// When a caller who waits for the greeting begins to speak, and how long the call lasts.
async fn check_begins_after(script: Script, begins: u64, lasted: u64) {
    let outcome = call(caller(ms(90)).after_greeting(true), script, false).await;
    let mut samples = Vec::new();
    for (n, (at, frame)) in (0..).zip(outcome.said()) {
        assert_eq!((at, frame.at()), (ms(20 * (n + 1)), SessionTime::from_millis(20 * n)));
        samples.extend(frame.samples().to_vec());
    }
    let first = FORMAT.samples_in(ms(begins));
    assert_eq!(samples.iter().position(|&sample| sample != 0), Some(first));
    assert_eq!(samples[first..][..1_440], *counting(1, ms(90)).samples());
    assert!(samples[first + 1_440..].iter().all(|&sample| sample == 0));
    assert_eq!(outcome.lasted, ms(lasted));
}

#[tokio::test(start_paused = true)]
async fn a_polite_caller_begins_when_the_greeting_was_heard_to_its_end() {
    // Sent at once, it is heard until 500 ms; silence counts from the end of the recording.
    let sent_ahead = vec![(0, audio(1, &counting(1, ms(500)))), (0, Playout::Finished { generation: 1 })];
    check_begins_after(sent_ahead, 500, 800).await;
    // What is over within a frame lets that frame pass.
    let uneven = vec![(7, audio(1, &counting(1, ms(500)))), (9, Playout::Finished { generation: 1 })];
    check_begins_after(uneven, 520, 820).await;
    // A voice that pauses is not at its end, however long it does.
    let halting = vec![
        (0, audio(1, &counting(1, ms(20)))),
        (400, audio(1, &counting(1, ms(20)))),
        (460, Playout::Finished { generation: 1 }),
    ];
    check_begins_after(halting, 460, 760).await;
}

#[tokio::test(start_paused = true)]
async fn a_polite_caller_waits_for_one_utterance_only() {
    let script = vec![
        (0, audio(1, &counting(1, ms(100)))),
        (0, Playout::Finished { generation: 1 }),
        (150, audio(2, &counting(1, ms(20)))),
        (150, Playout::Finished { generation: 2 }),
    ];
    check_begins_after(script, 100, 400).await;
}

#[tokio::test(start_paused = true)]
async fn a_polite_caller_begins_when_the_greeting_was_cut_off_or_was_written() {
    let cut_off = vec![(0, audio(1, &counting(1, ms(500)))), (100, Playout::Clear { generation: 1 })];
    check_begins_after(cut_off, 100, 400).await;
    let kind = EventKind::ReplyFinished { generation: 1, text: "Hello?".to_owned() };
    let written = Playout::Event(Arc::new(Event { at: SessionTime::ZERO, kind }));
    let script =
        vec![(40, state(SessionState::Speaking)), (60, written), (60, state(SessionState::Listening))];
    check_begins_after(script, 60, 360).await;
}

#[tokio::test(start_paused = true)]
async fn a_polite_caller_who_is_not_greeted_speaks_all_the_same() {
    check_begins_after(Vec::new(), 200, 500).await;
    let thought = vec![(0, state(SessionState::Processing)), (300, state(SessionState::Listening))];
    check_begins_after(thought, 500, 800).await;
    let endless: Script = (0..300).map(|n| (20 * n, audio(1, &counting(1, ms(20))))).collect();
    check_begins_after(endless, 2_000, 4_100).await;
}

#[tokio::test(start_paused = true)]
async fn it_hangs_up_when_the_session_says_goodbye() {
    let script = vec![(0, audio(1, &counting(1, ms(500)))), (123, Playout::Finished { generation: 1 })];
    let outcome = call(caller(ms(1_000)), script, true).await;
    assert_eq!(outcome.lasted, ms(123));
    // What was on its way is not heard any more.
    assert_eq!(outcome.heard.frame().samples(), counting(1, ms(123)).samples());
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_hangs_up_and_keeps_what_was_heard() {
    let caller = caller(ms(1_000));
    let heard = caller.heard();
    let (feed, playout): (Feed<Playout>, _) = inlet(8);
    let mut events: Events<TransportEvent> = Box::new(caller).run(playout);
    assert!(matches!(events.next().await, Some(Ok(TransportEvent::Ready))));
    feed.push(audio(1, &counting(1, ms(500))));
    for _ in 0..5 {
        assert!(events.next().await.is_some());
    }
    drop(events);
    assert!(feed.is_closed());
    assert_eq!(heard.frame().samples(), counting(1, heard.duration()).samples());
    assert!(heard.duration() >= ms(60));
}

#[tokio::test(start_paused = true)]
async fn nothing_happens_before_the_first_poll() {
    let caller = caller(ms(100));
    let heard = caller.heard();
    let (feed, playout) = inlet(8);
    let mut events = Box::new(caller).run(playout);
    tokio::time::sleep(ms(500)).await;
    assert_eq!(heard.duration(), Duration::ZERO);
    assert!(matches!(events.next().await, Some(Ok(TransportEvent::Ready))));
    let Some(Ok(TransportEvent::Audio(frame))) = events.next().await else { panic!("no audio") };
    assert_eq!(frame.samples()[0], 1);
    drop(feed);
}

#[tokio::test(start_paused = true)]
async fn the_same_call_is_the_same_a_hundred_times() {
    let once = async || {
        let script = vec![
            (3, audio(1, &counting(1, ms(77)))),
            (51, Playout::Clear { generation: 1 }),
            (60, audio(2, &counting(1, ms(100)))),
            (90, Playout::Finished { generation: 2 }),
        ];
        let outcome = call(caller(ms(130)), script, false).await;
        (format!("{:?}", outcome.events), outcome.heard.to_wav())
    };
    let first = once().await;
    for _ in 1..100 {
        assert!(once().await == first);
    }
}

#[tokio::test]
async fn on_a_real_clock_the_same_code_takes_real_time() {
    let start = std::time::Instant::now();
    let outcome = call(caller(ms(100)), Vec::new(), false).await;
    assert!(start.elapsed() >= ms(300));
    // One more frame may leave before the silence was long enough: real timers are late.
    assert!((15..=17).contains(&outcome.said().len()));
}

#[tokio::test(start_paused = true)]
async fn audio_in_another_format_is_the_sessions_fault() {
    let (feed, playout) = inlet(8);
    let mut events = Box::new(caller(ms(100))).run(playout);
    assert!(matches!(events.next().await, Some(Ok(TransportEvent::Ready))));
    let wrong = AudioFrame::silence(ms(20), AudioFormat::TELEPHONE, SessionTime::ZERO);
    feed.push(audio(1, &wrong));
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_session_that_does_not_pace_fills_a_minute_and_no_more() {
    let script: Script = (0..70).map(|_| (0, audio(1, &counting(1, ms(1_000))))).collect();
    let caller = caller(ms(20)).hang_up(HangUp { silence: ms(200), at_most: Duration::from_secs(70) });
    let outcome = call(caller, script, false).await;
    assert!(outcome.reports().ends_with("60000ms 1 60s\n"));
}

#[test]
fn what_is_not_a_recording_is_refused_with_its_name() {
    let error = WavCaller::new(b"ID3").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let folder = tempfile::tempdir().unwrap();
    let error = WavCaller::open(folder.path().join("nobody.wav")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.context("file").unwrap().ends_with("nobody.wav"));
}
