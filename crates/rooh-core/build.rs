//! Cargo asks for a build script wherever a manifest has `links`; there is nothing to do.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
}
