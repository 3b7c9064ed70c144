//! Fakes before the clients of the vendors whom they stand for.
//!
//! The clients are brought by `cargo xtask ci --step clients`; without one, its test is skipped.

mod anthropic;
mod bedrock;
mod cartesia;
mod deepgram;
mod elevenlabs;
mod gemini;
mod ground;
mod ollama;
mod openai;
mod openai_audio;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

/// How long a client may take: the interpreter on a busy machine, and some requests.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the clients of `vendor` lie.
fn client(vendor: &str) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    target.join("clients").join(vendor)
}

/// Runs a script of Python with the client of `vendor` and these arguments, the address among them;
/// false if the client is not here.
async fn certify(vendor: &str, script: &str, arguments: &[&str]) -> bool {
    let client = client(vendor);
    if !client.is_dir() {
        eprintln!("skipped: no client of {vendor}; bring it with `cargo xtask ci --step clients`");
        return false;
    }
    let mut python = Command::new("python3");
    python.args(["-c", script]).args(arguments).env("PYTHONPATH", &client).env("NO_PROXY", "127.0.0.1");
    for name in ["OLLAMA_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"]
    {
        python.env_remove(name);
    }
    python.env("PYTHONDONTWRITEBYTECODE", "1");
    python.kill_on_drop(true).stdin(Stdio::null());
    let output = match timeout(PATIENCE, python.output()).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => {
            eprintln!("skipped: python3: {error}");
            return false;
        }
        Err(_) => panic!("the client of {vendor} did not come to its end in {PATIENCE:?}"),
    };
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "the client of {vendor} disagrees:\n{out}\n{err}");
    assert!(out.trim_end().ends_with("certified"), "the script did not come to its end:\n{out}\n{err}");
    true
}
