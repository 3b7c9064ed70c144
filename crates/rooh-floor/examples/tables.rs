//! Prints what `docs/turns.md` says in numbers; `cargo xtask codegen` puts it there.

use std::fmt::Write as _;
use std::time::Duration;

use rooh_floor::{Evidence, Judgement, Patience, RecognizerTurn, Words};

fn main() {
    let part = std::env::args().nth(1).unwrap_or_default();
    let text = match part.as_str() {
        "wait" => wait(),
        "signals" => signals(),
        "patience" => patience(),
        "pause" => pause(),
        _ => {
            eprintln!("give one of wait, signals, patience, pause");
            std::process::exit(2);
        }
    };
    print!("{text}");
}

/// The wait for some evidence, at the normal patience.
fn judged(evidence: Evidence) -> Judgement {
    Judgement::new(Patience::NORMAL, evidence, 1.0)
}

fn words(words: Words) -> Evidence {
    Evidence { words, ..Evidence::default() }
}

fn audio(probability: f32) -> Evidence {
    Evidence { audio: Some(probability), ..Evidence::default() }
}

fn semantic(probability: f32) -> Evidence {
    Evidence { semantic: Some(probability), ..Evidence::default() }
}

/// A sentence, as more and more is known of it.
fn wait() -> String {
    let (first, second) = (Duration::from_millis(280), Duration::from_millis(520));
    let silent = judged(Evidence::default());
    let closed = judged(words(Words::Closed));
    let heard = judged(Evidence { audio: Some(0.8), ..words(Words::Closed) });
    assert!(heard.wait > second, "the example has to be written anew: its turn is over before it is judged");
    let mut text = String::new();
    let _ = writeln!(
        text,
        "\"I'd like to order bread.\" with the base of `normal`, {}:\n\n\
         | After | Is known | Wait |\n\
         | --- | --- | --- |\n\
         | 0.20 s | nothing but the pause | {} |\n\
         | {} | the words are a whole sentence: {} | {} |\n\
         | {} | it sounds 80 % over: {} | {} |\n\
         | {} | | the turn is over |",
        seconds(silent.base),
        seconds(silent.wait),
        seconds(first),
        times(closed.words),
        seconds(closed.wait),
        seconds(second),
        times(heard.audio),
        seconds(heard.wait),
        seconds(heard.wait),
    );
    let open = judged(words(Words::Open));
    let longest = if open.wait == Patience::NORMAL.max { ", the longest wait" } else { "" };
    let _ = writeln!(
        text,
        "\n\"I'd like to order bread and\" ends with a conjunction, {}: the agent waits {}{longest}.",
        times(open.words),
        short(open.wait),
    );
    text
}

fn signals() -> String {
    let class = |class: Words| times(judged(words(class)).words);
    let without_end = [Words::Hesitating, Words::Open, Words::Partial];
    let bounded = match without_end.map(|class| judged(words(class)).wait == Patience::NORMAL.max) {
        [true, true, true] => " (so that only the longest wait bounds them)",
        _ => "",
    };
    let likely = Evidence { recognizer: RecognizerTurn::Likely, ..Evidence::default() };
    let ended = judged(Evidence { recognizer: RecognizerTurn::Ended, ..Evidence::default() });
    assert_eq!(ended.wait, Patience::NORMAL.min, "a recognizer that is certain leaves the shortest wait");
    let scale = |factor: fn(f32) -> f32| {
        format!(
            "from {} where it is sure that you go on to {} where it is sure of the end; {} at 50 %",
            times(factor(0.0)),
            times(factor(1.0)),
            times(factor(0.5)),
        )
    };
    let (least, most) = Judgement::SPEAKER;
    format!(
        "| Signal | Comes from | Factor |\n\
         | --- | --- | --- |\n\
         | words | the transcript so far, by the rules of `rooh-words`; what the agent has just asked for counts \
         | hesitation {}, open {}, part of an answer {}{bounded}, neutral {}, whole sentence {}, whole answer {} |\n\
         | sound | the turn detector (`pipeline.turn`), asked at most three times in a pause, as late as its answer can still matter | {} |\n\
         | meaning | a [language model that is asked](#asking-a-language-model) (`pipeline.completeness`), once in \
         a pause | {} |\n\
         | recognizer | a recognizer that judges turns itself, such as one with an eager end \
         | likely over {}, over: the shortest wait |\n\
         | speaker | how long this speaker's pauses within turns are, learnt in the call | {} to {} |\n",
        class(Words::Hesitating),
        class(Words::Open),
        class(Words::Partial),
        class(Words::Neutral),
        class(Words::Closed),
        class(Words::Answer),
        scale(|probability| judged(audio(probability)).audio),
        scale(|probability| judged(semantic(probability)).semantic),
        times(judged(likely).recognizer),
        times(least),
        times(most),
    )
}

