//! Prints the catalog of what is switched on, with nothing read from the environment.
//!
//! `cargo xtask codegen` writes the snapshot and the reference of options from it.

fn main() {
    let catalog = rooh::registry().environment(|_| None).catalog();
    println!("{}", serde_json::to_string_pretty(&catalog).expect("a catalog is plain data"));
}
