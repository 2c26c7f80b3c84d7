//! Rows for spreadsheets: comma-separated, and no cell is ever taken for a formula (WEB-4).

use anyhow::Context as _;

/// Rows as CSV. A cell that a spreadsheet would calculate begins with an apostrophe instead.
///
/// # Errors
/// When rows are of different lengths, which the caller's code excludes.
pub(crate) fn csv(rows: &[Vec<String>]) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| harmless(cell))).context("write a row")?;
    }
    writer.into_inner().context("write a table")
}

fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_4_no_cell_is_a_formula() {
        let row = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\0x", "2026-03-02", "a=b", "a,b"];
        let rows = [row.iter().map(|cell| (*cell).to_owned()).collect()];
        let text = String::from_utf8(csv(&rows).unwrap()).unwrap();
        assert_eq!(text, "'=1+1,'+1,'-1,'@x,'\tx,\"'\rx\",'\0x,2026-03-02,a=b,\"a,b\"\r\n");
    }
}
