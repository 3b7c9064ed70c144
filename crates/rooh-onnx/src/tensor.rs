//! Tensors: what goes into a model and what comes out.

use std::fmt;

use rooh_core::{Error, ErrorKind, Result};

/// Numbers with a shape, in row-major order.
#[derive(Clone, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    elements: Elements,
}

/// The numbers of a tensor.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Elements {
    /// Single-precision floats.
    F32(Vec<f32>),
    /// 32-bit integers.
    I32(Vec<i32>),
    /// 64-bit integers.
    I64(Vec<i64>),
}

impl Elements {
    fn len(&self) -> usize {
        match self {
            Self::F32(all) => all.len(),
            Self::I32(all) => all.len(),
            Self::I64(all) => all.len(),
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::F32(_) => "f32",
            Self::I32(_) => "i32",
            Self::I64(_) => "i64",
        }
    }
}

impl Tensor {
    /// A tensor of these numbers.
    ///
    /// # Panics
    ///
    /// If there are not as many numbers as the shape says.
    pub fn new(shape: impl Into<Vec<usize>>, elements: Elements) -> Self {
        let shape = shape.into();
        assert_eq!(
            shape.iter().product::<usize>(),
            elements.len(),
            "a tensor of shape {shape:?} has {} elements",
            elements.len()
        );
        Self { shape, elements }
    }

    /// A tensor of single-precision floats.
    ///
    /// # Panics
    ///
    /// If there are not as many numbers as the shape says.
    pub fn f32(shape: impl Into<Vec<usize>>, elements: Vec<f32>) -> Self {
        Self::new(shape, Elements::F32(elements))
    }

    /// A tensor of 32-bit integers.
    ///
    /// # Panics
    ///
    /// If there are not as many numbers as the shape says.
    pub fn i32(shape: impl Into<Vec<usize>>, elements: Vec<i32>) -> Self {
        Self::new(shape, Elements::I32(elements))
    }

    /// A tensor of 64-bit integers.
    ///
    /// # Panics
    ///
    /// If there are not as many numbers as the shape says.
    pub fn i64(shape: impl Into<Vec<usize>>, elements: Vec<i64>) -> Self {
        Self::new(shape, Elements::I64(elements))
    }

    /// A tensor of zeros.
    pub fn zeros(shape: impl Into<Vec<usize>>) -> Self {
        let shape = shape.into();
        let length = shape.iter().product();
        Self { shape, elements: Elements::F32(vec![0.0; length]) }
    }

    /// How many elements there are along each axis.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The numbers.
    pub fn elements(&self) -> &Elements {
        &self.elements
    }

    /// The numbers as floats.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unexpected`] if they are integers.
    pub fn as_f32(&self) -> Result<&[f32]> {
        match &self.elements {
            Elements::F32(all) => Ok(all),
            other => Err(not_floats(other)),
        }
    }

    /// The numbers as floats, to be changed in place.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unexpected`] if they are integers.
    pub fn as_f32_mut(&mut self) -> Result<&mut [f32]> {
        match &mut self.elements {
            Elements::F32(all) => Ok(all),
            other => Err(not_floats(other)),
        }
    }
}

fn not_floats(elements: &Elements) -> Error {
    Error::new(ErrorKind::Unexpected, "a tensor of floats was expected").with("found", elements.name())
}

impl fmt::Debug for Tensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:?}", self.elements.name(), self.shape)
    }
}
