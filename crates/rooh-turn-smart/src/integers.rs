//! Has `rten` multiply in integers what the model file has as integers.
//!
//! The file keeps its weights in eight bits, but says "turn both sides into floats, then multiply",
//! which other engines understand as a product of integers and `rten` takes at its word: with
//! floats, and two to three times as slow. Here each such product is written as what it is:
//!
//! ```text
//! MatMul(Dequantize(a, s, z), Dequantize(b, t, w)) = float(MatMulInteger(a, b, z, w)) * (s * t)
//! ```
//!
//! The two differ by the rounding of floats alone. A file in which nothing of the kind is found
//! stays as it is.

use std::collections::HashMap;

/// Whether `rten` computes products of integers exactly on this machine.
///
/// Before the VNNI instructions it adds pairs of products in 16 bits, where the weights of this
/// model do not fit; there the floats are right, and stay. On other processors than x86-64 nobody
/// has measured what would be gained.
pub(crate) fn are_exact() -> bool {
    #[cfg(target_arch = "x86_64")]
    let exact = std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512vl")
        && std::arch::is_x86_feature_detected!("avx512vnni");
    #[cfg(not(target_arch = "x86_64"))]
    let exact = false;
    exact
}

// The numbers of fields are those of `onnx.proto3`, which never change.
const MODEL_GRAPH: u64 = 7;
const GRAPH_NODE: u64 = 1;
const GRAPH_INITIALIZER: u64 = 5;
const NODE_INPUT: u64 = 1;
const NODE_OUTPUT: u64 = 2;
const NODE_NAME: u64 = 3;
const NODE_OPERATOR: u64 = 4;
const NODE_ATTRIBUTE: u64 = 5;
const ATTRIBUTE_NAME: u64 = 1;
const ATTRIBUTE_INTEGER: u64 = 3;
const ATTRIBUTE_TYPE: u64 = 20;
const TENSOR_DIMENSIONS: u64 = 1;
const TENSOR_TYPE: u64 = 2;
const TENSOR_FLOATS: u64 = 4;
const TENSOR_INTEGERS: u64 = 5;
const TENSOR_NAME: u64 = 8;
const TENSOR_RAW: u64 = 9;
/// `TensorProto.DataType.FLOAT`.
const FLOAT: u64 = 1;
/// `AttributeProto.AttributeType.INT`.
const INTEGER: u64 = 2;

/// The model with its products in integers; `None` if there is none of them, or the file is damaged.
pub(crate) fn rewrite(model: &[u8]) -> Option<Vec<u8>> {
    let fields = fields(model)?;
    let mut graph = None;
    let mut out = Vec::with_capacity(model.len() + model.len() / 16);
    for field in &fields {
        match field.value {
            Value::Bytes(bytes) if field.number == MODEL_GRAPH => graph = Some(bytes),
            _ => out.extend_from_slice(field.raw),
        }
    }
    put(&mut out, MODEL_GRAPH, &Graph::read(graph?)?.rewritten()?);
    Some(out)
}

struct Graph<'a> {
    fields: Vec<Field<'a>>,
    nodes: Vec<Node<'a>>,
    constants: HashMap<&'a [u8], Constant<'a>>,
    /// Which node makes a value.
    makers: HashMap<&'a [u8], usize>,
}

#[derive(Default)]
struct Node<'a> {
    inputs: Vec<&'a [u8]>,
    outputs: Vec<&'a [u8]>,
    name: &'a [u8],
    operator: &'a [u8],
    axis: Option<u64>,
}

/// A tensor that stands in the file.
#[derive(Default)]
struct Constant<'a> {
    dimensions: Vec<u64>,
    floats: Vec<f32>,
    name: &'a [u8],
    /// The numbers themselves, as far as they are not floats: zeros are zeros in every type.
    raw: &'a [u8],
}

