//! Letters as whoever answers for them looks at them before the first is signed.

use crate::office::{huiyin, words};
use casework::procedure::{CN_PETITION_2022, IN_CPGRAMS_2024, Procedure};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// Names of the files in a folder.
fn files(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_gallery_shows_every_letter_of_both_procedures_in_both_languages() {
    let out = std::env::temp_dir().join(format!("huiyin-gallery-{}", std::process::id()));
    // An office's own database, as the environment of its server names it, is not touched.
    let office = std::env::temp_dir().join(format!("huiyin-gallery-office-{}", std::process::id()));
    let output = Command::new(env!("CARGO_BIN_EXE_huiyin"))
        .args(["letters", "gallery", "--out", out.to_str().unwrap()])
        .env("HUIYIN_DATABASE", format!("sqlite:{}", office.with_extension("sqlite3").display()))
        .env("HUIYIN_KEY_FILE", office.with_extension("key"))
        .env("HUIYIN_JOURNAL_FOLDER", office.with_extension("journal"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    for made in ["sqlite3", "key", "journal"] {
        assert!(!office.with_extension(made).exists(), "{made}");
    }
    let mut n_letters = 0;
    for text in [CN_PETITION_2022, IN_CPGRAMS_2024] {
        let procedure: Procedure = toml::from_str(text).unwrap();
        let folder = out.join(procedure.id.as_str());
        let found = files(&folder);
        for (place, letter) in procedure.letters.iter().enumerate() {
            let name = format!("{:02}-{}", place + 1, letter.id);
            let printed = [name.clone(), format!("{name}-invented")];
            let printed: Vec<&String> =
                printed.iter().filter(|name| found.contains(&format!("{name}.zh.pdf"))).collect();
            assert_eq!(printed.len(), 1, "{name} is there once, of the record or invented: {found:?}");
            for language in ["zh", "en"] {
                let pdf = std::fs::read(folder.join(format!("{}.{language}.pdf", printed[0]))).unwrap();
                assert!(pdf.starts_with(b"%PDF-"), "{name}");
                let picture = folder.join(format!("{}.{language}.1.png", printed[0]));
                let picture = std::fs::read(picture).unwrap();
                // A4 at 144 dots to an inch, as the header of a PNG says it.
                assert!(picture.starts_with(b"\x89PNG"), "{name}");
                assert_eq!(picture[16..24], [0, 0, 0x04, 0xa7, 0, 0, 0x06, 0x94], "{name}");
            }
            n_letters += 1;
        }
        assert_eq!(found.iter().filter(|file| file.ends_with(".pdf")).count(), 2 * procedure.letters.len());
    }
    // And the papers of the file that the demo's matters have.
    let papers = files(&out.join("cn-petition-2022").join("papers"));
    for paper in
        ["registration", "objection", "contact", "hearing", "review-request", "supervision-reply", "closing"]
    {
        for language in ["zh", "en"] {
            assert!(papers.contains(&format!("{paper}.{language}.pdf")), "{paper}: {papers:?}");
            assert!(papers.contains(&format!("{paper}.{language}.1.png")), "{paper}: {papers:?}");
        }
    }
    // The demo signs the letters of a petition's usual way itself: those are of its record.
    let of_the_record = files(&out.join("cn-petition-2022"));
    for letter in ["04-acceptance_notice", "07-path_notice", "12-opinion"] {
        assert!(of_the_record.contains(&format!("{letter}.zh.pdf")), "{letter}: {of_the_record:?}");
    }
    assert!(words(&output).contains(&format!("{n_letters} letters in two languages")), "{}", words(&output));
    // What hangs there would be taken for what is printed next.
    let again = huiyin(&["letters", "gallery", "--out", out.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "{}", words(&again));
    assert!(words(&again).contains("is not empty"), "{}", words(&again));
    std::fs::remove_dir_all(out).unwrap();
}

#[test]
fn a_gallery_that_cannot_be_written_says_where() {
    let file = std::env::temp_dir().join(format!("huiyin-gallery-file-{}", std::process::id()));
    std::fs::write(&file, b"no folder").unwrap();
    let output = huiyin(&["letters", "gallery", "--out", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains(file.to_str().unwrap()), "{}", words(&output));
    std::fs::remove_file(file).unwrap();
}
