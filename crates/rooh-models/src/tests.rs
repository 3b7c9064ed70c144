//! A machine made of a folder: what is found on it, what is brought to it, what is refused.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rooh_core::ErrorKind;

use crate::asset::Status;
use crate::machine::Machine;
use crate::{assets, find};

/// A machine that has nothing.
pub(crate) fn machine(root: &Path) -> Machine {
    for folder in ["lib", "bin"] {
        std::fs::create_dir_all(root.join(folder)).unwrap();
    }
    Machine {
        root: root.to_owned(),
        libraries: vec![root.join("lib")],
        models: Some(root.join("models")),
        programs: vec![root.join("bin")],
    }
}

/// Puts a program there that is a script of the shell.
pub(crate) fn program(machine: &Machine, name: &str, script: &str) {
    let path = machine.programs[0].join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A package manager that brings the libraries of Flite into the machine.
fn package_manager(machine: &Machine) {
    let script = format!(
        "case \"$*\" in *install*libflite1*) ;; *) exit 100;; esac
         echo 'pmstatus:libflite1:50:Unpacking libflite1'
         for name in flite flite_usenglish flite_cmulex flite_cmu_us_slt; do
             echo library > {}/lib$name.so.1
         done",
        machine.libraries[0].display()
    );
    program(machine, "apt-get", &script);
}

#[test]
fn names_are_unique_in_order_and_found() {
    let names: Vec<&str> = assets().iter().map(|asset| asset.name).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
    for name in names {
        assert_eq!(find(name).unwrap().name, name);
    }
    let unknown = find("whisper").unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    assert!(unknown.context("known").unwrap().contains("silero-vad"));
}

#[tokio::test]
async fn what_is_missing_says_what_brings_it() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    let flite = find("flite").unwrap();
    let Status::Missing { bring } = flite.status_on(&machine) else { panic!("there is no Flite") };
    assert!(bring.contains("libflite1") && !bring.contains("sudo"), "{bring}");
    program(&machine, "apt-get", "exit 1");
    let missing = Status::Missing { bring: "sudo apt-get install -y libflite1".to_owned() };
    assert_eq!(flite.status_on(&machine), missing);
    assert_eq!(flite.verify_on(&machine).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_library_is_found_with_the_number_of_its_release_and_not_by_half_its_name() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    let libraries = &machine.libraries[0];
    std::fs::write(libraries.join("libpocketsphinx_extra.so.3"), "x").unwrap();
    std::os::unix::fs::symlink("nowhere", libraries.join("libpocketsphinx.so.2")).unwrap();
    assert_eq!(machine.library("pocketsphinx"), None);
    std::fs::write(libraries.join("libpocketsphinx.so.3"), "x").unwrap();
    assert_eq!(machine.library("pocketsphinx"), Some(libraries.join("libpocketsphinx.so.3")));
}

#[test]
fn a_model_counts_only_if_all_its_files_are_there_and_not_empty() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    let model = find("pocketsphinx-en-us").unwrap();
    let folder = root.path().join("usr/local/share/pocketsphinx/model/en-us");
    std::fs::create_dir_all(folder.join("en-us")).unwrap();
    for file in ["cmudict-en-us.dict", "en-us.lm.bin", "en-us/mdef", "en-us/means"] {
        assert!(!model.status_on(&machine).is_there(), "without {file}");
        std::fs::write(folder.join(file), "").unwrap();
        assert!(!model.status_on(&machine).is_there(), "with an empty {file}");
        std::fs::write(folder.join(file), "model").unwrap();
    }
    assert_eq!(model.status_on(&machine), Status::Installed { at: folder });
}

#[tokio::test]
async fn a_package_is_brought_where_that_is_allowed_and_once() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    program(&machine, "id", "echo 0");
    package_manager(&machine);
    let flite = find("flite").unwrap();
    let progress = flite.pull_on(machine.clone()).collect().await.unwrap();
    assert!(progress.iter().any(|step| step.done == Some(0.5)), "{progress:?}");
    assert!(flite.status_on(&machine).is_there());
    program(&machine, "apt-get", "exit 1");
    let again = flite.pull_on(machine).collect().await.unwrap();
    assert_eq!(again.len(), 1, "nothing is done a second time: {again:?}");
}