/// One side of a product: integers, what they are counted from, and in which steps.
struct Side<'a> {
    values: &'a [u8],
    zero: &'a [u8],
    steps: &'a [f32],
}

impl<'a> Graph<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let fields = fields(bytes)?;
        let mut graph =
            Self { fields: Vec::new(), nodes: Vec::new(), constants: HashMap::new(), makers: HashMap::new() };
        for field in &fields {
            match (field.number, &field.value) {
                (GRAPH_NODE, Value::Bytes(bytes)) => {
                    let node = Node::read(bytes)?;
                    for output in &node.outputs {
                        graph.makers.insert(output, graph.nodes.len());
                    }
                    graph.nodes.push(node);
                }
                (GRAPH_INITIALIZER, Value::Bytes(bytes)) => {
                    let constant = Constant::read(bytes)?;
                    graph.constants.insert(constant.name, constant);
                }
                _ => {}
            }
        }
        graph.fields = fields;
        Some(graph)
    }

    fn rewritten(&self) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut constants = Vec::new();
        let mut nodes = self.nodes.iter();
        for field in &self.fields {
            let product = match field.number {
                GRAPH_NODE => self.product(nodes.next()?),
                _ => None,
            };
            match product {
                Some((replacement, scale)) => {
                    out.extend(replacement);
                    constants.extend(scale);
                }
                None => out.extend_from_slice(field.raw),
            }
        }
        if constants.is_empty() {
            return None;
        }
        out.extend(constants);
        Some(out)
    }

    /// What stands for a product of two sides that were integers: its nodes, and its steps.
    fn product(&self, node: &Node<'_>) -> Option<(Vec<u8>, Vec<u8>)> {
        let ([left, right], [output]) = (node.inputs.as_slice(), node.outputs.as_slice()) else {
            return None;
        };
        if node.operator != b"MatMul" {
            return None;
        }
        let (left, right) = (self.side(left)?, self.side(right)?);
        // One step for all rows of the left side; one for each column of the right one, or for all.
        let [step] = *left.steps else { return None };
        let scale: Vec<f32> = right.steps.iter().map(|other| step * other).collect();

        let name = |what: &str| [b"rooh/", node.name, b"/", *output, what.as_bytes()].concat();
        let (product, float, scale_name) = (name("/product"), name("/float"), name("/scale"));
        let mut nodes = Vec::new();
        let inputs = [left.values, right.values, left.zero, right.zero];
        put(&mut nodes, GRAPH_NODE, &new_node("MatMulInteger", &inputs, &product, None));
        put(&mut nodes, GRAPH_NODE, &new_node("Cast", &[&product], &float, Some(("to", FLOAT))));
        put(&mut nodes, GRAPH_NODE, &new_node("Mul", &[&float, &scale_name], output, None));

        let mut constant = Vec::new();
        put_number(&mut constant, TENSOR_DIMENSIONS, scale.len() as u64);
        put_number(&mut constant, TENSOR_TYPE, FLOAT);
        put(&mut constant, TENSOR_NAME, &scale_name);
        let raw: Vec<u8> = scale.iter().flat_map(|value| value.to_le_bytes()).collect();
        put(&mut constant, TENSOR_RAW, &raw);
        let mut constants = Vec::new();
        put(&mut constants, GRAPH_INITIALIZER, &constant);
        Some((nodes, constants))
    }

    /// The integers behind a value, if it is made of some.
    fn side(&self, value: &[u8]) -> Option<Side<'_>> {
        let maker = &self.nodes[*self.makers.get(value)?];
        let [values, scale, zero] = *maker.inputs.as_slice() else { return None };
        if maker.operator != b"DequantizeLinear" {
            return None;
        }
        let steps = self.constants.get(scale)?.floats.as_slice();
        if let Some(weights) = self.constants.get(values) {
            // rten 0.27 passes over what weights are counted from, if it is not zero.
            let zero = self.constants.get(zero)?.raw;
            // A step for each column, or one for all.
            let is_by_column = weights.dimensions.len() == 2
                && weights.dimensions[1] == steps.len() as u64
                && maker.axis.unwrap_or(1) == 1;
            if zero.is_empty() || zero.iter().any(|&byte| byte != 0) || !(is_by_column || steps.len() == 1) {
                return None;
            }
        } else if steps.len() != 1 {
            return None;
        }
        Some(Side { values, zero, steps })
    }
}

