//! What holds for every engine, and that they agree.

use rooh_core::ErrorKind;
use rooh_onnx::{Engine, Tensor, open};

const ADD: &[u8] = include_bytes!("add.onnx");

/// The engines that can be used here; says why one cannot.
fn engines() -> Vec<Engine> {
    let mut engines = vec![Engine::Rten];
    match open(ADD, Engine::OnnxRuntime) {
        Ok(_) => engines.push(Engine::OnnxRuntime),
        Err(error) => eprintln!("skipped for ONNX Runtime: {error}"),
    }
    engines
}

#[test]
fn a_model_computes_what_its_graph_says_by_name_and_keeps_nothing() {
    for engine in engines() {
        let model = open(ADD, engine).unwrap();
        assert_eq!(model.inputs(), ["a", "b"]);
        assert_eq!(model.outputs(), ["sum"]);
        let (a, b) = (Tensor::f32([2], vec![1.0, 2.0]), Tensor::f32([2], vec![10.0, 20.0]));
        for _ in 0..2 {
            let sum = model.run(&[("b", &b), ("a", &a)], &["sum"]).unwrap();
            assert_eq!(sum[0].shape(), [2]);
            assert_eq!(sum[0].as_f32().unwrap(), [11.0, 22.0], "{engine:?}");
        }
    }
}

#[test]
fn what_does_not_fit_the_model_is_an_error_that_names_it() {
    for engine in engines() {
        let model = open(ADD, engine).unwrap();
        let a = Tensor::f32([2], vec![1.0, 2.0]);
        let unknown = model.run(&[("a", &a), ("c", &a)], &["sum"]).unwrap_err();
        assert_eq!((unknown.kind(), unknown.context("name")), (ErrorKind::Unexpected, Some("c")));
        let unknown = model.run(&[("a", &a), ("b", &a)], &["difference"]).unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::Unexpected);
        let missing = model.run(&[("a", &a)], &["sum"]).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::Unexpected, "{engine:?}");
        let integers = Tensor::i64([2], vec![1, 2]);
        assert!(model.run(&[("a", &a), ("b", &integers)], &["sum"]).is_err(), "{engine:?}");
        let longer = Tensor::f32([3], vec![1.0, 2.0, 3.0]);
        assert!(model.run(&[("a", &a), ("b", &longer)], &["sum"]).is_err(), "{engine:?}");
    }
}

#[test]
fn bytes_that_are_no_model_are_refused() {
    for engine in engines() {
        for bytes in [&b""[..], b"not a model at all", &ADD[..60]] {
            let error = open(bytes.to_vec(), engine).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{engine:?}: {error}");
        }
    }
}

#[test]
fn one_model_runs_on_many_threads_at_once() {
    for engine in engines() {
        let model = open(ADD, engine).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8_u8 {
                let model = &model;
                scope.spawn(move || {
                    let a = Tensor::f32([1], vec![f32::from(thread)]);
                    for _ in 0..50 {
                        let sum = model.run(&[("a", &a), ("b", &a)], &["sum"]).unwrap();
                        assert_eq!(sum[0].as_f32().unwrap(), [2.0 * f32::from(thread)]);
                    }
                });
            }
        });
    }
}

#[cfg(not(feature = "onnxruntime"))]
#[test]
fn an_engine_that_is_not_built_in_names_the_feature() {
    let error = open(ADD, Engine::OnnxRuntime).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("onnxruntime"));
}

#[cfg(feature = "onnxruntime")]
mod probe {
    use std::ffi::OsStr;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use rooh_onnx::{OLDEST, library_path, probe};

    use super::*;

    #[test]
    fn a_library_that_is_not_there_is_an_error_at_once() {
        let begun = Instant::now();
        let error = probe(OsStr::new("/nowhere/libonnxruntime.so")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains("ORT_DYLIB_PATH"), "{error}");
        assert!(begun.elapsed() < Duration::from_millis(500), "took {:?}", begun.elapsed());
    }

    #[test]
    fn a_file_that_is_no_library_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "text").unwrap();
        assert_eq!(probe(file.path().as_os_str()).unwrap_err().kind(), ErrorKind::NotFound);
    }

    /// Compiles a library of one function in place of ONNX Runtime.
    fn library(source: &str) -> Option<(tempfile::TempDir, std::path::PathBuf)> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (input, output) = (folder.path().join("fake.c"), folder.path().join("libfake.so"));
        std::fs::write(&input, source).expect("a temporary file can be written");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&output).arg(&input).status();
        if !built.is_ok_and(|status| status.success()) {
            eprintln!("skipped: there is no C compiler to make a library with");
            return None;
        }
        Some((folder, output))
    }

    #[test]
    fn a_library_that_is_something_else_is_refused() {
        let Some((_folder, path)) = library("int answer(void) { return 42; }") else { return };
        assert_eq!(probe(path.as_os_str()).unwrap_err().kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn a_library_that_is_too_old_is_refused_with_both_versions() {
        for (version, fits) in
            [("1.17.3", false), ("1.18.0", true), ("1.31.1", true), ("2.0.0", false), ("odd", false)]
        {
            let source = format!(
                "static const char* version(void) {{ return \"{version}\"; }}
                 static const void* api(unsigned v) {{ return 0; }}
                 static const struct {{ const void* (*api)(unsigned); const char* (*version)(void); }} base = {{ api, version }};
                 const void* OrtGetApiBase(void) {{ return &base; }}"
            );
            let Some((_folder, path)) = library(&source) else { return };
            match probe(path.as_os_str()) {
                Ok(found) => assert!(fits && found >= OLDEST, "{version} passed as {found}"),
                Err(error) => {
                    assert!(!fits, "{version} was refused: {error}");
                    assert_eq!(error.kind(), ErrorKind::Unsupported);
                }
            }
        }
    }

    #[test]
    fn opening_a_model_without_the_library_fails_at_once_and_not_forever() {
        if probe(&library_path()).is_ok() {
            eprintln!("skipped: ONNX Runtime is here");
            return;
        }
        let begun = Instant::now();
        assert!(open(ADD, Engine::OnnxRuntime).is_err());
        assert!(begun.elapsed() < Duration::from_millis(500), "took {:?}", begun.elapsed());
    }
}