#[tokio::test]
async fn a_package_manager_that_was_started_finishes_though_nobody_waits_for_it() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    program(&machine, "id", "echo 0");
    package_manager(&machine);
    let done = root.path().join("done");
    let path = machine.programs[0].join("apt-get");
    let script = std::fs::read_to_string(&path).unwrap();
    let slow = format!("{script}\nsleep 0.2; echo more; echo more; echo whole > {}\n", done.display());
    std::fs::write(&path, slow).unwrap();
    let mut pull = find("flite").unwrap().pull_on(machine);
    while pull.next().await.unwrap().unwrap().done.is_none() {}
    drop(pull);
    let finished = async {
        while !done.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), finished).await.unwrap();
}

#[tokio::test]
async fn where_packages_may_not_be_installed_the_command_is_named() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    program(&machine, "id", "echo 1000");
    package_manager(&machine);
    let flite = find("flite").unwrap();
    let error = flite.pull_on(machine.clone()).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().contains("sudo apt-get install -y libflite1"), "{error}");
    // A sudo that would ask for a password is no permission; one that would not is.
    program(&machine, "sudo", "exit 1");
    assert!(flite.pull_on(machine.clone()).collect().await.is_err());
    program(&machine, "sudo", "shift; [ \"$1\" = true ] || exec \"$@\"");
    flite.pull_on(machine).collect().await.unwrap();
}

#[tokio::test]
async fn a_package_manager_that_fails_is_quoted() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    program(&machine, "id", "echo 0");
    program(&machine, "apt-get", "echo 'E: Unable to locate package' >&2; exit 100");
    let error = find("flite").unwrap().pull_on(machine.clone()).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(error.context("it said").unwrap().contains("Unable to locate"), "{error}");
    // One that claims to have done it and has not.
    program(&machine, "apt-get", "exit 0");
    let error = find("flite").unwrap().pull_on(machine).collect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
}

#[tokio::test]
async fn a_package_is_compared_with_its_checksums_where_they_are_known() {
    let root = tempfile::tempdir().unwrap();
    let machine = machine(root.path());
    package_manager(&machine);
    program(&machine, "id", "echo 0");
    let flite = find("flite").unwrap();
    flite.pull_on(machine.clone()).collect().await.unwrap();
    assert!(flite.verify_on(&machine).await.unwrap().contains("not compared"));
    program(&machine, "dpkg", "[ $1 = --status ]; exit 1");
    assert!(flite.verify_on(&machine).await.unwrap().contains("not compared"));
    program(
        &machine,
        "dpkg",
        "[ $1 = --status ] || echo 'missing     /usr/share/doc/libflite1/copyright'; exit 0",
    );
    assert!(flite.verify_on(&machine).await.unwrap().contains("as published"));
    program(&machine, "dpkg", "[ $1 = --status ] || echo '??5??????   /usr/lib/libflite.so.1'; exit 0");
    let error = flite.verify_on(&machine).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    assert!(error.context("files").unwrap().contains("libflite.so.1"));
}

#[tokio::test]
async fn what_is_built_in_is_compared_with_its_hash() {
    static OURS: &[u8] = b"abc";
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(crate::embedded::verify(OURS, ABC).await.is_ok());
    let error = crate::hash::compare(b"abd", ABC).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unexpected);
    // No provider is linked into this test, so its model is not there.
    let silero = find("silero-vad").unwrap();
    let Status::Missing { bring } = silero.status() else { panic!("Silero is not linked here") };
    assert!(bring.contains("vad-silero"), "{bring}");
    assert_eq!(silero.pull().collect().await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(silero.verify().await.unwrap_err().kind(), ErrorKind::NotFound);
}
