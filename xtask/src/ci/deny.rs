//! Licenses, bans, sources and advisories, with the advisories of a dated snapshot.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Outcome;
use super::steps::here;
use crate::shell::{Result, capture, cargo, run, succeeds};
use crate::tree::Tree;

const VERSION: &str = "0.20.2";

/// Where `cargo deny` looks for advisories; here it is answered by the snapshot.
const DATABASE: &str = "https://github.com/RustSec/advisory-db";

pub(super) fn deny(tree: &Tree) -> Result<Outcome> {
    if !succeeds(cargo().args(["deny", "--version"])) {
        run(cargo().args(["install", "cargo-deny", "--locked", "--version", VERSION]))?;
    }
    let Some(snapshot) = newest(&tree.root.join("../shared/advisory-db")) else {
        println!("../shared/advisory-db has no snapshot: advisories are not checked");
        let arguments = ["deny", "check", "--allow=unused-wrapper", "bans", "licenses", "sources"];
        run(here(tree).args(arguments))?;
        return Ok(Outcome::Skipped("advisories, for want of a snapshot; the rest passed".to_owned()));
    };
    let today = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 86_400;
    let days = i64::try_from(today)? - snapshot.day;
    println!("advisories of {}, {days} days old", snapshot.date);

    let folder = tree.root.join("target/xtask/advisory-db");
    let source = folder.join(&snapshot.date);
    unpack(&snapshot, &source)?;
    let config = folder.join("deny.toml");
    let rules = fs::read_to_string(tree.root.join("deny.toml"))?;
    let database = format!("[advisories]\ndb-path = {:?}\n", folder.join("db"));
    if !rules.contains("[advisories]\n") {
        return Err("deny.toml: has no line `[advisories]`".into());
    }
    fs::write(&config, rules.replacen("[advisories]\n", &database, 1))?;
    let command = &mut here(tree);
    command.args(["deny", "--config"]).arg(&config).args(["check", "--allow=unused-wrapper"]);
    // Git fetches the snapshot in the place of the database that `cargo deny` asks for.
    command.env("GIT_CONFIG_COUNT", "1");
    command.env("GIT_CONFIG_KEY_0", format!("url.file://{}.insteadOf", source.display()));
    run(command.env("GIT_CONFIG_VALUE_0", DATABASE))?;
    Ok(Outcome::Passed)
}

/// An archive of the advisories of one day.
#[derive(Debug)]
struct Snapshot {
    archive: PathBuf,
    /// As in the name of the archive: year, month and day.
    date: String,
    /// Days since 1970.
    day: i64,
}

/// The newest `rustsec-YYYY-MM-DD.tar.gz` in a folder.
fn newest(folder: &Path) -> Option<Snapshot> {
    let archives = fs::read_dir(folder).ok()?.filter_map(|entry| {
        let archive = entry.ok()?.path();
        let date =
            archive.file_name()?.to_str()?.strip_prefix("rustsec-")?.strip_suffix(".tar.gz")?.to_owned();
        Some(Snapshot { archive, day: day(&date)?, date })
    });
    archives.max_by_key(|snapshot| snapshot.day)
}

/// The days from 1970 to `YYYY-MM-DD` in the Gregorian calendar.
fn day(date: &str) -> Option<i64> {
    let numbers: Vec<i64> = date.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year, month @ 1..=12, day @ 1..=31] = numbers[..] else { return None };
    // Counted from March, so that the leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap = year / 4 - year / 100 + year / 400;
    Some(365 * year + leap + (153 * month + 2) / 5 + day - 719_469)
}

/// Makes a Git repository of the archive: `cargo deny` reads advisories from nothing else.
fn unpack(snapshot: &Snapshot, source: &Path) -> Result {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=snapshot", "-c", "user.email=snapshot@localhost"]);
        capture(command.args(arguments).current_dir(source))
    };
    if source.is_dir() && git(&["rev-parse", "--verify", "main"]).is_ok() {
        return Ok(());
    }
    let _ = fs::remove_dir_all(source);
    fs::create_dir_all(source)?;
    run(Command::new("tar").arg("-xzf").arg(&snapshot.archive).arg("-C").arg(source))?;
    git(&["init", "--quiet", "--initial-branch=main"])?;
    git(&["add", "--all"])?;
    git(&["commit", "--quiet", "--no-gpg-sign", "--no-verify", "--message=snapshot"])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("2000-02-29"), Some(11_016));
        assert_eq!(day("2026-08-21"), Some(20_686));
        assert_eq!(day("2026-13-01"), None);
        assert_eq!(day("yesterday"), None);
    }

    #[test]
    fn the_newest_snapshot_counts() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["rustsec-2026-01-02.tar.gz", "rustsec-2026-03-01.tar.gz", "README.md"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(newest(folder.path()).unwrap().date, "2026-03-01");
        assert!(newest(&folder.path().join("missing")).is_none());
    }
}
