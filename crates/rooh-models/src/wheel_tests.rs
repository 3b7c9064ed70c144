//! A file that lies in a Python package: by pip, from a wheel, from a folder, or not at all.

use std::path::{Path, PathBuf};

use rooh_core::ErrorKind;
use rooh_core::provider::Progress;
use rooh_core::stream::Events;

use crate::archive::tests::archive;
use crate::asset::{Asset, Source, Status};
use crate::find;
use crate::machine::Machine;
use crate::tests::{machine, program};
use crate::wheel::Wheel;

const CONTENT: &[u8] = b"abc";

/// An asset whose hash is known without the file of a vendor.
static ACME: Asset = Asset {
    name: "acme",
    title: "Acme",
    size: 3,
    license: "MIT",
    needed_by: &[],
    source: Source::Wheel(Wheel {
        package: "acme-ai",
        version: "1.2.0",
        path: "acme/data/acme.onnx",
        size: 3,
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    }),
};

fn write_wheel(folder: &Path, content: &[u8]) -> PathBuf {
    let path = folder.join("acme_ai-1.2.0-py3-none-any.whl");
    let files = [("acme/__init__.py", &b""[..], false), ("acme/data/acme.onnx", content, true)];
    std::fs::write(&path, archive(&files)).unwrap();
    path
}

async fn kind_of(pull: Events<Progress>) -> Option<ErrorKind> {
    pull.collect().await.map_err(|error| error.kind()).err()
}

fn is_there(machine: &Machine) -> bool {
    ACME.status_on(machine).is_there()
}

#[tokio::test]
async fn it_is_taken_from_a_wheel_a_file_or_a_folder_with_either() {
    let root = tempfile::tempdir().unwrap();
    let (wheels, files) = (root.path().join("wheels"), root.path().join("files"));
    for folder in [&wheels, &files] {
        std::fs::create_dir(folder).unwrap();
    }
    let wheel = write_wheel(&wheels, CONTENT);
    std::fs::write(files.join("acme.onnx"), CONTENT).unwrap();
    std::fs::write(files.join("renamed.bin"), CONTENT).unwrap();
    for path in [wheel, wheels, files.join("acme.onnx"), files.join("renamed.bin"), files] {
        let target = tempfile::tempdir().unwrap();
        let machine = machine(target.path());
        assert!(!is_there(&machine));
        let steps = ACME.pull_from_on(path.clone(), machine.clone()).collect().await.unwrap();
        assert_eq!(steps.last().unwrap().done, Some(1.0));
        assert!(is_there(&machine), "{}", path.display());
        assert!(ACME.verify_on(&machine).await.unwrap().contains("as published"));
        let left: Vec<_> = std::fs::read_dir(target.path().join("models")).unwrap().collect();
        assert_eq!(left.len(), 1, "only the file is left: {left:?}");
    }
}

#[tokio::test]
async fn what_is_not_what_was_published_is_refused_and_nothing_changes() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    let from = |path: PathBuf| ACME.pull_from_on(path, machine.clone());
    let other = write_wheel(root.path(), b"abd");
    assert_eq!(kind_of(from(other.clone())).await, Some(ErrorKind::Unexpected));
    assert_eq!(kind_of(from(root.path().to_owned())).await, Some(ErrorKind::Unexpected));
    write_wheel(root.path(), b"longer");
    assert_eq!(kind_of(from(other.clone())).await, Some(ErrorKind::Unexpected));
    let whole = std::fs::read(&other).unwrap();
    std::fs::write(&other, &whole[..whole.len() / 2]).unwrap();
    assert_eq!(kind_of(from(other)).await, Some(ErrorKind::Unexpected));
    assert_eq!(kind_of(from(root.path().join("nothing"))).await, Some(ErrorKind::NotFound));
    assert_eq!(kind_of(from(root.path().join("lib"))).await, Some(ErrorKind::NotFound));
    assert!(!is_there(&machine));
    // Neither a library nor what is built in comes as a file.
    for name in ["flite", "silero-vad"] {
        let pull = find(name).unwrap().pull_from_on(root.path().to_owned(), machine.clone());
        assert_eq!(kind_of(pull).await, Some(ErrorKind::Unsupported), "{name}");
    }
}

