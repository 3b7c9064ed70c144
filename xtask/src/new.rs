//! Writes a provider crate that compiles, registers and passes its contract.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::codegen::{self, region};
use crate::shell::{Result, rustfmt, write};
use crate::tree;

/// The kinds of provider of which there is a beginning to copy.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// A language model.
    Llm,
    /// A recognizer.
    Stt,
    /// A voice.
    Tts,
    /// A judge of pauses.
    Turn,
    /// A voice-activity detector.
    Vad,
}

/// What the command line asks of `new`.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// What it does.
    pub(crate) kind: Kind,
    /// Its name in agent files and code: lower case, digits, hyphens.
    pub(crate) name: String,
    /// Its name as people write it; made from the other one if it is not given.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Write it into this folder, as a crate of a repository of your own.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) path: Option<PathBuf>,
}

/// The parts of a beginning.
struct Template {
    kind: &'static str,
    lib: &'static str,
    contract: &'static str,
    /// Besides `rooh-core`, `schemars` and `serde`.
    dependencies: &'static [&'static str],
    /// The row of its one option, as `codegen` writes it.
    option: &'static str,
    cannot: &'static str,
}

impl Kind {
    fn template(self) -> Template {
        macro_rules! template {
            ($kind:literal, $option:literal, $cannot:literal $(, $name:literal)*) => {
                Template {
                    kind: $kind,
                    lib: include_str!(concat!("../templates/", $kind, "/lib.rs")),
                    contract: include_str!(concat!("../templates/", $kind, "/contract.rs")),
                    dependencies: &[$($name),*],
                    option: $option,
                    cannot: $cannot,
                }
            };
        }
        match self {
            Self::Llm => template!(
                "llm",
                "`greeting` | text | `\"Hello.\"` | What it says when nobody has said anything.",
                "It repeats what it is told, and calls no tools."
            ),
            Self::Stt => template!(
                "stt",
                "`threshold` | number | `-40.0` | How loud a beep has to be, in decibels of full scale. \
                 From -90 to 0.",
                "It hears beeps, and no words."
            ),
            Self::Tts => template!(
                "tts",
                "`pitch` | number | `440.0` | How high it beeps, in hertz. From 50 to 4000.",
                "It beeps, and speaks no language."
            ),
            Self::Turn => template!(
                "turn",
                "`open` | json | `[\"and\",\"but\",\"or\",\"so\",\"the\",\"to\",\"um\"]` | Words after which people go on.",
                "It looks at the last word alone.",
                "async-trait"
            ),
            Self::Vad => template!(
                "vad",
                "`even` | number | `-40.0` | How loud something is that is speech as likely as not, in decibels \
                 of full scale. From -90 to 0.",
                "It takes music and noise for speech."
            ),
        }
    }
}

/// Writes the crate, and in this workspace also what the facade has to know of it.
///
/// # Errors
///
/// The name is none, or the folder exists already.
pub(crate) fn new(options: &Options) -> Result {
    let root = tree::root();
    let folder = write_crate(options, &root)?;
    let name = crate_name(options);
    println!("\n{name} is in {}.", folder.display());
    if options.path.is_none() {
        add_to_workspace(&root, &name)?;
        let tree = tree::Tree::read(&root)?;
        for generated in codegen::from_manifests(&tree)? {
            write(&root.join(generated.file), &generated.text)?;
        }
        println!("Try it: cargo test -p {name}\nThen:   cargo xtask codegen, which writes its options down");
    } else {
        println!("Try it: cargo test, in its folder");
    }
    Ok(())
}

/// Writes the crate alone, and says where it is.
pub(crate) fn write_crate(options: &Options, root: &Path) -> Result<PathBuf> {
    let name = options.name.as_str();
    let is_name = name
        .split('-')
        .all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()))
        && name.starts_with(|c: char| c.is_ascii_lowercase());
    if !is_name {
        return Err(format!(
            "{name:?} is no name: lower case letters, digits and single hyphens, letter first"
        )
        .into());
    }
    let title = options.title.clone().unwrap_or_else(|| words(name).join(" "));
    if title.contains(['"', '\\', '\n', '{', '}']) || title.trim().is_empty() {
        return Err(format!("{title:?} is no title: it stands between quotation marks, on one line").into());
    }
    let crate_name = crate_name(options);
    let folder = options.path.clone().unwrap_or_else(|| root.join("crates")).join(&crate_name);
    if folder.exists() {
        return Err(format!("{} exists already", folder.display()).into());
    }

    let template = options.kind.template();
    let is_ours = options.path.is_none();
    let module = crate_name.replace('-', "_");
    let type_name = words(name).concat();
    let own = dependencies(&template, is_ours, root)?;
    let for_tests =
        if is_ours { String::new() } else { outside(root, "rooh-testkit")? + &outside(root, "tokio")? };
    let rows = "| Option | Type | Default | What it is for |\n| --- | --- | --- | --- |\n";
    let table = format!("{rows}| {} |\n", template.option);
    // A repository of one's own has nothing that would write the table again.
    let table = if is_ours { region::enclose("options", &table) } else { table };
    let link = if is_ours {
        format!("with the feature `{}-{name}` of `rooh`", template.kind)
    } else {
        format!("in a program that says `use {module} as _;` once")
    };
    let fill = |text: &str| {
        text.replace("{{dependencies}}\n", &own)
            .replace("{{for tests}}\n", &for_tests)
            .replace("{{cannot}}", template.cannot)
            .replace("{{crate}}", &crate_name)
            .replace("{{kind}}", template.kind)
            .replace("{{options}}\n", &table)
            .replace("{{link}}", &link)
            .replace("{{module}}", &module)
            .replace("{{name}}", name)
            .replace("{{title}}", &title)
            .replace("{{Type}}", &type_name)
    };
    let manifest = if is_ours {
        include_str!("../templates/Cargo.workspace.toml")
    } else {
        include_str!("../templates/Cargo.alone.toml")
    };
    fs::create_dir_all(&folder)?;
    write(&folder.join("Cargo.toml"), &fill(manifest))?;
    write(&folder.join("README.md"), &fill(include_str!("../templates/README.md")))?;
    write(&folder.join("src/lib.rs"), &rustfmt(root, &fill(template.lib))?)?;
    write(&folder.join("tests/contract.rs"), &rustfmt(root, &fill(template.contract))?)?;
    Ok(folder)
}

