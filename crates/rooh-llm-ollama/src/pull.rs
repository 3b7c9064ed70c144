//! How far bringing a model has come.

use std::collections::BTreeMap;

use rooh_core::provider::Progress;
use serde::Deserialize;

/// How many parts of a model are counted; models have some ten.
const PARTS: usize = 1_000;

/// One line of the answer of `/api/pull`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PullLine {
    completed: Option<u64>,
    digest: Option<String>,
    pub(crate) error: Option<String>,
    status: String,
    total: Option<u64>,
}

impl PullLine {
    pub(crate) fn is_success(&self) -> bool {
        self.status == "success"
    }
}

/// Adds up the parts of one model.
#[derive(Debug, Default)]
pub(crate) struct Pulled {
    parts: BTreeMap<String, (u64, u64)>,
    told: Option<u32>,
}

impl Pulled {
    /// What to tell after this line: nothing, unless another percent is done.
    ///
    /// What is done never goes back, although parts become known one after the other.
    pub(crate) fn read(&mut self, line: PullLine, model: &str) -> Option<Progress> {
        let digest = line.digest?;
        let known = self.parts.len();
        if known >= PARTS && !self.parts.contains_key(&digest) {
            return None;
        }
        let part = self.parts.entry(digest).or_default();
        *part = (line.completed.unwrap_or(part.0), line.total.unwrap_or(part.1));
        let sum = |f: fn(&(u64, u64)) -> u64| self.parts.values().map(f).fold(0, u64::saturating_add);
        let (done, all) = (sum(|part| part.0.min(part.1)), sum(|part| part.1));
        let share = if all == 0 { 0.0 } else { done as f64 / all as f64 };
        let percent = (share * 100.0) as u32;
        if self.told.is_some_and(|told| percent <= told) {
            return None;
        }
        self.told = Some(percent);
        Some(Progress::new(format!("pulling {model}"), Some(percent as f32 / 100.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_added_up_and_nothing_goes_back() {
        let mut pulled = Pulled::default();
        let lines = [
            r#"{"status":"pulling manifest"}"#,
            r#"{"status":"pulling a","digest":"a","total":1000}"#,
            r#"{"status":"pulling a","digest":"a","total":1000,"completed":500}"#,
            r#"{"status":"pulling a","digest":"a","total":1000,"completed":501}"#,
            r#"{"status":"pulling b","digest":"b","total":1000}"#,
            r#"{"status":"pulling b","digest":"b","total":1000,"completed":900}"#,
            r#"{"status":"pulling a","digest":"a","total":1000,"completed":99999}"#,
            r#"{"status":"pulling b","digest":"b","total":1000,"completed":1000}"#,
            r#"{"status":"success"}"#,
        ];
        let read = lines.map(|line| pulled.read(serde_json::from_str(line).unwrap(), "m"));
        let told: Vec<f32> = read.into_iter().flatten().filter_map(|progress| progress.done).collect();
        assert_eq!(told, [0.0, 0.5, 0.7, 0.95, 1.0]);
    }
}
