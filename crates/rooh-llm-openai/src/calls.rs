//! Calls of tools out of pieces, from servers that number and name them as they like.

use std::collections::BTreeSet;

use rooh_core::llm::{LlmRequest, Message, ToolCall};
use rooh_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

/// How many calls one reply may hold, and how long all their arguments together may be, in bytes.
const MOST: usize = 128;
const LONGEST: usize = 1024 * 1024;

/// Gives every call of a session an id of its own.
#[derive(Debug)]
pub(crate) struct Ids {
    count: usize,
    turn: usize,
    used: BTreeSet<String>,
}

impl Ids {
    pub(crate) fn new(request: &LlmRequest) -> Self {
        let calls = request.messages.iter().flat_map(|message| match message {
            Message::Assistant { calls, .. } => calls.as_slice(),
            _ => &[],
        });
        Self { count: 0, turn: request.messages.len(), used: calls.map(|call| call.id.clone()).collect() }
    }

    /// The vendor's id, or one of ours where that is missing or taken.
    ///
    /// Ours has nine letters and digits, which is what the strictest servers accept.
    pub(crate) fn own(&mut self, id: &str) -> String {
        let mut id = id.to_owned();
        while id.is_empty() || self.used.contains(&id) {
            id = format!("c{:04}{:04}", self.turn % 10_000, self.count % 10_000);
            self.count += 1;
        }
        self.used.insert(id.clone());
        id
    }
}

/// The arguments of a call: `Ok` with an object, `Err` with what is none, or the beginning of one.
pub(crate) fn object(arguments: &str) -> Result<Value, ()> {
    if arguments.trim().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    match serde_json::from_str(arguments) {
        Ok(Value::Object(object)) => Ok(Value::Object(object)),
        Ok(Value::Null) => Ok(Value::Object(Map::new())),
        // Some servers write the text of the object as a text.
        Ok(Value::String(text)) => match serde_json::from_str(&text) {
            Ok(Value::Object(object)) => Ok(Value::Object(object)),
            _ => Err(()),
        },
        _ => Err(()),
    }
}

/// The error for a call whose arguments are no object; they themselves are not repeated.
pub(crate) fn no_object(name: &str) -> Error {
    wrong("the model called a tool with arguments that are no JSON object").with("tool", format!("{name:?}"))
}

fn wrong(what: &str) -> Error {
    Error::new(ErrorKind::Protocol, what)
}

/// A piece of a call, as one delta brings it; what is not there is empty.
#[derive(Debug, Default)]
pub(crate) struct Piece<'a> {
    arguments: std::borrow::Cow<'a, str>,
    id: &'a str,
    index: Option<u64>,
    name: &'a str,
}

impl<'a> Piece<'a> {
    /// Reads one entry of `tool_calls`.
    pub(crate) fn read(delta: &'a Value) -> Self {
        let function = &delta["function"];
        let arguments = match &function["arguments"] {
            Value::Null => "".into(),
            Value::String(text) => text.as_str().into(),
            object => object.to_string().into(),
        };
        let text = |value: &'a Value| value.as_str().unwrap_or_default();
        Self {
            arguments,
            id: text(&delta["id"]),
            index: delta["index"].as_u64(),
            name: text(&function["name"]),
        }
    }
}

#[derive(Debug, Default)]
struct Open {
    arguments: String,
    id: String,
    index: Option<u64>,
    is_yielded: bool,
    name: String,
}

impl Open {
    fn is_whole(&self) -> bool {
        !self.arguments.trim().is_empty() && object(&self.arguments).is_ok()
    }

    /// Whether `piece`, which may belong to this call, is the beginning of another one.
    ///
    /// Without a name it never is: some servers give every piece an id of its own.
    fn is_followed_by(&self, piece: &Piece<'_>) -> bool {
        if piece.name.is_empty() || self.name.is_empty() {
            return false;
        }
        let has_other_id = !piece.id.is_empty() && !self.id.is_empty() && piece.id != self.id;
        let has_other_name = piece.name != self.name && !self.arguments.is_empty();
        has_other_id || has_other_name || (self.is_whole() && !piece.arguments.is_empty())
    }
}