/// The lines below `[dependencies]`, in the order of the alphabet.
///
/// # Errors
///
/// The root manifest has none of that name.
fn dependencies(template: &Template, is_ours: bool, root: &Path) -> Result<String> {
    let mut names = vec!["rooh-core", "schemars", "serde"];
    names.extend(template.dependencies);
    names.sort_unstable();
    let line = |name: &str| {
        if is_ours { Ok(format!("{name}.workspace = true\n")) } else { outside(root, name) }
    };
    names.into_iter().map(line).collect()
}

/// How a crate outside of the workspace asks for what we ask for.
fn outside(root: &Path, name: &str) -> Result<String> {
    if name.starts_with("rooh-") {
        return Ok(format!("{name} = {{ path = {:?} }}\n", root.join("crates").join(name)));
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let line = manifest.lines().find(|line| line.starts_with(&format!("{name} = ")));
    Ok(format!("{}\n", line.ok_or_else(|| format!("Cargo.toml: has no dependency {name}"))?))
}

/// Adds the crate to the shared versions, where the facade looks for it.
fn add_to_workspace(root: &Path, name: &str) -> Result {
    let file = root.join("Cargo.toml");
    let manifest = fs::read_to_string(&file)?;
    let manifest = with_crate(&manifest, name).ok_or("Cargo.toml: has no line `# Ours.`")?;
    write(&file, &manifest)
}

/// The root manifest with one more line among our own crates.
fn with_crate(manifest: &str, name: &str) -> Option<String> {
    let line = format!("{name} = {{ path = \"crates/{name}\", version = \"0.1.0\" }}");
    let (head, rest) = manifest.split_once("# Ours.\n")?;
    let (ours, tail) = rest.split_once("\n\n")?;
    let mut lines: Vec<&str> =
        ours.lines().filter(|other| !other.starts_with(&format!("{name} ="))).collect();
    lines.push(&line);
    lines.sort_by_key(|line| line.split(' ').next().map(str::to_owned));
    Some(format!("{head}# Ours.\n{}\n\n{tail}", lines.join("\n")))
}

fn crate_name(options: &Options) -> String {
    format!("rooh-{}-{}", options.kind.template().kind, options.name)
}

/// The words of a name, each with a capital.
fn words(name: &str) -> Vec<String> {
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    name.split('-').filter(|word| !word.is_empty()).map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(kind: Kind, name: &str, path: Option<PathBuf>) -> Options {
        Options { kind, name: name.to_owned(), title: None, path }
    }

    #[test]
    fn every_kind_is_written_without_a_gap() {
        let folder = tempfile::tempdir().unwrap();
        for kind in Kind::value_variants() {
            let options = options(*kind, "acme-2", Some(folder.path().to_owned()));
            let written = write_crate(&options, &tree::root()).unwrap();
            for file in ["Cargo.toml", "README.md", "src/lib.rs", "tests/contract.rs"] {
                let text = fs::read_to_string(written.join(file)).unwrap();
                assert!(!text.contains("{{"), "{kind:?} {file}: {text}");
            }
            assert!(fs::read_to_string(written.join("src/lib.rs")).unwrap().contains("pub struct Acme2 {"));
            assert!(write_crate(&options, &tree::root()).unwrap_err().to_string().contains("exists"));
        }
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for name in ["", "Acme", "a_b", "-a", "a--b", "2a", "../a", "é"] {
            let error = write_crate(&options(Kind::Tts, name, None), Path::new("nowhere")).unwrap_err();
            assert!(error.to_string().contains("is no name"), "{name:?}: {error}");
        }
    }

    #[test]
    fn a_crate_takes_its_place_among_ours() {
        let manifest = "# Ours.\nrooh = 1\nrooh-audio = 1\nrooh-wire = 1\n\n# Others.\n";
        assert_eq!(
            with_crate(manifest, "rooh-tts-acme").unwrap(),
            "# Ours.\nrooh = 1\nrooh-audio = 1\n\
             rooh-tts-acme = { path = \"crates/rooh-tts-acme\", version = \"0.1.0\" }\n\
             rooh-wire = 1\n\n# Others.\n"
        );
    }
}
