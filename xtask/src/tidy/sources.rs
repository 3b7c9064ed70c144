//! What is to be said about the text of files.

use super::Source;

/// Rust files whose first line does not tell them from their neighbors.
///
/// A crate whose README is its documentation may begin with that.
pub(super) fn first_lines(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| source.file.ends_with(".rs"))
        .filter(|source| {
            !["//! ", "#![doc = include_str!("].iter().any(|begin| source.text.starts_with(begin))
        })
        .map(|source| format!("{}: begins without a line of `//!`", source.file))
        .collect()
}

/// Clocks, threads and files in pure crates, and clocks other than tokio's in core.
pub(super) fn clocks(sources: &[Source]) -> Vec<String> {
    let pure = [
        "crates/rooh-audio/src/",
        "crates/rooh-floor/src/",
        "crates/rooh-rtp/src/",
        "crates/rooh-words/src/",
    ];
    let never = ["SystemTime", "std::fs", "std::net", "std::thread", "std::time::Instant", "Instant::now"];
    let in_core = ["std::time::Instant", "SystemTime::now", "thread::sleep"];
    let mut wrong = Vec::new();
    for source in sources {
        let banned: &[&str] = if pure.iter().any(|folder| source.file.starts_with(folder)) {
            &never
        } else if source.file.starts_with("crates/rooh-core/src/") {
            &in_core
        } else {
            continue;
        };
        for (number, line) in code(&source.text) {
            if let Some(word) = banned.iter().find(|word| line.contains(*word)) {
                wrong.push(format!("{}:{number}: `{word}`: time and I/O are told, not read", source.file));
            }
        }
    }
    wrong
}

/// Paths of the machine on which something was written, and hosts that packages were fetched from.
pub(super) fn places(sources: &[Source]) -> Vec<String> {
    // Put together here, so that this file does not contain what it looks for.
    let roots = ["work", "root", "farm"].map(|root| format!("/{root}/"));
    let hosts = [["static.crates", "io"], ["index.crates", "io"], ["registry.npmjs", "org"], ["pypi", "org"]]
        .map(|[name, end]| format!("{name}.{end}"));
    let mut wrong = Vec::new();
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            let is_path = |root: &String| {
                line.match_indices(root.as_str()).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || "_-.}*)".contains(c))
                })
            };
            if roots.iter().any(is_path) {
                wrong.push(format!("{}:{}: a path of one machine", source.file, number + 1));
            }
            if let Some(host) = hosts.iter().find(|host| line.contains(host.as_str())) {
                wrong.push(format!("{}:{}: the host {host} of a package registry", source.file, number + 1));
            }
        }
    }
    wrong
}

/// Providers that core knows by name.
///
/// Examples in documentation may name one; code that compares with a name may not.
pub(super) fn provider_names(sources: &[Source], names: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|source| source.file.starts_with("crates/rooh-core/src/")) {
        for (number, line) in code(&source.text) {
            let is_named = |name: &&String| line.contains(&format!("\"{name}\""));
            if let Some(name) = names.iter().find(is_named) {
                wrong.push(format!("{}:{number}: core knows the provider {name:?} by name", source.file));
            }
        }
    }
    wrong
}

/// Tasks and threads that core starts beyond the one task of a session.
pub(super) fn spawns(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| source.file.starts_with("crates/rooh-core/src/")) {
        for (number, line) in code(&source.text) {
            if line.contains("tokio::spawn(")
                || line.contains("task::spawn(")
                || line.contains("thread::spawn(")
            {
                found.push(format!("{}:{number}", source.file));
            }
        }
    }
    match found.as_slice() {
        [] => Vec::new(),
        [only] if only.starts_with("crates/rooh-core/src/session/") => Vec::new(),
        _ => vec![format!("core starts more than the one task of a session: {}", found.join(", "))],
    }
}

/// Blocks of code in documentation that claim to be taken from a file and are not in it.
pub(super) fn quotes(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for page in sources.iter().filter(|source| source.file.ends_with(".md")) {
        for part in page.text.split("\n<!-- from ").skip(1) {
            let Some((file, rest)) = part.split_once(" -->\n") else { continue };
            let block = rest.strip_prefix("```").and_then(|rest| rest.split_once('\n'));
            let block = block.and_then(|(_, rest)| rest.split_once("```")).map(|(block, _)| block);
            let text = sources.iter().find(|source| source.file == file).map(|source| source.text.as_str());
            let problem = match (block, text) {
                (_, None) => "quotes a file that is not there",
                (None, _) => "names a file and quotes nothing from it",
                (Some(block), Some(text)) if !text.contains(block) => {
                    "quotes what does not stand in the file"
                }
                _ => continue,
            };
            wrong.push(format!("{}: {problem}: {file}", page.file));
        }
    }
    wrong
}

