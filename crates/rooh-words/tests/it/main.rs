//! What callers say, and what the rules make of it.

mod echo;
mod held_out;
mod invariants;
mod overlap;
mod phrases;
