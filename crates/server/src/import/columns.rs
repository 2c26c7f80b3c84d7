//! Which column of a file is which field: by the operator's `--map`, else by well-known headers.

use anyhow::bail;

/// What a row can say about a petition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// The row's own number where it comes from.
    Id,
    /// A few words.
    Title,
    /// What happened.
    Body,
    /// Day of receipt.
    ReceivedOn,
    /// How it came.
    Channel,
}

/// Each field, its name in `--map`, and headers that mean it without being told.
/// A message's author, likes and counter-votes are deliberately no fields.
const FIELDS: [(Field, &str, &[&str]); 5] = [
    (Field::Id, "id", &["id", "编号", "留言编号", "信访件编号"]),
    (Field::Title, "title", &["title", "标题", "主题", "留言主题", "概况"]),
    (Field::Body, "body", &["body", "内容", "留言详情", "投诉内容"]),
    (Field::ReceivedOn, "received_on", &["received_on", "time", "日期", "时间", "留言时间", "信访日期"]),
    (Field::Channel, "channel", &["channel", "渠道", "信访形式"]),
];

/// Where each field stands in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    found: Vec<(Field, usize)>,
}

impl Columns {
    /// Matches a header line with the fields.
    ///
    /// # Errors
    /// Names the field or header that does not fit, and the headers there are.
    pub(crate) fn of(header: &[String], map: Option<&str>) -> anyhow::Result<Columns> {
        let there = || header.join(", ");
        let position = |name: &str| {
            header
                .iter()
                .position(|cell| cell.trim().trim_start_matches('\u{feff}').eq_ignore_ascii_case(name))
        };
        let mut found: Vec<(Field, usize)> = Vec::new();
        for pair in map.into_iter().flat_map(|map| map.split(',')) {
            let Some((name, column)) = pair.split_once('=') else {
                bail!("--map: write FIELD=HEADER, not {pair:?}");
            };
            let Some((field, ..)) = FIELDS.iter().find(|(_, known, _)| *known == name.trim()) else {
                bail!("--map: there is no field {name:?}; there are id, title, body, received_on, channel");
            };
            let Some(at) = position(column.trim()) else {
                bail!("--map: the file has no column {column:?}; it has: {}", there());
            };
            found.push((*field, at));
        }
        for (field, _, headers) in FIELDS {
            if found.iter().all(|(known, _)| *known != field)
                && let Some(at) = headers.iter().find_map(|name| position(name))
            {
                found.push((field, at));
            }
        }
        let columns = Columns { found };
        for (field, name) in [(Field::Title, "title"), (Field::Body, "body")] {
            if columns.at(field).is_none() {
                bail!("no column for {name}; add --map {name}=HEADER. The file has: {}", there());
            }
        }
        Ok(columns)
    }

    /// The position of a field, when the file has it.
    pub(crate) fn at(&self, field: Field) -> Option<usize> {
        self.found.iter().find(|(known, _)| *known == field).map(|(_, at)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &str) -> Vec<String> {
        names.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn known_headers_need_no_map_and_the_author_is_no_field() {
        let columns = Columns::of(&header("\u{feff}id,user,title,time,body,opposes,likes"), None).unwrap();
        assert_eq!(columns.at(Field::Id), Some(0));
        assert_eq!(columns.at(Field::ReceivedOn), Some(3));
        assert_eq!(columns.found.len(), 4);
    }

    #[test]
    fn a_map_goes_before_known_headers() {
        let columns = Columns::of(&header("title,标题,body"), Some("title=标题")).unwrap();
        assert_eq!(columns.at(Field::Title), Some(1));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (names, map, word) in [
            ("title,text", None, "body"),
            ("title,body", Some("title"), "FIELD=HEADER"),
            ("title,body", Some("user=title"), "user"),
            ("title,body", Some("title=主旨"), "主旨"),
        ] {
            let error = Columns::of(&header(names), map).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
