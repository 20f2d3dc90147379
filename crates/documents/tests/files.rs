//! Files there and back: what is written is read again, and what is dangerous is refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::as_conversions, reason = "tests may fail loudly")]

use documents::csv::{self, Encoding};
use documents::workbook::{Calculation, CalculationCell, Content};
use documents::{Cell, Column, Refused, Sheet, Unwritable, read, workbook, xlsx};
use proptest::prelude::*;
use std::io::{Cursor, Write as _};

const COLUMNS: [Column; 2] = [
    Column { name: "団体名", meaning: "正式な名称", words: &[], open: false, whole: false },
    Column { name: "席数", meaning: "希望する席数（席）", words: &[], open: true, whole: true },
];

fn sheet(rows: Vec<Vec<Cell>>) -> Sheet {
    Sheet { title: "回答".to_owned(), columns: COLUMNS.to_vec(), rows }
}

fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn csv_opens_in_japanese_excel_by_a_double_click() {
    let written = csv::write(&sheet(vec![vec!["髙橋町①".into(), 1_234.into()]]), Encoding::Utf8).unwrap();
    assert_eq!(String::from_utf8(written).unwrap(), "\u{feff}団体名,席数\r\n髙橋町①,1234\r\n");
    let written = csv::write(&sheet(vec![vec!["髙橋町①〜".into(), 1.into()]]), Encoding::Cp932).unwrap();
    assert_eq!(&written[..6], [0x92, 0x63, 0x91, 0xCC, 0x96, 0xBC], "団体名 in CP932");
    assert_eq!(csv::read(&written).unwrap().rows[0].cells, ["髙橋町①～", "1"]);
}

#[test]
fn a_character_outside_the_code_page_is_named_with_its_place() {
    let refused = csv::write(&sheet(vec![vec!["山".into()], vec!["𠮷野".into()]]), Encoding::Cp932).unwrap_err();
    assert_eq!(refused, Unwritable::Character { row: 3, column: "団体名".to_owned(), character: '𠮷' });
    assert!(refused.to_string().contains("3行目の「団体名」にある文字「𠮷」"));
}

#[test]
fn nothing_that_was_text_is_calculated() {
    for text in ["=1+1", "+81", "-5", "@SUM(A1)", "\t=1", "＝1", "＠x", "'=1", "=cmd|' /C calc'!A0"] {
        let one = sheet(vec![vec![text.into(), (-5).into()]]);
        let written = String::from_utf8(csv::write(&one, Encoding::Utf8).unwrap()).unwrap();
        let field = written.lines().nth(1).unwrap().trim_start_matches('"');
        assert!(field.starts_with('\''), "{written}");
        assert_eq!(read("a.csv", written.as_bytes()).unwrap().rows[0].cells, [text, "-5"]);
        let book = xlsx::write(&one).unwrap();
        assert_eq!(read("a.xlsx", &book).unwrap().rows[0].cells, [text, "-5"]);
        let mut opened: calamine::Xlsx<_> = calamine::Reader::new(Cursor::new(book)).unwrap();
        let formulas = calamine::Reader::worksheet_formula(&mut opened, "回答").unwrap();
        assert!(formulas.cells().all(|(_, _, formula)| formula.is_empty()));
    }
}

#[test]
fn a_line_break_in_a_value_stays_one_record() {
    let rows = vec![vec!["一行目\r\n二行目".into(), Cell::Empty]];
    let written = csv::write(&sheet(rows.clone()), Encoding::Utf8).unwrap();
    assert_eq!(written.iter().filter(|byte| **byte == b'\n').count(), 2);
    let back = read("a.xlsx", &xlsx::write(&sheet(rows)).unwrap()).unwrap();
    assert_eq!(back.rows[0].cells, ["一行目\n二行目", ""]);
}

#[test]
fn a_data_workbook_obeys_the_rules_for_machines() {
    let written = xlsx::write(&sheet(vec![vec!["架空町".into(), 70.into()]])).unwrap();
    let mut book: calamine::Xlsx<_> = calamine::Reader::new(Cursor::new(written)).unwrap();
    assert_eq!(calamine::Reader::sheet_names(&book), ["回答", "コード表"]);
    let data = calamine::Reader::worksheet_range(&mut book, "回答").unwrap();
    assert_eq!(data.get_value((0, 0)).unwrap().to_string(), "団体名", "the header is row 1");
    assert_eq!(data.get_value((1, 1)), Some(&calamine::Data::Float(70.0)), "numbers are numbers");
    let codes = calamine::Reader::worksheet_range(&mut book, "コード表").unwrap();
    assert_eq!(codes.get_value((2, 1)).unwrap().to_string(), "希望する席数（席）", "units are stated");
}

