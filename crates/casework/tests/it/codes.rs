//! Codes beyond the worked examples: normal forms, check characters, and what must never show.

use casework::codes::{AccessCode, CodeError, IdNumber, Phone, QueryCode, ReceiptCode, RegisterNumber};
use expect_test::expect;
use jiff::civil::date;
use proptest::prelude::*;

#[test]
fn id_numbers() {
    let today = date(2026, 3, 1);
    let number = IdNumber::parse("11010519491231002x", today).unwrap();
    assert_eq!((number.masked().as_str(), number.born_on()), ("1101**********002X", date(1949, 12, 31)));
    assert_eq!(format!("{number:?}"), "IdNumber(…)");
    assert_eq!(IdNumber::parse("110105194912310021", today), Err(CodeError::Check));
    assert_eq!(IdNumber::parse("110105194902300028", today), Err(CodeError::Date));
    assert_eq!(IdNumber::parse("11010519491231002X", date(1949, 12, 30)), Err(CodeError::Date));
    assert_eq!(
        IdNumber::parse("1101051949123100", today),
        Err(CodeError::Length { expected: "18", found: 16 })
    );
    assert_eq!(IdNumber::parse("11010519491231O02X", today), Err(CodeError::Character { position: 15 }));
    assert_eq!(IdNumber::parse("11010519491231002Y", today), Err(CodeError::Character { position: 18 }));
}

#[test]
fn phones() {
    for (typed, kept, shown) in [
        ("138 0013 8000", "13800138000", "138****8000"),
        ("０１０－１２３４５６７８", "01012345678", "010******78"),
        ("+86 10 1234 5678", "01012345678", "010******78"),
        ("0086-13800138000", "13800138000", "138****8000"),
        ("12345", "12345", "12345"),
    ] {
        let phone = Phone::parse(typed).unwrap();
        assert_eq!((phone.as_str(), phone.masked().as_str()), (kept, shown), "{typed}");
    }
    assert_eq!(Phone::parse("1380013800"), Err(CodeError::Length { expected: "11", found: 10 }));
    for wrong in ["", "+1 202 555 0100", "021", "abc", "999999", "+8612345"] {
        assert!(Phone::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn register_numbers() {
    let number = RegisterNumber::new("349999", date(2026, 3, 1), 17).unwrap();
    assert_eq!(number.to_string(), "349999-20260301-00017-6");
    assert_eq!(RegisterNumber::parse("349999-20260301-00017-6"), Ok(number));
    assert_eq!(serde_json::to_string(&number).unwrap(), "\"34999920260301000176\"");
    let long = RegisterNumber::new("000000", date(2026, 12, 31), 654_321).unwrap();
    assert_eq!(long.digits().len(), 21);
    assert_eq!(RegisterNumber::parse(&long.to_string()), Ok(long));
    assert!(RegisterNumber::new("34999", date(2026, 3, 1), 1).is_err());
    assert!(RegisterNumber::new("34999x", date(2026, 3, 1), 1).is_err());
    assert_eq!(
        RegisterNumber::new("349999", date(2026, 3, 1), 1_000_000),
        Err(CodeError::Serial { serial: 1_000_000 })
    );
    assert_eq!(RegisterNumber::parse("34999920260301000177"), Err(CodeError::Check));
}

#[test]
fn secret_codes() {
    let query = QueryCode::from_random(&[0x5a; 16]);
    let receipt = ReceiptCode::from_random(&[0xc3; 32]);
    expect!["25T2-PHZJ-SDGJ"].assert_eq(&query.to_string());
    expect!["HPBB-EA9G-R67B-NFNY-KTNT-DNQ6-GQKX"].assert_eq(&receipt.to_string());
    assert_eq!(format!("{query:?} {receipt:?}"), "QueryCode(…) ReceiptCode(…)");
    let typed = query.to_string().to_lowercase().replace('-', " ");
    assert_eq!(AccessCode::parse(&typed), Ok(AccessCode::Query(query)));
    assert_eq!(AccessCode::parse(&receipt.to_string()), Ok(AccessCode::Receipt(receipt)));
    assert_eq!(QueryCode::parse("K7QM-4R2X-9TDO"), Err(CodeError::Character { position: 12 }));
}

proptest! {
    #[test]
    fn register_numbers_survive_printing(division in "[0-9]{6}", day in 0..40_000_i32, serial in 0..=999_999_u32) {
        let on = date(2000, 1, 1).saturating_add(jiff::Span::new().days(day));
        let number = RegisterNumber::new(&division, on, serial).unwrap();
        prop_assert_eq!(RegisterNumber::parse(&number.to_string()), Ok(number));
        prop_assert_eq!(RegisterNumber::parse(&number.digits()), Ok(number));
    }

    #[test]
    fn one_wrong_digit_is_found(serial in 0..=99_999_u32, at in 0..20_usize, by in 1..10_u32) {
        let digits = RegisterNumber::new("349999", date(2026, 3, 1), serial).unwrap().digits();
        let wrong: String = digits
            .chars()
            .enumerate()
            .map(|(n, c)| if n == at { char::from_digit((c.to_digit(10).unwrap() + by) % 10, 10).unwrap() } else { c })
            .collect();
        prop_assert!(RegisterNumber::parse(&wrong).is_err());
    }

    #[test]
    fn nothing_confusable_is_generated(bytes in any::<[u8; 32]>()) {
        let receipt = ReceiptCode::from_random(&bytes);
        let mut half = [0; 16];
        half.copy_from_slice(&bytes[..16]);
        let query = QueryCode::from_random(&half);
        let shown = format!("{receipt}{query}");
        prop_assert!(!shown.contains(['0', 'O', '1', 'I', 'L', 'U']));
        prop_assert_eq!(ReceiptCode::parse(&receipt.to_string()), Ok(receipt));
        prop_assert_eq!(QueryCode::parse(&query.to_string()), Ok(query));
    }

    #[test]
    fn one_wrong_character_of_a_receipt_code_is_found(bytes in any::<[u8; 32]>(), at in 0..28_usize, to in "[2-9A-HJ-KM-NP-TV-Z]") {
        let code = ReceiptCode::from_random(&bytes).as_str().to_owned();
        let mut wrong = code.clone();
        wrong.replace_range(at..=at, &to);
        prop_assert_eq!(ReceiptCode::parse(&wrong).is_ok(), wrong == code);
    }

    #[test]
    fn parsers_never_panic(text in "\\PC{0,40}") {
        let today = date(2026, 3, 1);
        let _ = IdNumber::parse(&text, today);
        let _ = Phone::parse(&text);
        let _ = RegisterNumber::parse(&text);
        let _ = AccessCode::parse(&text);
        let _ = casework::codes::CreditCode::parse(&text);
        let _ = casework::codes::OrganisationCode::parse(&text);
    }
}