fn patience() -> String {
    let mut text =
        String::from("| `patience` | Base | Shortest | Longest | Costs |\n| --- | --- | --- | --- | --- |\n");
    let mut row = |name: &str, patience: Patience, costs: &str| {
        let Patience { base, min, max, .. } = patience;
        let _ = writeln!(text, "| {name} | {} | {} | {} | {costs} |", short(base), short(min), short(max));
    };
    row("`quick`", Patience::QUICK, "With words, about one pause in seven is cut off.");
    row(
        "`normal`",
        Patience::NORMAL,
        "With words, about one pause in ten is cut off; most of these ends are taken back.",
    );
    row(
        "`interview`",
        Patience::INTERVIEW,
        "Every answer takes a second at least, and a doubtful one three to four; who needs longer is given the turn \
         back by a [hook](#hooks-that-hold-a-turn).",
    );
    row(
        "`\"2%\"`",
        Patience::budget(2.0),
        &format!(
            "A budget: this share of pauses, 1 to 20 %, may be cut off, with the signals that there are. 1 % is a base \
             of {}, 20 % one of {}; without words and sound {} and {}.",
            seconds(Patience::budget(1.0).base),
            seconds(Patience::budget(20.0).base),
            seconds(Patience::budget(1.0).with_signals(false, false).base),
            seconds(Patience::budget(20.0).with_signals(false, false).base),
        ),
    );
    let silence = Patience::from_silence(Duration::from_millis(1500));
    let _ = writeln!(
        text,
        "| `1500` | {} | {} | {}, or twice it | A silence, as other systems have it. The same for every speaker. |",
        short(silence.base),
        short(silence.min),
        short(silence.max),
    );
    text
}

/// An event, and how to read it.
fn pause() -> String {
    // As an application sees it: the silence began 330 ms before, and the base is a round one.
    let (at, pause, base) = (10_030, 330, Duration::from_millis(1000));
    let evidence = Evidence { audio: Some(0.81), ..words(Words::Closed) };
    let judged = Judgement::new(Patience::from_silence(base), evidence, 1.0);
    let (wait, base) = (judged.wait.as_millis(), base.as_millis());
    // As precisely as the wire has them, so that they multiply to the wait.
    let exact = |factor: f32| format!("{factor:.3}").trim_end_matches('0').trim_end_matches('.').to_owned();
    let (audio, words) = (exact(judged.audio), exact(judged.words));
    let end = (at - pause + wait).to_string();
    let end = format!("{},{}", &end[..end.len() - 3], &end[end.len() - 3..]);
    format!(
        "```json\n\
         {{\"at_ms\":{at},\"type\":\"pause_judged\",\"pause_ms\":{pause},\"wait_ms\":{wait},\"base_ms\":{base},\n \
         \"words\":\"closed\",\"rule\":\"full stop\",\"audio\":0.81,\n \
         \"factors\":{{\"audio\":{audio},\"recognizer\":1,\"semantic\":1,\"speaker\":1,\"words\":{words}}}}}\n\
         ```\n\n\
         1. The silence began at `at_ms - pause_ms`.\n\
         2. `base_ms` times all `factors` is what the signals ask for: {base} × {words} × {audio} = {wait} ms.\n\
         3. `wait_ms` is that, held between the shortest and the longest wait.\n\
         4. If nothing changes, the turn is over once the pause has lasted `wait_ms`: here at {end} ms.\n\
         5. `rule` says why the words are what they are; `audio` and `semantic` are there once they were asked.\n"
    )
}

fn times(factor: f32) -> String {
    format!("× {}", number(factor))
}

/// Two digits behind the point, and none where there is more before it than anyone would weigh.
fn number(factor: f32) -> String {
    let rounded = if factor < 10.0 { format!("{factor:.2}") } else { format!("{factor:.0}") };
    match rounded.contains('.') {
        true => rounded.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => rounded,
    }
}

fn seconds(wait: Duration) -> String {
    format!("{:.2} s", wait.as_secs_f64())
}

/// In milliseconds, or in seconds where these are round.
fn short(wait: Duration) -> String {
    match wait.as_millis() {
        ms if ms >= 1000 && ms % 500 == 0 => format!("{} s", number(wait.as_secs_f32())),
        ms => format!("{ms} ms"),
    }
}