/// The calls of one reply.
///
/// A call is yielded when the next one has begun and its arguments are whole, or at the end of the
/// reply: the first moment at which they happen to be JSON may not be their last.
#[derive(Debug)]
pub(crate) struct Calls {
    ids: Ids,
    length: usize,
    open: Vec<Open>,
    yielded: usize,
}

impl Calls {
    pub(crate) fn new(request: &LlmRequest) -> Self {
        Self { ids: Ids::new(request), length: 0, open: Vec::new(), yielded: 0 }
    }

    /// Whether any was yielded.
    pub(crate) fn any(&self) -> bool {
        self.yielded > 0
    }

    /// Takes a piece, and yields the calls that are whole by it.
    pub(crate) fn push(&mut self, piece: &Piece<'_>) -> Result<Vec<ToolCall>> {
        let mut whole = Vec::new();
        let place = match self.place(piece) {
            Some(place) => place,
            None => {
                whole = self.take_whole();
                self.open.push(Open { index: piece.index, ..Open::default() });
                self.open.len() - 1
            }
        };
        self.length += piece.arguments.len() + piece.name.len() + piece.id.len();
        if self.open.len() > MOST || self.length > LONGEST {
            return Err(wrong("the model calls more tools than fit").with("calls", self.open.len()));
        }
        let call = &mut self.open[place];
        if call.is_yielded {
            if piece.arguments.trim().is_empty() {
                return Ok(whole);
            }
            return Err(wrong("arguments of a tool went on after their end").with("calls", self.open.len()));
        }
        if call.name != piece.name {
            call.name.push_str(piece.name);
        }
        if call.id.is_empty() {
            call.id.push_str(piece.id);
        }
        call.arguments.push_str(&piece.arguments);
        Ok(whole)
    }

    /// What is left at the end of the reply. If that was `cut` off at the limit of tokens, a call
    /// that is not whole is none.
    pub(crate) fn finish(&mut self, cut: bool) -> Result<Vec<ToolCall>> {
        let mut calls = Vec::new();
        for call in std::mem::take(&mut self.open).into_iter().filter(|call| !call.is_yielded) {
            match object(&call.arguments) {
                // Cut off before its arguments began, it would be called without any.
                Ok(_) if cut && !call.is_whole() => {}
                Ok(_) if call.name.is_empty() => return Err(wrong("the model called a tool without a name")),
                Ok(arguments) => {
                    calls.push(ToolCall { id: self.ids.own(&call.id), name: call.name, arguments })
                }
                Err(()) if cut => {}
                Err(()) => return Err(no_object(&call.name)),
            }
        }
        self.yielded += calls.len();
        Ok(calls)
    }

    /// The call that `piece` belongs to; `None` if it begins another one.
    fn place(&self, piece: &Piece<'_>) -> Option<usize> {
        let last = self.open.len().checked_sub(1)?;
        let find = |found: &dyn Fn(&Open) -> bool| self.open.iter().rposition(found);
        let by_id = || if piece.id.is_empty() { None } else { find(&|call| call.id == piece.id) };
        let place = match piece.index {
            Some(index) => match find(&|call| call.index == Some(index)) {
                Some(place) => place,
                // A number that was not there yet belongs to another call if that has a name, unless
                // the call of the same id is still in its middle.
                None if piece.name.is_empty() => by_id().unwrap_or(last),
                None => by_id().filter(|place| {
                    let call = &self.open[*place];
                    !call.arguments.is_empty() && !call.is_whole()
                })?,
            },
            None if piece.id.is_empty() => last,
            None => match by_id() {
                Some(place) => place,
                None if piece.name.is_empty() => last,
                None => return None,
            },
        };
        (!self.open[place].is_followed_by(piece)).then_some(place)
    }