#[tokio::test]
async fn what_is_missing_or_cut_off_says_both_ways_to_bring_it() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    let bring = || match ACME.status_on(&machine) {
        Status::Missing { bring } => bring,
        other => panic!("it is {other}"),
    };
    let commands = bring();
    for part in [
        "rooh models pull acme",
        "pip download --no-deps acme-ai==1.2.0",
        "unzip -j acme_ai-1.2.0-*.whl acme/data/acme.onnx -d ",
    ] {
        assert!(commands.contains(part), "{commands}");
    }
    assert!(commands.ends_with(&root.path().join("models").display().to_string()), "{commands}");
    assert_eq!(ACME.verify_on(&machine).await.unwrap_err().kind(), ErrorKind::NotFound);
    std::fs::create_dir(root.path().join("models")).unwrap();
    std::fs::write(root.path().join("models/acme.onnx"), "ab").unwrap();
    assert!(bring().contains("has 2 bytes and not 3"), "{}", bring());
    let homeless = Machine { models: None, ..machine.clone() };
    let Status::Missing { bring } = ACME.status_on(&homeless) else { panic!("there is no folder") };
    assert!(bring.contains("ROOH_MODELS_DIR"), "{bring}");
}

#[tokio::test]
async fn pip_brings_it_once_and_again_if_it_was_damaged() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    let without = ACME.pull_on(machine.clone()).collect().await.unwrap_err();
    assert_eq!(without.kind(), ErrorKind::NotFound);
    assert!(without.message().contains("pip download --no-deps acme-ai==1.2.0"), "{without}");

    let wheel = write_wheel(root.path(), CONTENT);
    let script = format!(
        "[ $1 = download ] || exit 9
         while [ $1 != --dest ]; do shift; done
         [ $3 = acme-ai==1.2.0 ] || exit 8
         cp {} $2/",
        wheel.display()
    );
    program(&machine, "pip3", &script);
    ACME.pull_on(machine.clone()).collect().await.unwrap();
    let file = root.path().join("models/acme.onnx");
    assert_eq!(std::fs::read(&file).unwrap(), CONTENT);
    std::fs::write(&file, "abd").unwrap();
    assert_eq!(ACME.verify_on(&machine).await.unwrap_err().kind(), ErrorKind::Unexpected);
    ACME.pull_on(machine.clone()).collect().await.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), CONTENT);

    program(&machine, "pip3", "exit 1");
    let again = ACME.pull_on(machine.clone()).collect().await.unwrap();
    assert_eq!(again.len(), 1, "nothing is done a second time: {again:?}");
    let left: Vec<_> = std::fs::read_dir(root.path().join("models")).unwrap().collect();
    assert_eq!(left.len(), 1, "only the file is left: {left:?}");
}

#[tokio::test]
async fn a_pip_that_fails_or_lies_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    program(&machine, "pip", "echo 'ERROR: No matching distribution' >&2; exit 1");
    let error = ACME.pull_on(machine.clone()).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(error.context("it said").unwrap().contains("No matching"), "{error}");
    program(&machine, "pip", "exit 0");
    assert_eq!(kind_of(ACME.pull_on(machine.clone())).await, Some(ErrorKind::NotFound));
    assert!(!is_there(&machine));
}

#[tokio::test]
async fn the_folder_of_models_is_not_open_to_others() {
    use std::os::unix::fs::PermissionsExt;

    let root = tempfile::tempdir().unwrap();
    let home = root.path().join("home");
    std::fs::create_dir(&home).unwrap();
    let machine = Machine { models: Some(home.join(".rooh/models")), ..machine(root.path()) };
    ACME.pull_from_on(write_wheel(root.path(), CONTENT), machine).collect().await.unwrap();
    for folder in [".rooh", ".rooh/models"] {
        let mode = std::fs::metadata(home.join(folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{folder}");
    }
    let file = std::fs::metadata(home.join(".rooh/models/acme.onnx")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o644, "the file itself is no secret");
}
