//! Which crate may depend on which: arrows point down, never up and never sideways.

use crate::tree::Package;

/// The layers, lowest first; a crate depends on crates of lower layers only.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Layer {
    /// No tasks, no sockets, no clock.
    Pure,
    /// The contracts and the orchestrator.
    Core,
    /// What several providers or programs need, and no user sees.
    Plumbing,
    /// One crate each, named by kind.
    Provider,
    /// What programs depend on.
    Facade,
    /// A library that is mounted into programs.
    Server,
    /// What people run.
    Program,
}

const PURE: [&str; 4] = ["rooh-audio", "rooh-floor", "rooh-rtp", "rooh-words"];
const PLUMBING: [&str; 7] =
    ["rooh-agents", "rooh-eval", "rooh-models", "rooh-net", "rooh-onnx", "rooh-testkit", "rooh-wire"];
const PROGRAMS: [&str; 3] = ["rooh-bench", "rooh-cli", "xtask"];

/// The kinds of provider, as crates are named after them.
pub(crate) const KINDS: [&str; 7] = ["llm", "realtime", "stt", "transport", "tts", "turn", "vad"];

/// The one crate that others of its layer may use: frames and time are the words of all.
const SHARED: &str = "rooh-audio";

/// What pure crates must not bring in.
const IMPURE: [&str; 10] = [
    "async-std",
    "async-trait",
    "futures",
    "hyper",
    "mio",
    "rand",
    "smol",
    "socket2",
    "tokio",
    "tracing-subscriber",
];

/// The layer of a package, by its name or, for examples, by where it lies.
pub(crate) fn layer(name: &str, folder: &str) -> Option<Layer> {
    let is_provider = KINDS.iter().any(|kind| {
        name.strip_prefix("rooh-")
            .and_then(|rest| rest.strip_prefix(kind))
            .is_some_and(|rest| rest.strip_prefix('-').is_some_and(|vendor| !vendor.is_empty()))
    });
    Some(match name {
        "rooh" => Layer::Facade,
        "rooh-core" => Layer::Core,
        "rooh-server" => Layer::Server,
        _ if PURE.contains(&name) => Layer::Pure,
        _ if PLUMBING.contains(&name) => Layer::Plumbing,
        _ if PROGRAMS.contains(&name) || folder.starts_with("examples") => Layer::Program,
        _ if is_provider => Layer::Provider,
        _ => return None,
    })
}

