//! What callers of a world ask for, from what the database shows them, or showed them some time ago.

use super::clock::day;
use super::office::{Marks, Now, View};
use super::world::{Program, World, id};
use crate::sql::{Batch, Row, Write};
use casework::{LetterNumbers, Petition, PetitionId};

impl World<'_> {
    fn now(&mut self) -> Now {
        let (at, sure, today) = self.clock.stamp();
        self.tally.doubted += u64::from(!sure);
        // A clock that was put back over midnight: the day is that of the record, which does not go back.
        let today = today.max(self.last().map_or(today, day));
        Now { at, sure, today }
    }

    /// What one caller asks for, if anything.
    pub(super) fn call(&mut self) -> Option<(Batch, Marks)> {
        let now = self.now();
        let fresh = self.program == Program::AnswersEarly;
        match self.random.below(100) {
            _ if fresh => Some(self.submit(&now)),
            0..22 => Some(self.submit(&now)),
            22..27 if !self.tokens.is_empty() => {
                // Sent once more, because the answer did not come.
                let token = self.tokens[self.random.below(self.tokens.len())].clone();
                Some(self.office.submit(&mut self.random, &now, token))
            }
            27..33 => {
                let mut batch = Batch::new();
                let (name, value) = (self.random.below(500).to_string(), self.random.draw().to_string());
                let row = vec![name.as_str().into(), value.as_str().into()];
                batch.push(Write::new("insert into setting (name, value) values ($1, $2)", row));
                Some((batch, Marks { setting: Some((name, value)), ..Marks::default() }))
            }
            33..36 => Some((Batch { idle_at: Some(now.at), ..Batch::new() }, Marks::default())),
            _ => {
                let view = if self.random.below(8) == 0 && !self.stale.is_empty() {
                    self.stale[self.random.below(self.stale.len())].clone()
                } else {
                    let place = self.random.below(self.petitions.len().max(1));
                    self.view(*self.petitions.get(place)?)?
                };
                if self.random.below(6) == 0 {
                    let place = self.random.below(16);
                    self.stale.insert(place.min(self.stale.len()), view.clone());
                    self.stale.truncate(16);
                }
                let numbers = self.numbers();
                self.office.act(&mut self.random, &now, &view, &numbers)
            }
        }
    }

    fn submit(&mut self, now: &Now) -> (Batch, Marks) {
        let token = format!("{:032x}", self.random.draw());
        self.tokens.push(token.clone());
        self.office.submit(&mut self.random, now, token)
    }

    /// Deadlines whose day is over; never by a clock that is not believed.
    pub(super) fn timer(&mut self) -> Option<(Batch, Marks)> {
        let now = self.now();
        if !now.sure || self.program == Program::AnswersEarly {
            return None;
        }
        let due = "select petition_id, idx from deadline where state = 'running' and due_on < $1 order by due_on, petition_id, idx limit 24";
        let due: Vec<(View, u32)> = self
            .read(due, &[now.today.to_string().into()])
            .iter()
            .filter_map(|row| Some((self.view(id(row))?, u32::try_from(row.int(1).unwrap()).unwrap())))
            .collect();
        let numbers = self.numbers();
        self.office.pass(&mut self.random, &now, &due, &numbers)
    }

    /// A petition as the database has it.
    fn view(&self, id: PetitionId) -> Option<View> {
        let sql = "select body, entry from event where petition_id = $1 order by seq";
        let rows = self.read(sql, &[id.to_string().into()]);
        let tip = rows.last()?.blob(1).ok()?.try_into().ok()?;
        let events = rows.iter().flat_map(|row| crate::history::decode(row.blob(0).unwrap()).unwrap());
        let petition = events.fold(Petition::new(id), |petition, event| petition.apply(&event));
        Some(View { petition, tip, key: *self.keys.get(&id)? })
    }

    fn numbers(&self) -> LetterNumbers {
        let rows = self.read("select unit_id, mark, year, last from letter_number", &[]);
        let number = |row: &Row| {
            let year = i16::try_from(row.int(2).unwrap()).unwrap();
            let last = u32::try_from(row.int(3).unwrap()).unwrap();
            ((row.text(0).unwrap().parse().unwrap(), row.text(1).unwrap().to_owned(), year), last)
        };
        rows.iter().map(number).collect()
    }
}