impl<'a> Node<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut node = Self::default();
        for field in fields(bytes)? {
            match (field.number, field.value) {
                (NODE_INPUT, Value::Bytes(name)) => node.inputs.push(name),
                (NODE_OUTPUT, Value::Bytes(name)) => node.outputs.push(name),
                (NODE_NAME, Value::Bytes(name)) => node.name = name,
                (NODE_OPERATOR, Value::Bytes(name)) => node.operator = name,
                (NODE_ATTRIBUTE, Value::Bytes(bytes)) => {
                    let attribute = fields(bytes)?;
                    let is_axis = attribute.iter().any(|field| {
                        field.number == ATTRIBUTE_NAME && matches!(field.value, Value::Bytes(b"axis"))
                    });
                    node.axis = node.axis.or(attribute.iter().find_map(|field| match field.value {
                        Value::Number(number) if is_axis && field.number == ATTRIBUTE_INTEGER => Some(number),
                        _ => None,
                    }));
                }
                _ => {}
            }
        }
        Some(node)
    }
}

impl<'a> Constant<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut constant = Self::default();
        let mut kind = 0;
        for field in fields(bytes)? {
            match (field.number, field.value) {
                (TENSOR_DIMENSIONS, Value::Number(size)) => constant.dimensions.push(size),
                (TENSOR_DIMENSIONS, Value::Bytes(mut packed)) => {
                    while !packed.is_empty() {
                        let (size, rest) = number(packed)?;
                        constant.dimensions.push(size);
                        packed = rest;
                    }
                }
                (TENSOR_TYPE, Value::Number(number)) => kind = number,
                (TENSOR_FLOATS, Value::Bytes(packed)) => constant.floats.extend(floats(packed)),
                (TENSOR_FLOATS, Value::Four(one)) => constant.floats.extend(floats(one)),
                (TENSOR_NAME, Value::Bytes(name)) => constant.name = name,
                (TENSOR_INTEGERS | TENSOR_RAW, Value::Bytes(bytes)) => constant.raw = bytes,
                _ => {}
            }
        }
        if kind == FLOAT {
            constant.floats.extend(floats(constant.raw));
        }
        Some(constant)
    }
}

fn floats(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks::<4>().0.iter().map(|&four| f32::from_le_bytes(four))
}

/// A field of a protocol buffer, and the bytes that it is made of.
struct Field<'a> {
    number: u64,
    value: Value<'a>,
    raw: &'a [u8],
}

enum Value<'a> {
    Bytes(&'a [u8]),
    Four(&'a [u8]),
    Number(u64),
    /// Eight bytes, which nothing here is.
    Other,
}

/// All fields of a message, in order; `None` if it is damaged.
fn fields(mut message: &[u8]) -> Option<Vec<Field<'_>>> {
    let mut all = Vec::new();
    while !message.is_empty() {
        let (key, rest) = number(message)?;
        let (value, rest) = match key & 7 {
            0 => number(rest).map(|(value, rest)| (Value::Number(value), rest))?,
            1 => rest.split_at_checked(8).map(|(_, rest)| (Value::Other, rest))?,
            2 => {
                let (length, rest) = number(rest)?;
                let (bytes, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
                (Value::Bytes(bytes), rest)
            }
            5 => rest.split_at_checked(4).map(|(four, rest)| (Value::Four(four), rest))?,
            _ => return None,
        };
        let raw = &message[..message.len() - rest.len()];
        all.push(Field { number: key >> 3, value, raw });
        message = rest;
    }
    Some(all)
}

/// A number of seven bits in each byte, the lowest first, and what follows it.
fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (n, &byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * n);
        if byte < 0x80 {
            return Some((value, &bytes[n + 1..]));
        }
    }
    None
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_number(out: &mut Vec<u8>, field: u64, value: u64) {
    put_varint(out, field << 3);
    put_varint(out, value);
}

