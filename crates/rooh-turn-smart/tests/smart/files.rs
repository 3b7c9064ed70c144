//! Files that are missing, damaged, or something else; and what is said about them, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rooh_core::turn::{TurnDetector, TurnView};
use rooh_core::{Error, ErrorKind};
use rooh_turn_smart::SmartTurn;
use tracing::span;

use crate::{heard, signals, tiny, with_model};

/// Counts what is logged.
struct Log(Arc<AtomicUsize>);

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("rooh_turn_smart")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// How many lines are logged from here on, on this thread.
fn listen() -> (Arc<AtomicUsize>, tracing::subscriber::DefaultGuard) {
    let lines = Arc::new(AtomicUsize::new(0));
    let guard = tracing::subscriber::set_default(Log(Arc::clone(&lines)));
    (lines, guard)
}

fn noise() -> TurnView {
    heard(signals::all().into_iter().find(|signal| signal.name == "noise").unwrap().samples)
}

async fn error_of(smart: &SmartTurn) -> Error {
    smart.completeness(noise()).await.unwrap_err()
}

#[tokio::test]
async fn a_missing_file_is_said_once_and_then_costs_nothing() {
    let (lines, _guard) = listen();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.onnx");
    let smart = with_model(&file);
    // Of a turn of which nothing was heard it knows nothing, with a model and without.
    assert_eq!(smart.completeness(TurnView::default()).await.unwrap(), 0.5);
    let first = error_of(&smart).await;
    assert_eq!((first.kind(), first.context("path")), (ErrorKind::NotFound, Some("model")));
    assert_eq!(first.context("file"), file.to_str());
    for _ in 0..3 {
        assert_eq!(error_of(&smart).await.to_string(), first.to_string());
    }
    let other = with_model(&file);
    assert_eq!(error_of(&other).await.to_string(), first.to_string(), "all sessions share the finding");
    assert_eq!(lines.load(Ordering::SeqCst), 1, "it is logged once");

    // A file that comes later is used from the next time that somebody loads it.
    std::fs::write(&file, tiny::mean()).unwrap();
    assert_eq!(error_of(&smart).await.kind(), ErrorKind::NotFound);
    let steps = smart.load().collect().await.unwrap();
    assert_eq!(steps.last().unwrap().done, Some(1.0));
    assert!(smart.completeness(noise()).await.is_ok());
    assert!(other.completeness(noise()).await.is_ok());
}

#[tokio::test]
async fn loading_says_what_is_missing_each_time_and_logs_nothing() {
    let (lines, _guard) = listen();
    let smart = with_model("/nowhere/smart-turn.onnx");
    for _ in 0..2 {
        assert_eq!(smart.load().collect().await.unwrap_err().kind(), ErrorKind::NotFound);
    }
    assert_eq!(error_of(&smart).await.kind(), ErrorKind::NotFound);
    assert_eq!(lines.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_is_no_smart_turn_is_refused_and_says_which_version_is_needed() {
    let folder = tempfile::tempdir().unwrap();
    let whole = tiny::mean();
    let strangers = [
        ("empty", Vec::new()),
        ("text", b"version https://git-lfs.github.com/spec/v1".to_vec()),
        ("cut off", whole[..whole.len() / 2].to_vec()),
        ("other input", tiny::model("input_values", &["ReduceMean", "Sigmoid"], "logits")),
        ("other output", tiny::model("input_features", &["ReduceMean", "Sigmoid"], "probability")),
        ("other shape", tiny::model("input_features", &["Sigmoid"], "logits")),
        ("no number", tiny::model("input_features", &["ReduceMean", "Sqrt"], "logits")),
        ("unknown operator", tiny::model("input_features", &["MadeUp"], "logits")),
    ];
    for (what, bytes) in strangers {
        let file = folder.path().join(what);
        std::fs::write(&file, bytes).unwrap();
        let smart = with_model(&file);
        let error = error_of(&smart).await;
        assert_eq!(error.kind(), ErrorKind::Config, "{what}: {error}");
        assert_eq!(error.context("path"), Some("model"), "{what}: {error}");
        assert!(error.message().contains("Smart Turn v3.2"), "{what}: {error}");
        assert!(error.message().contains("rooh models pull smart-turn"), "{what}: {error}");
        assert_eq!(error.context("file"), file.to_str(), "{what}: {error}");
    }
    let error = error_of(&with_model(folder.path())).await;
    assert_eq!((error.kind(), error.context("path")), (ErrorKind::Config, Some("model")), "{error}");
}

#[tokio::test]
async fn a_file_that_is_not_the_published_one_is_used_with_a_warning() {
    let (lines, _guard) = listen();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mean.onnx");
    std::fs::write(&file, tiny::mean()).unwrap();
    let smart = with_model(&file);
    for _ in 0..3 {
        assert!(smart.completeness(noise()).await.is_ok());
    }
    assert_eq!(lines.load(Ordering::SeqCst), 1);
    // Whoever has it keeps it, and it is read again for the next after it was unloaded.
    smart.unload();
    std::fs::remove_file(&file).unwrap();
    assert_eq!(error_of(&smart).await.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn an_answer_that_is_no_number_is_an_error_and_never_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("root.onnx");
    // The mean of silence is below zero, that of noise above, and has no root with its sign turned.
    std::fs::write(&file, tiny::model("input_features", &["ReduceMean", "Neg", "Sqrt"], "logits")).unwrap();
    let smart = with_model(&file);
    assert_eq!(smart.completeness(heard(vec![0; 16_000])).await.unwrap(), 1.0, "what is above 1 is 1");
    assert_eq!(error_of(&smart).await.kind(), ErrorKind::Unexpected);
}