#[test]
fn choices_become_validation_lists() {
    let columns = vec![
        COLUMNS[0],
        Column {
            name: "状態", meaning: "回答の状態", words: &["下書き", "提出済"], open: true, whole: false
        },
    ];
    let written = xlsx::write(&Sheet { title: "回答".to_owned(), columns, rows: Vec::new() }).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(written)).unwrap();
    let xml = std::io::read_to_string(zip.by_name("xl/worksheets/sheet1.xml").unwrap()).unwrap();
    assert!(
        xml.contains("<formula1>&apos;コード表&apos;!$D$3:$D$4</formula1>")
            || xml.contains("<formula1>'コード表'!$D$3:$D$4</formula1>"),
        "{xml}"
    );
}

#[test]
fn headers_are_found_however_they_were_typed() {
    let table = read("a.csv", "備考,席 数 ,ＩＤ\n,５,a\n\n,,\n".as_bytes()).unwrap();
    assert_eq!(table.headers, ["備考", "席 数", "ID"]);
    assert_eq!((table.rows.len(), table.rows[0].number), (1, 2));
    assert_eq!(table.value(&table.rows[0], "ID"), "a");
    let lines = read("a.csv", "a,b\r\n1,\"x\r\ny\"\r\n2,z\r\n".as_bytes()).unwrap();
    assert_eq!(lines.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 3], "as Excel counts them");
    assert_eq!(read("a.csv", "a,a\n".as_bytes()), Err(Refused::TwoColumns("a".to_owned())));
    assert_eq!(read("a.csv", ",,\na,b\n".as_bytes()), Err(Refused::NoHeader));
}

#[test]
fn files_that_are_no_tables_are_refused_with_what_to_do() {
    let book = xlsx::write(&sheet(Vec::new())).unwrap();
    for (name, bytes, refused) in [
        ("a.xlsx", Vec::new(), Refused::Empty),
        ("a.xls", vec![0xD0, 0xCF, 0x11, 0xE0, 0], Refused::OldExcel),
        ("a.xlsx", vec![0xD0, 0xCF, 0x11, 0xE0, 0], Refused::OldExcel),
        ("a.xlsm", book.clone(), Refused::Macros),
        ("a.csv", book.clone(), Refused::Kind),
        ("a.xlsx", b"a,b".to_vec(), Refused::Kind),
        ("a.pdf", b"%PDF-1.7".to_vec(), Refused::Kind),
        ("a.xlsx", b"PK\x03\x04 and nothing".to_vec(), Refused::Damaged),
        ("a.csv", vec![b'a', 0xFF, 0xFE, 0xFD], Refused::Encoding),
        ("a.csv", vec![b'a'; documents::LARGEST_FILE + 1], Refused::TooLarge),
    ] {
        assert_eq!(read(name, &bytes), Err(refused), "{name}");
    }
    assert!(Refused::OldExcel.to_string().contains(".xlsx"));
}

