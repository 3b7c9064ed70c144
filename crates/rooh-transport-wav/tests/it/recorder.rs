//! Recordings: both sides where they were heard, and a file that can be played at any time.

use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use rooh_audio::wav::{self, Wav};
use rooh_audio::{AudioFormat, AudioFrame, SessionTime};
use rooh_core::ErrorKind;
use rooh_core::stage::Recorder;
use rooh_transport_wav::StereoRecorder;

const FORMAT: AudioFormat = AudioFormat::WIDEBAND;

/// A file in memory that can be looked at while it is written, and that may be full.
#[derive(Clone)]
struct Disk {
    file: Arc<Mutex<Cursor<Vec<u8>>>>,
    room: usize,
}

impl Disk {
    fn new() -> Self {
        Self { file: Arc::default(), room: usize::MAX }
    }

    fn wav(&self) -> Wav {
        wav::read(self.file.lock().unwrap().get_ref()).unwrap()
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut file = self.file.lock().unwrap();
        if file.position() as usize + bytes.len() > self.room {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.lock().unwrap().seek(to)
    }
}

fn frame(at: u64, value: i16, duration: u64) -> AudioFrame {
    let samples = FORMAT.samples_in(Duration::from_millis(duration));
    AudioFrame::new(vec![value; samples], FORMAT, SessionTime::from_millis(at))
}

fn sides(wav: &Wav) -> (Vec<i16>, Vec<i16>) {
    assert_eq!(wav.channels(), 2);
    (wav.channel(0).unwrap(), wav.channel(1).unwrap())
}

#[test]
fn the_caller_is_left_and_the_agent_right_where_they_were_heard() {
    let disk = Disk::new();
    let mut recorder = StereoRecorder::new(disk.clone(), FORMAT).unwrap();
    let recording = recorder.recording();
    recorder.caller(&frame(0, 1, 20));
    recorder.agent(&frame(10, 2, 20));
    recorder.caller(&frame(20, 3, 20));
    recorder.agent(&frame(45, 4, 5));
    drop(recorder);
    let (caller, agent) = sides(&disk.wav());
    assert_eq!(caller, [vec![1; 320], vec![3; 320], vec![0; 160]].concat());
    assert_eq!(agent, [vec![0; 160], vec![2; 320], vec![0; 240], vec![4; 80]].concat());
    assert_eq!(recording.result().unwrap(), Duration::from_millis(50));
}

#[test]
fn a_side_that_says_nothing_does_not_hold_the_other_up() {
    let disk = Disk::new();
    let mut recorder = StereoRecorder::new(disk.clone(), FORMAT).unwrap();
    for n in 0..500 {
        recorder.caller(&frame(20 * n, 7, 20));
    }
    let so_far = disk.wav();
    assert!(so_far.duration() >= Duration::from_secs(7), "{:?} of 10 s are in the file", so_far.duration());
    // Late by more than the recorder waits for: only what is not past is kept.
    recorder.agent(&frame(7_900, 5, 200));
    drop(recorder);
    let (caller, agent) = sides(&disk.wav());
    assert_eq!(caller, [7; 160_000]);
    assert_eq!(agent[..128_000], [0; 128_000]);
    assert_eq!(agent[128_000..129_600], [5; 1_600]);
    assert_eq!(agent[129_600..], [0; 30_400]);
}

#[test]
fn a_long_gap_is_silence_on_both_sides() {
    let disk = Disk::new();
    let mut recorder = StereoRecorder::new(disk.clone(), FORMAT).unwrap();
    recorder.agent(&frame(0, 1, 20));
    recorder.agent(&frame(30_000, 2, 20));
    drop(recorder);
    let (caller, agent) = sides(&disk.wav());
    assert_eq!(agent.len(), 480_320);
    assert_eq!(agent[480_000..], [2; 320]);
    assert!(caller.iter().all(|&sample| sample == 0));
}

#[test]
fn another_rate_is_converted_and_stays_in_its_place() {
    for rate in [8_000, 24_000, 44_100, 48_000] {
        let disk = Disk::new();
        let mut recorder = StereoRecorder::new(disk.clone(), FORMAT).unwrap();
        let format = AudioFormat::mono(rate);
        // A click in the middle of each of two stretches, in frames of 20 ms with a gap between.
        for stretch in [0_u64, 1_000] {
            for n in 0..10 {
                let mut samples = vec![0; format.samples_in(Duration::from_millis(20))];
                if n == 5 {
                    samples[0] = 20_000;
                }
                recorder.agent(&AudioFrame::new(samples, format, SessionTime::from_millis(stretch + 20 * n)));
            }
        }
        drop(recorder);
        let (_, agent) = sides(&disk.wav());
        assert_eq!(agent.len(), 19_200, "{rate} Hz");
        for click in [1_600, 17_600] {
            let around = click - 800..click + 800;
            let loudest = around.max_by_key(|&place| agent[place].unsigned_abs());
            assert_eq!(loudest, Some(click), "{rate} Hz");
        }
    }
}

#[test]
fn the_file_can_be_played_while_it_grows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let mut recorder = StereoRecorder::create(&path).unwrap();
    for n in 0..300 {
        recorder.caller(&frame(20 * n, 1, 20));
        recorder.agent(&frame(20 * n, 2, 20));
    }
    let so_far = wav::read(&std::fs::read(&path).unwrap()).unwrap().duration();
    assert!(so_far >= Duration::from_secs(5) && so_far <= Duration::from_secs(6), "{so_far:?}");
    drop(recorder);
    let all = wav::read(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(all.duration(), Duration::from_secs(6));
}

#[test]
fn a_full_disk_stops_the_recording_and_is_told() {
    let disk = Disk { room: 100_000, ..Disk::new() };
    let mut recorder = StereoRecorder::new(disk.clone(), FORMAT).unwrap();
    let recording = recorder.recording();
    for n in 0..200 {
        recorder.caller(&frame(20 * n, 1, 20));
        recorder.agent(&frame(20 * n, 2, 20));
    }
    assert_eq!(recording.result().unwrap_err().kind(), ErrorKind::Unexpected);
    drop(recorder);
    assert!(disk.wav().duration() >= Duration::from_secs(1));
    assert!(StereoRecorder::create("/nowhere/at/all.wav").unwrap_err().kind() == ErrorKind::Config);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn however_the_sides_take_turns_both_are_complete(order in prop::collection::vec(any::<bool>(), 0..300)) {
        let disk = Disk::new();
        let mut recorder = StereoRecorder::new(disk.clone(), FORMAT).unwrap();
        let (mut caller, mut agent) = (0_u64, 0_u64);
        for to_caller in order {
            // Neither runs ahead further than the recorder waits.
            if to_caller && caller < agent + 90 {
                recorder.caller(&frame(20 * caller, 1, 20));
                caller += 1;
            } else if agent < caller + 90 {
                recorder.agent(&frame(20 * agent, 2, 20));
                agent += 1;
            }
        }
        drop(recorder);
        let (left, right) = sides(&disk.wav());
        let longest = caller.max(agent) as usize * 320;
        let expected = |value: i16, frames: u64| {
            let mut side = vec![value; frames as usize * 320];
            side.resize(longest, 0);
            side
        };
        prop_assert_eq!(left, expected(1, caller));
        prop_assert_eq!(right, expected(2, agent));
    }
}
