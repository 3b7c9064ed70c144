//! Models of a few operators with the inputs and outputs of Smart Turn, written as ONNX has it.

use std::sync::OnceLock;

use rooh_testkit::contract::TurnSubject;
use tempfile::TempDir;

use crate::{heard, with_model};

/// A field of a protocol buffer that holds bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut length = bytes.len();
    let mut all = vec![number << 3 | 2];
    while length >= 0x80 {
        all.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    all.push(length as u8);
    all.extend_from_slice(bytes);
    all
}

/// A field that holds a small number.
fn small(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

/// A float tensor of any shape, by name.
fn tensor(name: &str) -> Vec<u8> {
    [field(1, name.as_bytes()), field(2, &field(1, &small(1, 1)))].concat()
}

/// A model that applies `operators` to `input`, one after the other, and calls the result `output`.
pub(crate) fn model(input: &str, operators: &[&str], output: &str) -> Vec<u8> {
    let mut graph = Vec::new();
    let mut from = input.to_owned();
    for (n, operator) in operators.iter().enumerate() {
        let to = if n + 1 == operators.len() { output.to_owned() } else { format!("value{n}") };
        let node =
            [field(1, from.as_bytes()), field(2, to.as_bytes()), field(4, operator.as_bytes())].concat();
        graph.extend(field(1, &node));
        from = to;
    }
    graph.extend(field(2, b"tiny"));
    graph.extend(field(11, &tensor(input)));
    graph.extend(field(12, &tensor(output)));
    [small(1, 8), field(7, &graph), field(8, &small(2, 13))].concat()
}

/// Takes the mean of all features for how finished a turn is: noise more than silence.
pub(crate) fn mean() -> Vec<u8> {
    model("input_features", &["ReduceMean", "Sigmoid"], "logits")
}

/// A file of that model, which stays as long as the tests run.
pub(crate) fn file() -> std::path::PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mean.onnx"), mean()).unwrap();
        folder
    });
    folder.path().join("mean.onnx")
}

pub(crate) fn subject() -> TurnSubject {
    let noise = crate::signals::all().into_iter().find(|signal| signal.name == "noise").unwrap();
    TurnSubject::new(with_model(file())).examples(heard(noise.samples), heard(vec![0; 16_000]))
}
