//! Files that are meant to hurt: refused within 100 ms and 20 MB.

use std::fs;
use std::time::Duration;

use rooh_agents::AgentSpec;

/// The most memory that this process has held at once, in bytes.
fn peak() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok());
    kib.unwrap_or_default() * 1024
}

#[test]
fn a_bomb_is_refused_quickly_and_cheaply() {
    let mut laughs = String::from("name: a\na0: &a0 [lol, lol]\n");
    for i in 1..30 {
        laughs.push_str(&format!("a{i}: &a{i} [*a{0}, *a{0}, *a{0}]\n", i - 1));
    }
    let most = 256 * 1024;
    let bombs = [
        ("laughs", laughs),
        ("lists", "[".repeat(200_000)),
        ("tables", "{a: ".repeat(60_000)),
        ("block lists", "- ".repeat(120_000)),
        ("block keys", "? ".repeat(120_000)),
        ("the same key", "a:\n".repeat(80_000)),
        ("many keys", (0..30_000).map(|i| format!("k{i}:\n")).collect()),
        ("many unknown keys", (0..4_900).map(|i| format!("k{i}: 1\n")).collect()),
        ("too long", "x".repeat(most + 1)),
        ("one long word", "x".repeat(most)),
        ("escapes", format!("a: \"{}", "\\x41".repeat(60_000))),
        ("a long tag", format!("%TAG ! {}\n---\na: !x 1", "x".repeat(200_000))),
        ("a deep indent", format!("{}x: 1", " ".repeat(250_000))),
        ("dashes", "-".repeat(250_000)),
        ("anchors", "&a ".repeat(80_000)),
        ("empty lines", format!("a: |\n{}", "\n".repeat(250_000))),
        ("folded lines", format!("a: {}\n b", "\n".repeat(200_000))),
        ("comments", "# c\n".repeat(60_000)),
        ("documents", "---\n".repeat(60_000)),
        ("phrases", format!("name: a\nphrases: [{}]", "a, ".repeat(4_900))),
        (
            "many problems",
            format!(
                "name: a\nmodels: {{{}}}",
                String::from("b c: 1, ")
                    + &(0..1_600).map(|i| format!("{i}: {{x: 1}}, ")).collect::<String>()
            ),
        ),
        ("a long number", format!("name: a\nvad_threshold: {}", "9".repeat(200_000))),
    ];
    let before = peak();
    for (what, bomb) in &bombs {
        // What this thread has computed, the best of three: other programs run on this machine too.
        let mut took = Duration::MAX;
        for _ in 0..3 {
            let start = computed();
            let outcome = AgentSpec::from_yaml(bomb);
            took = took.min(computed() - start);
            let error = outcome.expect_err(what).to_string();
            assert!(error.len() < 100_000, "{what}: the message itself is a bomb");
        }
        println!("{what}: {took:?}");
        assert!(took <= Duration::from_millis(100), "{what} took {took:?}");
    }
    let grown = peak() - before;
    println!("memory: {} kB", grown / 1024);
    assert!(grown <= 20 << 20, "{grown} bytes");
}

/// For how long this thread has had a core.
fn computed() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