/// Links in documentation to files that are not there; `exists` is asked with paths from the root.
pub(super) fn links(sources: &[Source], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    for page in sources.iter().filter(|source| source.file.ends_with(".md")) {
        let mut is_code = false;
        for (number, line) in page.text.lines().enumerate() {
            is_code ^= line.trim_start().starts_with("```");
            if is_code {
                continue;
            }
            for target in line.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
                let target = target.split('#').next().unwrap_or_default();
                if target.is_empty() || target.contains(':') || target.contains(' ') {
                    continue;
                }
                let path = resolve(&page.file, target);
                if !path.is_some_and(|path| exists(&path)) {
                    wrong.push(format!("{}:{}: leads nowhere: {target}", page.file, number + 1));
                }
            }
        }
    }
    wrong
}

/// A link of a page as a path from the root; `None` if it leads out of the repository.
fn resolve(page: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The lines that are code, with their numbers: without comments, and without the tests at the end.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line));
    lines
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(file: &str, text: &str) -> Vec<Source> {
        vec![Source { file: file.to_owned(), text: text.to_owned() }]
    }

    #[test]
    fn a_file_without_a_first_line_is_found() {
        assert_eq!(first_lines(&source("a.rs", "use std::fmt;\n")), ["a.rs: begins without a line of `//!`"]);
        assert!(first_lines(&source("a.rs", "//! What it is.\n")).is_empty());
        assert!(first_lines(&source("a.md", "# A\n")).is_empty());
    }

    #[test]
    fn a_clock_in_a_pure_crate_is_found_and_one_in_a_comment_or_test_is_not() {
        let file = "crates/rooh-floor/src/lib.rs";
        assert_eq!(clocks(&source(file, "let now = Instant::now();")).len(), 1);
        assert!(clocks(&source(file, "// no Instant::now() here")).is_empty());
        assert!(clocks(&source(file, "#[cfg(test)]\nlet now = Instant::now();")).is_empty());
        assert!(clocks(&source("crates/rooh-core/src/a.rs", "tokio::time::Instant::now()")).is_empty());
        assert_eq!(clocks(&source("crates/rooh-core/src/a.rs", "use std::time::Instant;")).len(), 1);
    }

    #[test]
    fn a_path_of_this_machine_is_found_and_a_path_of_the_web_is_not() {
        let path = format!("see /{}/main/x", "work");
        assert_eq!(places(&source("a.md", &path)), ["a.md:1: a path of one machine"]);
        assert!(places(&source("a.md", &format!("GET /api/{}/x", "work"))).is_empty());
        let host = format!("https://registry.npmjs.{}/x", "org");
        assert_eq!(places(&source("package-lock.json", &host)).len(), 1);
    }

    #[test]
    fn core_that_compares_with_the_name_of_a_provider_is_found() {
        let names = ["deepgram".to_owned()];
        let check = |text: &str| provider_names(&source("crates/rooh-core/src/a.rs", text), &names).len();
        assert_eq!(check("match name { \"deepgram\" => 1 }"), 1);
        assert_eq!(check("/// For example \"deepgram\"."), 0);
        assert_eq!(check("note = \"a name such as deepgram/nova-3\""), 0);
    }

    #[test]
    fn a_quotation_that_is_out_of_date_is_found() {
        let check = |page: &str| {
            let mut sources = source("a.md", page);
            sources.extend(source("a.rs", "fn a() {}\nfn b() {}\n"));
            quotes(&sources)
        };
        assert!(check("A.\n\n<!-- from a.rs -->\n```rust\nfn b() {}\n```\n").is_empty());
        let stale = check("A.\n\n<!-- from a.rs -->\n```rust\nfn c() {}\n```\n");
        assert_eq!(stale, ["a.md: quotes what does not stand in the file: a.rs"]);
        assert_eq!(
            check("\n<!-- from b.rs -->\n```\n```\n"),
            ["a.md: quotes a file that is not there: b.rs"]
        );
    }

    #[test]
    fn a_link_that_leads_nowhere_is_found() {
        let check =
            |text: &str| links(&source("docs/a.md", text), |path| path == "README.md" || path == "docs/b.md");
        assert!(
            check("[b](b.md#part), [up](../README.md), [web](https://example.org), [here](#part)").is_empty()
        );
        assert_eq!(check("see\n[c](c.md)"), ["docs/a.md:2: leads nowhere: c.md"]);
        assert_eq!(check("[out](../../x.md)"), ["docs/a.md:1: leads nowhere: ../../x.md"]);
        assert!(check("```\n[c](c.md)\n```").is_empty());
    }

    #[test]
    fn a_second_task_in_core_is_found() {
        let own = || source("crates/rooh-core/src/session/task.rs", "tokio::spawn(run());");
        assert!(spawns(&own()).is_empty());
        let mut two = own();
        two.extend(source("crates/rooh-core/src/stt.rs", "tokio::spawn(other());"));
        assert_eq!(spawns(&two).len(), 1);
        assert_eq!(spawns(&source("crates/rooh-core/src/stt.rs", "tokio::spawn(other());")).len(), 1);
    }
}