fn put(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    put_varint(out, field << 3 | 2);
    put_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn new_node(operator: &str, inputs: &[&[u8]], output: &[u8], attribute: Option<(&str, u64)>) -> Vec<u8> {
    let mut node = Vec::new();
    for input in inputs {
        put(&mut node, NODE_INPUT, input);
    }
    put(&mut node, NODE_OUTPUT, output);
    put(&mut node, NODE_OPERATOR, operator.as_bytes());
    if let Some((name, value)) = attribute {
        let mut bytes = Vec::new();
        put(&mut bytes, ATTRIBUTE_NAME, name.as_bytes());
        put_number(&mut bytes, ATTRIBUTE_INTEGER, value);
        put_number(&mut bytes, ATTRIBUTE_TYPE, INTEGER);
        put(&mut node, NODE_ATTRIBUTE, &bytes);
    }
    node
}

#[cfg(test)]
mod tests {
    use rooh_onnx::{Engine, Tensor, open};

    use super::*;

    /// `TensorProto.DataType`.
    const UINT8: u64 = 2;
    const INT8: u64 = 3;

    fn constant(graph: &mut Vec<u8>, name: &str, kind: u64, dimensions: &[u64], raw: &[u8]) {
        let mut tensor = Vec::new();
        for &size in dimensions {
            put_number(&mut tensor, TENSOR_DIMENSIONS, size);
        }
        put_number(&mut tensor, TENSOR_TYPE, kind);
        put(&mut tensor, TENSOR_NAME, name.as_bytes());
        put(&mut tensor, TENSOR_RAW, raw);
        put(graph, GRAPH_INITIALIZER, &tensor);
    }

    fn raw(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    fn node(graph: &mut Vec<u8>, operator: &str, inputs: &[&str], output: &str) {
        let inputs: Vec<&[u8]> = inputs.iter().map(|input| input.as_bytes()).collect();
        put(graph, GRAPH_NODE, &new_node(operator, &inputs, output.as_bytes(), None));
    }

    fn value(name: &str) -> Vec<u8> {
        let (mut kind, mut tensor, mut info) = (Vec::new(), Vec::new(), Vec::new());
        put_number(&mut tensor, 1, FLOAT);
        put(&mut kind, 1, &tensor);
        put(&mut info, 1, name.as_bytes());
        put(&mut info, 2, &kind);
        info
    }

    /// Rows and columns of everything.
    const SIZE: usize = 40;

    /// A product with weights whose columns have steps of their own, and a product of two values.
    fn model(weights_zero: u8) -> Vec<u8> {
        let mut graph = Vec::new();
        node(&mut graph, "QuantizeLinear", &["x", "s", "z"], "q");
        node(&mut graph, "DequantizeLinear", &["q", "s", "z"], "a");
        node(&mut graph, "DequantizeLinear", &["weights", "t", "w"], "b");
        node(&mut graph, "MatMul", &["a", "b"], "y");
        node(&mut graph, "QuantizeLinear", &["x", "u", "v"], "r");
        node(&mut graph, "DequantizeLinear", &["r", "u", "v"], "c");
        node(&mut graph, "MatMul", &["a", "c"], "square");
        node(&mut graph, "MatMul", &["x", "y"], "plain");
        node(&mut graph, "Add", &["square", "plain"], "out");
        put(&mut graph, 2, b"test");
        let size = SIZE as u64;
        constant(&mut graph, "s", FLOAT, &[], &raw(&[0.05]));
        constant(&mut graph, "z", UINT8, &[], &[20]);
        constant(&mut graph, "u", FLOAT, &[], &raw(&[0.04]));
        constant(&mut graph, "v", UINT8, &[], &[33]);
        // Within seven bits, so that every processor multiplies them exactly.
        let weights: Vec<u8> =
            (0..SIZE * SIZE).map(|n| (n * 37 % 121) as u8).map(|n| n.wrapping_sub(60)).collect();
        constant(&mut graph, "weights", INT8, &[size, size], &weights);
        let steps: Vec<f32> = (0..SIZE).map(|n| 0.01 + 0.003 * n as f32).collect();
        constant(&mut graph, "t", FLOAT, &[size], &raw(&steps));
        constant(&mut graph, "w", INT8, &[size], &[weights_zero; SIZE]);
        put(&mut graph, 11, &value("x"));
        put(&mut graph, 12, &value("out"));
        let mut model = Vec::new();
        put_number(&mut model, 1, 8);
        let mut version = Vec::new();
        put_number(&mut version, 2, 13);
        put(&mut model, 8, &version);
        put(&mut model, MODEL_GRAPH, &graph);
        model
    }

    fn run(model: Vec<u8>) -> [Vec<f32>; 2] {
        let model = open(model, Engine::Rten).expect("the model can be run");
        let x = (0..SIZE * SIZE).map(|n| (n * 53 % 101) as f32 * 0.02 - 0.9).collect();
        let x = Tensor::f32([SIZE, SIZE], x);
        ["y", "square"].map(|name| {
            let outputs = model.run(&[("x", &x)], &[name]).expect("it runs");
            outputs[0].as_f32().expect("it gives floats").to_vec()
        })
    }

    fn count(model: &[u8], operator: &str) -> usize {
        let graph = fields(model).and_then(|all| {
            all.into_iter().find_map(|field| match field.value {
                Value::Bytes(bytes) if field.number == MODEL_GRAPH => Graph::read(bytes),
                _ => None,
            })
        });
        let graph = graph.expect("the model has a graph");
        graph.nodes.iter().filter(|node| node.operator == operator.as_bytes()).count()
    }

    #[test]
    fn products_of_integers_become_such_and_give_the_same() {
        let before = model(0);
        let after = rewrite(&before).expect("it has products of integers");
        assert_eq!((count(&before, "MatMul"), count(&before, "MatMulInteger")), (3, 0));
        assert_eq!((count(&after, "MatMul"), count(&after, "MatMulInteger")), (1, 2));
        for (before, after) in run(before).iter().zip(run(after)) {
            for (n, (before, after)) in before.iter().zip(after).enumerate() {
                assert!((before - after).abs() < 1e-4, "{before} at {n} became {after}");
            }
        }
    }

    #[test]
    fn weights_that_are_not_counted_from_zero_stay_floats() {
        let after = rewrite(&model(1)).expect("it has a product of two values");
        assert_eq!((count(&after, "MatMul"), count(&after, "MatMulInteger")), (2, 1));
    }

    #[test]
    fn a_model_without_such_products_stays_as_it_is() {
        let mut graph = Vec::new();
        node(&mut graph, "MatMul", &["x", "x"], "out");
        let mut model = Vec::new();
        put(&mut model, MODEL_GRAPH, &graph);
        assert!(rewrite(&model).is_none());
        assert!(rewrite(b"").is_none());
        // Once is enough.
        let once = rewrite(&self::model(0)).expect("it has products of integers");
        assert!(rewrite(&once).is_none());
    }

    #[test]
    fn a_damaged_model_is_no_reason_to_panic() {
        let whole = model(0);
        for end in 0..whole.len() {
            let _ = rewrite(&whole[..end]);
        }
        for at in 0..whole.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff] {
                let mut other = whole.clone();
                other[at] = byte;
                let _ = rewrite(&other);
            }
        }
    }
}