    fn take_whole(&mut self) -> Vec<ToolCall> {
        let mut calls = Vec::new();
        for call in self.open.iter_mut().filter(|call| !call.is_yielded && !call.name.is_empty()) {
            if call.is_whole()
                && let Ok(arguments) = object(&call.arguments)
            {
                call.is_yielded = true;
                let id = self.ids.own(&call.id);
                calls.push(ToolCall { id, name: call.name.clone(), arguments });
            }
        }
        self.yielded += calls.len();
        calls
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(deltas: &[Value]) -> Result<Vec<ToolCall>> {
        let mut calls = Calls::new(&LlmRequest::default());
        let mut all = Vec::new();
        for delta in deltas {
            all.extend(calls.push(&Piece::read(delta))?);
        }
        all.extend(calls.finish(false)?);
        Ok(all)
    }

    fn piece(index: Value, id: Value, name: Value, arguments: Value) -> Value {
        json!({ "index": index, "id": id, "type": "function", "function": { "name": name, "arguments": arguments } })
    }

    /// Two calls, of a weather in Rome and one in Pisa, however they are told.
    #[track_caller]
    fn check(deltas: &[Value], names: [&str; 2]) {
        let calls = read(deltas).unwrap();
        let told: Vec<_> = calls.iter().map(|call| (call.name.as_str(), &call.arguments["city"])).collect();
        assert_eq!(told, [(names[0], &json!("Rome")), (names[1], &json!("Pisa"))], "{deltas:?}");
        assert_ne!(calls[0].id, calls[1].id);
    }

    const NONE: Value = Value::Null;
    const ROME: &str = "{\"city\":\"Rome\"}";
    const PISA: &str = "{\"city\":\"Pisa\"}";

    #[test]
    fn two_calls_are_two_however_a_server_numbers_and_names_them() {
        let (same, other) = (["weather", "weather"], ["weather", "clock"]);
        let whole = |index: [Value; 2], id: [Value; 2], names: [&str; 2]| {
            let [first, second] = index;
            let [one, two] = id;
            [
                piece(first, one, names[0].into(), ROME.into()),
                piece(second, two, names[1].into(), PISA.into()),
            ]
        };
        let ids = || ["a".into(), "b".into()];
        for names in [same, other] {
            check(&whole([0.into(), 1.into()], ids(), names), names);
            check(&whole([0.into(), 0.into()], ids(), names), names);
            check(&whole([NONE, NONE], ids(), names), names);
            check(&whole([0.into(), 1.into()], [NONE, NONE], names), names);
            check(&whole([0.into(), 1.into()], ["a".into(), "a".into()], names), names);
            check(&whole([0.into(), 0.into()], ["a".into(), "a".into()], names), names);
            check(&whole([0.into(), 0.into()], ["".into(), "".into()], names), names);
            check(&whole([NONE, NONE], [NONE, NONE], names), names);
            check(&whole([7.into(), 3.into()], ids(), names), names);
        }
    }

    #[test]
    fn pieces_find_their_call() {
        let start = |index: Value, id: Value, name: Value| piece(index, id, name, "".into());
        let more = |index: Value, text: &str| piece(index, NONE, NONE, text.into());
        let names = ["weather", "clock"];
        // As OpenAI does, one after the other and both at once.
        check(
            &[
                start(0.into(), "a".into(), "weather".into()),
                more(0.into(), "{\"city\":"),
                more(0.into(), "\"Rome\"}"),
                start(1.into(), "b".into(), "clock".into()),
                more(1.into(), PISA),
            ],
            names,
        );
        check(
            &[
                start(0.into(), "a".into(), "weather".into()),
                start(1.into(), "b".into(), "clock".into()),
                more(1.into(), "{\"city\":"),
                more(0.into(), "{\"city\":"),
                more(1.into(), "\"Pisa\"}"),
                more(0.into(), "\"Rome\"}"),
            ],
            names,
        );
        // Without numbers; with a number that is always 0; with an id for each piece.
        check(
            &[
                start(NONE, "a".into(), "weather".into()),
                more(NONE, ROME),
                start(NONE, "b".into(), "clock".into()),
                more(NONE, "{\"city\":"),
                more(NONE, "\"Pisa\"}"),
            ],
            names,
        );
        check(
            &[
                start(0.into(), "a".into(), "weather".into()),
                more(0.into(), ROME),
                start(0.into(), "b".into(), "clock".into()),
                more(0.into(), PISA),
            ],
            names,
        );
        check(
            &[
                start(0.into(), "a".into(), "weather".into()),
                piece(0.into(), "a2".into(), NONE, "{\"city\":".into()),
                piece(0.into(), "a3".into(), "".into(), "\"Rome\"}".into()),
                start(1.into(), "b".into(), "clock".into()),
                piece(1.into(), "b2".into(), NONE, PISA.into()),
            ],
            names,
        );
        // The name and the id again on each piece; the number of the second call on a piece of it
        // alone.
        check(
            &[
                piece(0.into(), "a".into(), "weather".into(), "{\"city\":".into()),
                piece(0.into(), "a".into(), "weather".into(), "\"Rome\"}".into()),
                piece(1.into(), "b".into(), "clock".into(), "{\"city\":".into()),
                piece(1.into(), "b".into(), "clock".into(), "\"Pisa\"}".into()),
            ],
            names,
        );
        check(
            &[
                piece(0.into(), "a".into(), "weather".into(), "{\"city\":".into()),
                piece(5.into(), NONE, NONE, "\"Rome\"}".into()),
                piece(1.into(), "b".into(), "clock".into(), PISA.into()),
            ],
            names,
        );
    }

    #[test]
    fn arguments_are_an_object_or_an_error() {
        let one = |arguments: Value| read(&[piece(0.into(), "a".into(), "weather".into(), arguments)]);
        for nothing in [json!(""), json!(null), json!(" "), json!("{}"), json!("null"), json!({})] {
            assert_eq!(one(nothing).unwrap()[0].arguments, json!({}));
        }
        assert_eq!(one(json!({ "n": 1 })).unwrap()[0].arguments, json!({ "n": 1 }));
        assert_eq!(one(json!("\"{\\\"n\\\":1}\"")).unwrap()[0].arguments, json!({ "n": 1 }));
        for wrong in [json!("[1]"), json!("7"), json!("{\"hidden\":"), json!("\"hidden\""), json!("{}{}")] {
            let error = one(wrong).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Protocol);
            assert!(!error.to_string().contains("hidden"), "{error}");
        }
        let nameless = read(&[piece(0.into(), "a".into(), NONE, ROME.into())]).unwrap_err();
        assert_eq!(nameless.kind(), ErrorKind::Protocol);
    }

