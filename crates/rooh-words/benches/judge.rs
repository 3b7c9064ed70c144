//! What it costs to judge a turn.

use std::hint::black_box;
use std::time::Instant;

use rooh_words::{Expected, digits, echoes, judge, overlap};

const TURNS: [(&str, &str); 4] = [
    ("en", "hi I'd like to move my appointment from Tuesday to Thursday if that's possible because"),
    ("es", "hola quería cambiar mi cita del martes al jueves si es posible porque"),
    ("de", "guten Tag ich wollte meinen Termin von Dienstag auf Donnerstag verschieben weil"),
    ("fr", "bonjour je voudrais déplacer mon rendez-vous de mardi à jeudi si c'est possible parce que"),
];

/// What a turn may cost: it is judged with every partial transcript, some ten times a second for
/// each conversation.
const MICROSECONDS: f64 = 5.0;

fn main() {
    let number = Expected::Digits { min: 10, max: 10 };
    for (language, turn) in TURNS {
        figure(&format!("{language}: a turn of fifteen words"), MICROSECONDS, || {
            black_box(judge(black_box(turn), Some(language), &Expected::Anything));
        });
    }
    figure("en: a name that was asked for", MICROSECONDS, || {
        black_box(judge(black_box("yes my name is Anna Weber"), Some("en"), &Expected::Name));
    });
    figure("en: a number of ten digits", MICROSECONDS, || {
        let said = black_box("five five five one two three four five six seven");
        black_box(judge(said, Some("en"), &number));
    });
    figure("en: digits", MICROSECONDS, || {
        black_box(digits(black_box("five five five one two three four five six seven"), Some("en")));
    });
    figure("en: a backchannel", MICROSECONDS, || {
        black_box(overlap(black_box("mm-hm okay I see"), Some("en")));
    });
    figure("a backchannel in any language", 4.0 * MICROSECONDS, || {
        black_box(overlap(black_box("mm-hm okay I see"), None));
    });
    let spoken = "Would you prefer an appointment in the morning or in the afternoon? ".repeat(4);
    figure("en: an echo of eight words in fifty", 10.0 * MICROSECONDS, || {
        let heard = black_box("the afternoon would be better for me please");
        black_box(echoes(heard, &spoken, Some("en")));
    });
}

/// Prints the time of one call: the best of some rounds, so that what else runs does not count.
fn figure(name: &str, promised: f64, mut call: impl FnMut()) {
    const CALLS: u32 = 2_000;
    let best = (0..50)
        .map(|_| {
            let start = Instant::now();
            (0..CALLS).for_each(|_| call());
            start.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
        })
        .fold(f64::INFINITY, f64::min);
    let met = if best <= promised { "met" } else { "MISSED" };
    println!("figure | {name} | {best:.2} us | at most {promised} us | {met} |");
}
