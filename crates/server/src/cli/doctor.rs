//! `huiyin doctor`: whether this office is as safe as it says, line by line.

use super::Done;
use super::office::{Where, block_on};
use crate::clock::Clock;
use crate::doctor::{Finding, Level, examine};
use std::io::IsTerminal as _;

/// Examines, and prints every finding; the worst stand last, where they are seen.
pub(crate) fn run(place: &Where) -> anyhow::Result<Done> {
    let config = place.config()?;
    let mut findings = block_on(async { examine(&config, &Clock::real(&config.time_zone)?).await })?;
    findings.sort_by_key(|finding| finding.level);
    let coloured = std::io::stdout().is_terminal();
    for finding in &findings {
        println!("{}", line(finding, coloured));
    }
    let count = |level| findings.iter().filter(|finding| finding.level == level).count();
    println!("{} ok, {} warnings, {} RED", count(Level::Ok), count(Level::Warning), count(Level::Red));
    Ok(if count(Level::Red) == 0 { Done::Well } else { Done::WithFaults })
}

fn line(finding: &Finding, coloured: bool) -> String {
    let (word, colour) = match finding.level {
        Level::Ok => ("ok     ", "32"),
        Level::Warning => ("warning", "33"),
        Level::Red => ("RED    ", "1;31"),
    };
    let word = if coloured { format!("\x1b[{colour}m{word}\x1b[0m") } else { word.to_owned() };
    let mut line = format!("{word}  {}: {}", finding.subject, finding.found);
    if !finding.remedy.is_empty() {
        line.push_str(&format!("\n           → {}", finding.remedy));
    }
    line
}