/// All arrows that point up or sideways, and all crates that have no layer.
///
/// What a crate needs for its tests alone is exempt.
pub(crate) fn wrong_arrows(packages: &[(&Package, String)]) -> Vec<String> {
    let layer_of = |name: &str| {
        packages.iter().find(|(package, _)| package.name == name).and_then(|(_, folder)| layer(name, folder))
    };
    let mut wrong = Vec::new();
    for (package, folder) in packages {
        let Some(own) = layer(&package.name, folder) else {
            wrong.push(format!(
                "{}: no layer; providers are named rooh-<kind>-<name>, others stand in xtask/src/layers.rs",
                package.name
            ));
            continue;
        };
        if own == Layer::Provider && package.metadata.rooh.is_none() {
            wrong.push(format!(
                "{}: has no [package.metadata.rooh], so the facade leaves it away",
                package.name
            ));
        }
        for dependency in &package.dependencies {
            if dependency.kind.as_deref() == Some("dev") {
                continue;
            }
            let name = dependency.name.as_str();
            if own == Layer::Pure && IMPURE.contains(&name) {
                wrong.push(format!(
                    "{}: a pure crate must not depend on {name}: no tasks, no sockets, no clock",
                    package.name
                ));
            }
            let Some(other) = layer_of(name) else { continue };
            let is_shared = own == Layer::Pure && name == SHARED && package.name != SHARED;
            if other >= own && !is_shared {
                let way = if other > own { "up" } else { "sideways" };
                wrong.push(format!(
                    "{} ({own:?}) depends on {name} ({other:?}): the arrow points {way}",
                    package.name
                ));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Dependency;

    fn package(name: &str, dependencies: &[&str]) -> Package {
        let dependencies = dependencies.iter().map(|written| {
            let (name, kind) = written.split_once(':').map_or((*written, None), |(n, k)| (n, Some(k)));
            Dependency { name: name.to_owned(), kind: kind.map(str::to_owned) }
        });
        let rooh = crate::tree::ProviderMetadata { name: "acme".to_owned(), ..Default::default() };
        let metadata = crate::tree::PackageMetadata { rooh: Some(rooh) };
        Package {
            name: name.to_owned(),
            dependencies: dependencies.collect(),
            metadata,
            ..Package::default()
        }
    }

    /// A healthy workspace in which one crate is replaced by `changed`.
    #[track_caller]
    fn check(changed: Package, expected: &[&str]) {
        let mut packages = vec![
            package("rooh", &["rooh-core", "rooh-stt-acme"]),
            package("rooh-audio", &[]),
            package("rooh-cli", &["rooh", "rooh-server"]),
            package("rooh-core", &["rooh-audio", "rooh-floor"]),
            package("rooh-floor", &["rooh-audio"]),
            package("rooh-net", &["rooh-core", "tokio"]),
            package("rooh-server", &["rooh", "rooh-net"]),
            package("rooh-stt-acme", &["rooh-core", "rooh-net", "rooh-testkit:dev"]),
            package("rooh-testkit", &["rooh-core"]),
            package("rooh-tts-acme", &["rooh-core"]),
        ];
        match packages.iter_mut().find(|package| package.name == changed.name) {
            Some(place) => *place = changed,
            None => packages.push(changed),
        }
        let packages: Vec<_> = packages.iter().map(|package| (package, String::new())).collect();
        assert_eq!(wrong_arrows(&packages), expected);
    }

    #[test]
    fn arrows_that_point_down_are_fine() {
        check(package("rooh-core", &["rooh-audio", "rooh-floor"]), &[]);
    }

    #[test]
    fn an_arrow_that_points_up_is_found() {
        check(
            package("rooh-core", &["rooh-net"]),
            &["rooh-core (Core) depends on rooh-net (Plumbing): the arrow points up"],
        );
        check(
            package("rooh-tts-acme", &["rooh"]),
            &["rooh-tts-acme (Provider) depends on rooh (Facade): the arrow points up"],
        );
    }

    #[test]
    fn providers_never_depend_on_each_other() {
        check(
            package("rooh-tts-acme", &["rooh-stt-acme"]),
            &["rooh-tts-acme (Provider) depends on rooh-stt-acme (Provider): the arrow points sideways"],
        );
    }

    #[test]
    fn a_build_dependency_counts_and_a_test_dependency_does_not() {
        check(
            package("rooh-tts-acme", &["rooh-stt-acme:build"]),
            &["rooh-tts-acme (Provider) depends on rooh-stt-acme (Provider): the arrow points sideways"],
        );
        check(package("rooh-tts-acme", &["rooh-stt-acme:dev", "rooh:dev"]), &[]);
    }

    #[test]
    fn a_provider_that_the_facade_would_leave_away_is_found() {
        let bare = Package { name: "rooh-tts-acme".to_owned(), ..Package::default() };
        check(bare, &["rooh-tts-acme: has no [package.metadata.rooh], so the facade leaves it away"]);
    }

    #[test]
    fn pure_crates_share_nothing_but_audio_and_bring_no_runtime() {
        check(
            package("rooh-rtp", &["rooh-audio", "rooh-floor"]),
            &["rooh-rtp (Pure) depends on rooh-floor (Pure): the arrow points sideways"],
        );
        check(
            package("rooh-floor", &["tokio"]),
            &["rooh-floor: a pure crate must not depend on tokio: no tasks, no sockets, no clock"],
        );
    }

    #[test]
    fn a_crate_without_a_layer_is_found() {
        check(
            package("rooh-utils", &[]),
            &["rooh-utils: no layer; providers are named rooh-<kind>-<name>, others stand in \
               xtask/src/layers.rs"],
        );
        check(
            package("rooh-stt-", &[]),
            &["rooh-stt-: no layer; providers are named rooh-<kind>-<name>, others stand in \
               xtask/src/layers.rs"],
        );
    }

    #[test]
    fn an_arrow_in_real_manifests_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let write = |file: &str, text: &str| {
            let file = root.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n");
        for (name, dependencies) in
            [("rooh-core", "rooh-wire = { path = \"../rooh-wire\" }"), ("rooh-wire", "")]
        {
            let manifest =
                format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n[dependencies]\n{dependencies}\n");
            write(&format!("crates/{name}/Cargo.toml"), &manifest);
            write(&format!("crates/{name}/src/lib.rs"), "//! Empty.\n");
        }
        let tree = crate::tree::Tree::read(&root).unwrap();
        let packages: Vec<_> = tree
            .packages
            .iter()
            .map(|package| (package, package.folder(&tree.root).to_string_lossy().into_owned()))
            .collect();
        assert_eq!(
            wrong_arrows(&packages),
            ["rooh-core (Core) depends on rooh-wire (Plumbing): the arrow points up"]
        );
    }
}
