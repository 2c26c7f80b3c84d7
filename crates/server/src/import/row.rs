//! One row of a file: read strictly, or refused with the reason.

use super::columns::{Columns, Field};
use casework::act::Channel;
use jiff::civil::Date;

const LONGEST_TITLE: usize = 200;
const LONGEST_BODY: usize = 20_000;

/// A row that may be submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// A few words.
    pub(crate) title: String,
    /// What happened.
    pub(crate) body: String,
    /// Day of receipt, when the file says one.
    pub(crate) received_on: Option<Date>,
    /// How it came.
    pub(crate) channel: Channel,
    /// The same for the same row of the same source, however often it is read.
    pub(crate) token: String,
}

/// Reads a row.
///
/// # Errors
/// The reason, for the list of refused rows.
pub(crate) fn read(
    cells: &csv::ByteRecord,
    columns: &Columns,
    source: &str,
    today: Date,
) -> Result<Entry, String> {
    let title = words(cells, columns, Field::Title, "title", LONGEST_TITLE)?;
    let body = words(cells, columns, Field::Body, "body", LONGEST_BODY)?;
    if body.is_empty() {
        return Err("body: it is empty".to_owned());
    }
    let title = if title.is_empty() { body.chars().take(30).collect() } else { title };
    let date = words(cells, columns, Field::ReceivedOn, "received_on", 40)?;
    let received_on = if date.is_empty() { None } else { Some(day(&date)?) };
    if received_on.is_some_and(|date| date > today) {
        return Err(format!("received_on: {date} is in the future"));
    }
    let channel = words(cells, columns, Field::Channel, "channel", 20)?;
    let id = words(cells, columns, Field::Id, "id", 100)?;
    // Parts are told apart by a character that no cell may contain.
    let identity = if id.is_empty() {
        format!("{source}\u{0}row\u{0}{title}\u{0}{date}\u{0}{body}")
    } else {
        format!("{source}\u{0}id\u{0}{id}")
    };
    let digest = store::content::sha256(identity.as_bytes());
    let token = format!("import-{}", crate::entropy::hex(&digest));
    Ok(Entry { title, body, received_on, channel: read_channel(&channel)?, token })
}

fn words(
    cells: &csv::ByteRecord,
    columns: &Columns,
    field: Field,
    name: &str,
    longest: usize,
) -> Result<String, String> {
    let bytes = columns.at(field).and_then(|at| cells.get(at)).unwrap_or_default();
    let text = std::str::from_utf8(bytes).map_err(|_| {
        format!("{name}: not UTF-8; if the file is GB18030, convert it: iconv -f GB18030 -t UTF-8 FILE")
    })?;
    let text = text.trim();
    let n_chars = text.chars().count();
    if n_chars > longest {
        return Err(format!("{name}: {n_chars} characters, at most {longest} are allowed"));
    }
    if let Some(control) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(format!("{name}: it contains the control character U+{:04X}", u32::from(control)));
    }
    Ok(text.to_owned())
}

/// The day in `2019-02-28`, `2019/2/28`, `2019年2月28日`, with or without a time of day after it.
fn day(text: &str) -> Result<Date, String> {
    let wrong = || format!("received_on: {text:?} is no date; write it like 2026-03-02");
    let date = text.split([' ', 'T', '\t']).next().unwrap_or_default();
    let mut parts = date.trim_end_matches('日').split(['-', '/', '年', '月']);
    let mut next = || parts.next().filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let year = next().and_then(|part| part.parse().ok()).ok_or_else(wrong)?;
    let month = next().and_then(|part| part.parse().ok()).ok_or_else(wrong)?;
    let day = next().and_then(|part| part.parse().ok()).ok_or_else(wrong)?;
    if parts.next().is_some() {
        return Err(wrong());
    }
    Date::new(year, month, day).map_err(|_| wrong())
}

fn read_channel(text: &str) -> Result<Channel, String> {
    let chinese = match text {
        "" | "信息网络" | "网上" | "网信" => Some(Channel::Online),
        "书信" | "来信" => Some(Channel::Letter),
        "走访" | "来访" => Some(Channel::Visit),
        "电话" | "来电" => Some(Channel::Phone),
        "传真" => Some(Channel::Fax),
        "转送" => Some(Channel::Transfer),
        _ => None,
    };
    chinese
        .or_else(|| Channel::ALL.into_iter().find(|channel| channel.word() == text))
        .ok_or_else(|| format!("channel: {text:?} is none of online, visit, letter, phone, fax, transfer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn row(cells: &[&[u8]]) -> Result<Entry, String> {
        let header = ["id", "title", "body", "time", "channel"].map(str::to_owned);
        let columns = Columns::of(&header, None).unwrap();
        read(&csv::ByteRecord::from(cells.to_vec()), &columns, "test.csv", date(2026, 3, 2))
    }

    #[test]
    fn a_whole_row() {
        let entry =
            row(&[b"7", "路灯".as_bytes(), "不亮\n很久".as_bytes(), b"2026-02-28 11:25:05", b"phone"])
                .unwrap();
        assert_eq!(entry.received_on, Some(date(2026, 2, 28)));
        assert_eq!(entry.channel, Channel::Phone);
    }

    #[test]
    fn the_token_follows_the_id_else_the_content() {
        let token = |id: &[u8], body: &[u8]| row(&[id, b"t", body]).unwrap().token;
        assert_eq!(token(b"7", b"a"), token(b"7", b"b"));
        assert_ne!(token(b"7", b"a"), token(b"8", b"a"));
        assert_eq!(token(b"", b"a"), token(b"", b"a"));
        assert_ne!(token(b"", b"a"), token(b"", b"b"));
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        for text in ["2026-02-03", "2026/2/3 8:00", "2026年2月3日", "2026-02-03T08:00:00"] {
            assert_eq!(day(text), Ok(date(2026, 2, 3)), "{text}");
        }
        for text in ["2026-02-30", "2026-02", "03.02.2026", "2026-2-3-4", "-2026-2-3"] {
            assert!(day(text).is_err(), "{text}");
        }
    }

    #[test]
    fn each_fault_names_its_field() {
        let long = "长".repeat(LONGEST_TITLE + 1);
        for (cells, word) in [
            (vec![b"1".as_slice(), b"t", b" "], "body: it is empty"),
            (vec![b"1", b"t", b"\xb2\xbb\xc1\xc1"], "GB18030"),
            (vec![b"1", long.as_bytes(), b"b"], "title: 201 characters"),
            (vec![b"1", b"t", b"a\x07b"], "U+0007"),
            (vec![b"1", b"t", b"b", b"2026-03-03"], "future"),
            (vec![b"1", b"t", b"b", b"", b"pigeon"], "pigeon"),
        ] {
            let error = row(&cells).unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
