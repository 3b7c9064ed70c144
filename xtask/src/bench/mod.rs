//! The figures that Rooh promises, measured: runs the benches and gathers what they found.

mod program;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::shell::{Result, cargo};
use crate::tree::Tree;

/// A line of a bench that is gathered: what was measured, what came out, what was promised, and
/// whether it was met, between bars.
const FIGURE: &str = "figure |";

/// Runs the benches whose package or name contains one of `words`, all if there are none.
///
/// `program build` is not among all: it takes minutes.
///
/// # Errors
///
/// A bench failed, or a figure was not met.
pub(crate) fn bench(words: &[String]) -> Result {
    let tree = Tree::here()?;
    let mut benches = Vec::new();
    for package in &tree.packages {
        for target in package.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bench")) {
            let is_wanted = |word: &String| package.name.contains(word) || target.name.contains(word);
            if words.is_empty() || words.iter().any(is_wanted) {
                benches.push((package.name.as_str(), target.name.as_str()));
            }
        }
    }
    let is_wanted = |name: &str| words.iter().any(|word| name.contains(word.as_str()));
    let mut figures = Vec::new();
    if words.is_empty() || is_wanted("program serve") {
        figures.push(format!("program/serve |{}", program::serve(&tree)?));
    }
    // Minutes of building are measured only for those who ask.
    if is_wanted("program build") {
        figures.push(format!("program/build |{}", program::build(&tree)?));
    }
    if benches.is_empty() && figures.is_empty() {
        return Err("no bench is named like that".into());
    }
    for (package, bench) in benches {
        println!("\n== {package}: {bench}");
        let mut command = cargo();
        command.args(["bench", "--package", package, "--bench", bench]).current_dir(&tree.root);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        for line in BufReader::new(child.stdout.take().ok_or("a bench has no output")?).lines() {
            let line = line?;
            println!("{line}");
            if let Some(figure) = line.strip_prefix(FIGURE) {
                figures.push(format!("{package}/{bench} |{figure}"));
            }
        }
        let status = child.wait()?;
        if !status.success() {
            return Err(format!("the bench {bench} of {package} failed: {status}").into());
        }
    }
    if figures.is_empty() {
        return Ok(());
    }
    println!("\n{}", table(&figures));
    let missed = figures.iter().filter(|figure| !is_met(figure)).count();
    if missed == 0 {
        Ok(())
    } else {
        Err(format!("{missed} of {} figures were not met", figures.len()).into())
    }
}

/// A figure without the name of its bench.
fn figure(what: &str, measured: &str, promised: &str, met: bool) -> String {
    format!(" {what} | {measured} | {promised} | {}", if met { "met" } else { "MISSED" })
}

fn is_met(figure: &str) -> bool {
    figure.rsplit('|').map(str::trim).find(|cell| !cell.is_empty()) != Some("MISSED")
}

/// The figures with their columns under each other.
fn table(figures: &[String]) -> String {
    let rows: Vec<Vec<&str>> = std::iter::once("bench | figure | measured | promised | met")
        .chain(figures.iter().map(String::as_str))
        .map(|row| row.trim_end_matches(['|', ' ']).split('|').map(str::trim).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let mut text = String::new();
    for row in &rows {
        for column in 0..columns {
            let cell = row.get(column).copied().unwrap_or_default();
            text.push_str(&format!("{cell:<width$}  ", width = width(column).unwrap_or_default()));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_under_each_other_and_a_missed_one_counts() {
        let figures = [
            "core/session | per hop | 0.1 µs | 0.2 µs | met".to_owned(),
            "core/wheel | late | 9 ms | 5 ms | MISSED |".to_owned(),
        ];
        assert_eq!(
            table(&figures),
            "bench         figure   measured  promised  met\n\
             core/session  per hop  0.1 µs    0.2 µs    met\n\
             core/wheel    late     9 ms      5 ms      MISSED\n"
        );
        assert!(is_met(&figures[0]) && !is_met(&figures[1]));
    }
}