    #[test]
    fn nothing_is_added_to_a_call_that_was_yielded() {
        let begin = [
            piece(0.into(), "a".into(), "weather".into(), ROME.into()),
            piece(1.into(), "b".into(), "clock".into(), "".into()),
        ];
        let with = |text: &str| {
            let mut deltas = begin.to_vec();
            deltas.push(piece(0.into(), NONE, NONE, text.into()));
            read(&deltas)
        };
        assert_eq!(with(" \n").unwrap().len(), 2);
        assert_eq!(with(",\"n\":1}").unwrap_err().kind(), ErrorKind::Protocol);
    }

    #[test]
    fn a_call_that_was_cut_off_is_none() {
        for cut in ["", "{\"city\":", "{\"city\":\"Ro"] {
            let mut calls = Calls::new(&LlmRequest::default());
            calls.push(&Piece::read(&piece(0.into(), "a".into(), "weather".into(), cut.into()))).unwrap();
            assert_eq!(calls.finish(true).unwrap(), []);
            assert!(!calls.any());
        }
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let mut calls = Calls::new(&LlmRequest::default());
        let long = "x".repeat(1024);
        let refused = (0..2_000).position(|_| {
            calls.push(&Piece::read(&piece(0.into(), NONE, "a".into(), long.as_str().into()))).is_err()
        });
        assert!(refused.is_some_and(|at| at <= 1_024), "{refused:?}");
        let mut calls = Calls::new(&LlmRequest::default());
        let refused = (0_u64..200).position(|index| {
            calls.push(&Piece::read(&piece(index.into(), NONE, "a".into(), "{}".into()))).is_err()
        });
        assert_eq!(refused, Some(MOST));
    }

    #[test]
    fn ids_are_their_own_in_a_session() {
        let call = ToolCall { id: "c00010000".to_owned(), name: "a".to_owned(), arguments: json!({}) };
        let said = Message::Assistant { text: String::new(), calls: vec![call], interrupted: false };
        let mut ids = Ids::new(&LlmRequest { messages: vec![said], ..LlmRequest::default() });
        assert_eq!(
            ["x", "x", "", "c00010000"].map(|id| ids.own(id)),
            ["x", "c00010001", "c00010002", "c00010003"]
        );
    }
}