#[test]
fn bombs_and_macros_are_refused_before_anything_is_parsed() {
    let zeros = vec![b' '; 20 * 1024 * 1024];
    assert_eq!(read("a.xlsx", &zipped(&[("xl/workbook.xml", &zeros)])), Err(Refused::Bomb), "ratio");
    // Each entry grows less than a hundredfold; together they are more than 50 MB.
    let next = |seed: &u32| {
        let seed = seed ^ (seed << 13);
        let seed = seed ^ (seed >> 17);
        Some(seed ^ (seed << 5))
    };
    let noise: Vec<u8> = std::iter::successors(Some(7), next).map(|seed| seed.to_le_bytes()[1]).take(300_000).collect();
    let grown = [noise, vec![b' '; 10 * 1024 * 1024]].concat();
    let large = ["xl/workbook.xml", "a", "b", "c", "d"].map(|name| (name, grown.as_slice()));
    assert!(zipped(&large).len() * 100 > grown.len() * 5, "no entry is refused for its ratio");
    assert_eq!(read("a.xlsx", &zipped(&large)), Err(Refused::Bomb), "unpacked size");
    assert_ne!(read("a.xlsx", &zipped(&large[..4])), Err(Refused::Bomb), "below it");
    let many: Vec<String> = (0..1_001).map(|n| format!("x{n}")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
    assert_eq!(read("a.xlsx", &zipped(&many)), Err(Refused::Bomb), "entries");
    let macros = zipped(&[("xl/workbook.xml", b"<x/>"), ("xl/vbaProject.bin", b"x")]);
    assert_eq!(read("a.xlsx", &macros), Err(Refused::Macros));
    assert_eq!(read("a.xlsx", &zipped(&[("word/document.xml", b"<x/>")])), Err(Refused::Kind));
}

#[test]
fn an_entity_from_outside_is_not_read() {
    let book = xlsx::write(&sheet(vec![vec!["架空町".into(), 70.into()]])).unwrap();
    let mut source = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let mut entries = Vec::new();
    for at in 0..source.len() {
        let mut entry = source.by_index(at).unwrap();
        let name = entry.name().unwrap().to_string();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        if name == "xl/sharedStrings.xml" {
            let text = String::from_utf8(bytes).unwrap();
            let entity = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><sst";
            bytes = text.replace("<sst", entity).replace("架空町", "&e;").into_bytes();
        }
        entries.push((name, bytes));
    }
    let entries: Vec<(&str, &[u8])> = entries.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    match read("a.xlsx", &zipped(&entries)) {
        Ok(table) => {
            assert!(host.trim().is_empty() || table.rows.iter().all(|row| !row.cells[0].contains(host.trim())));
        }
        Err(refused) => assert_eq!(refused, Refused::Damaged),
    }
}

#[test]
fn a_calculation_opens_with_its_formulas_and_their_results() {
    let content = |row, column, content| CalculationCell { row, column, content };
    let calculation = Calculation {
        title: "負担金の計算".to_owned(),
        lines: vec!["総額を席数割で按分します。".to_owned()],
        cells: vec![
            content(0, 0, Content::Text("総額".to_owned())),
            content(0, 1, Content::Input { value: "7920000".to_owned(), result: "7920000".to_owned() }),
            content(1, 1, Content::Formula { formula: "=B1/2".to_owned(), result: "3960000".to_owned() }),
        ],
        heading_row: 3,
    };
    let written = workbook::write(&calculation).unwrap();
    let mut book: calamine::Xlsx<_> = calamine::Reader::new(Cursor::new(written)).unwrap();
    assert_eq!(calamine::Reader::sheet_names(&book), ["説明", "入力", "計算"]);
    let formulas = calamine::Reader::worksheet_formula(&mut book, "計算").unwrap();
    assert_eq!(formulas.get_value((1, 1)).unwrap(), "B1/2");
    assert_eq!(formulas.get_value((0, 1)).unwrap(), "'入力'!B1");
    let values = calamine::Reader::worksheet_range(&mut book, "計算").unwrap();
    assert_eq!(values.get_value((1, 1)), Some(&calamine::Data::Float(3_960_000.0)));
}

/// S35: what leaves in a file comes back as it was, over 10^5 cells that programs like to calculate or to change.
#[test]
fn a_hundred_thousand_random_cells_come_back_as_they_went() {
    const STARTS: [&str; 16] =
        ["=", "+", "-", "@", "\t=", "＝", "＋", "－", "＠", "'", "'=", "''+", "0", "1/2", "1E5", ""];
    const LETTERS: [char; 18] =
        ['a', 'Z', '0', '９', 'あ', 'ン', '町', '①', ',', '"', '\'', ';', '=', '(', ')', '!', '%', '・'];
    let mut state = 0x5EED_u64;
    let mut below = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let mut cells = 0;
    for _ in 0..25 {
        let mut text = || {
            let start = STARTS[below(STARTS.len())];
            let rest = (0..=below(12)).map(|_| LETTERS[below(LETTERS.len())]);
            start.chars().chain(rest).collect::<String>()
        };
        let rows: Vec<Vec<String>> = (0..2_000).map(|_| vec![text(), text()]).collect();
        let sheet = sheet(rows.iter().map(|row| row.iter().map(|cell| Cell::from(cell.as_str())).collect()).collect());
        for (name, bytes) in [
            ("a.csv", csv::write(&sheet, Encoding::Utf8).unwrap()),
            ("a.csv", csv::write(&sheet, Encoding::Cp932).unwrap()),
            ("a.xlsx", xlsx::write(&sheet).unwrap()),
        ] {
            let back = read(name, &bytes).unwrap().rows;
            assert_eq!(back.len(), rows.len(), "{name}");
            for (came, went) in back.iter().zip(&rows) {
                assert_eq!(came.cells, *went, "{name}");
            }
        }
        cells += rows.len() * 2;
    }
    assert_eq!(cells, 100_000);
}

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Empty),
        (-(1_i64 << 53)..=1 << 53).prop_map(Cell::Number),
        "[=+@＝'\"a-z0-9０-９ぁ-んァ-ン一-龠、。, -]{1,20}".prop_map(Cell::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_read_again(rows in prop::collection::vec((cell(), cell()), 1..40)) {
        let rows: Vec<Vec<Cell>> = rows.into_iter().map(|(a, b)| vec![a, b]).collect();
        let sheet = sheet(rows.clone());
        let wanted: Vec<Vec<String>> = rows.iter()
            .map(|row| row.iter().map(Cell::text).collect::<Vec<_>>())
            .filter(|row| row.iter().any(|cell| !cell.trim().is_empty()))
            .collect();
        for (name, bytes) in [("a.csv", csv::write(&sheet, Encoding::Utf8).unwrap()), ("a.xlsx", xlsx::write(&sheet).unwrap())] {
            let back: Vec<Vec<String>> = read(name, &bytes).unwrap().rows.into_iter().map(|row| row.cells).collect();
            prop_assert_eq!(&back, &wanted, "{}", name);
        }
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..600), zip in any::<bool>()) {
        let mut file = if zip { b"PK\x03\x04".to_vec() } else { Vec::new() };
        file.extend(bytes);
        let _outcome = (read("a.csv", &file), read("a.xlsx", &file));
    }
}
