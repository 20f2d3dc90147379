//! The seat map draws what its table says: the same towns in the same order, every part as long as its number.

use crate::office;
use crate::site::{LEAD, Site};
use serde_json::Value;
use testkit::browser::Browser;

/// The bars as they are drawn: name, and the width of each part, by its class. Then the table: name and numbers; its sums.
const SEEN: &str = r#"
const svg = document.querySelector("svg[aria-labelledby='map-t map-d']");
const bars = [];
for (const one of svg.children) {
  if (one.tagName === 'text') bars.push({name: one.textContent, parts: [], ends: []});
  if (one.tagName === 'rect') { const box = one.getBBox(); bars.at(-1).parts.push([one.getAttribute('class'), box.width]); bars.at(-1).ends.push([box.x, box.x + box.width]); }
}
const number = cell => Number(cell.textContent.replace(/[,席]/g, ''));
const rows = [...document.querySelectorAll('#towns tbody tr')].map(row => ({name: row.cells[0].textContent, numbers: [...row.cells].slice(1).map(number)}));
const sums = [...document.querySelector('#towns tfoot tr').cells].slice(1).map(number);
return {bars, rows, sums};
"#;

#[test]
fn the_bars_of_the_seat_map_are_as_long_as_the_numbers_of_its_table() {
    let Some(browser) = Browser::start(true, 1280) else { return };
    let site = Site::start();
    // One of two seats is in use or held for somebody, and somebody waits.
    let contract = office::procure(&site, "R8-図-1（架空）", &[("143618", 1), ("143634", 5), ("143669", 3)]);
    let call = office::call(&site, "R8-図-1（架空）", "地図の募集（架空）", "1");
    [1, 2].into_iter().for_each(|number| office::apply(&site, &call, number));
    office::select(&site, &call, &[(1, "selected"), (2, "waitlisted")]);
    site.sign_in(&browser, LEAD);
    browser.open(&site.url(&format!("/contracts/{contract}/seats")));
    let seen = browser.run(SEEN, Vec::new());
    let (bars, rows) = (seen["bars"].as_array().unwrap(), seen["rows"].as_array().unwrap());
    assert!(rows.len() > 2 && bars.len() == rows.len(), "{seen}");
    let numbers =
        |row: &Value| -> Vec<f64> { row["numbers"].as_array().unwrap().iter().filter_map(Value::as_f64).collect() };
    // A bar shows what is in use, held and free, and who waits behind it.
    let most = rows.iter().map(|row| numbers(row)[1..].iter().sum::<f64>()).fold(0.0, f64::max);
    let widest = bars
        .iter()
        .flat_map(|bar| bar["ends"].as_array().unwrap())
        .filter_map(|end| end[1].as_f64())
        .fold(0.0, f64::max);
    let left = bars[0]["ends"][0][0].as_f64().unwrap();
    let one = (widest - left) / most;
    assert!(one > 0.5, "a seat can be seen: {one} px");
    let mut kinds = [0.0; 4];
    for (bar, row) in bars.iter().zip(rows) {
        assert_eq!(bar["name"], row["name"]);
        let row = numbers(row);
        assert_eq!(row[0], row[1] + row[2] + row[3], "{bar}: the balance is what is in use, held and free");
        for (at, class) in ["a", "b", "c", "d"].into_iter().enumerate() {
            let part = &bar["parts"][at];
            assert_eq!(part[0], class, "{bar}");
            let drawn = part[1].as_f64().unwrap();
            assert!((drawn - row[at + 1] * one).abs() <= 1.0, "{bar}: {drawn} px for {} of {one} px each", row[at + 1]);
            kinds[at] += row[at + 1];
        }
        for two in bar["ends"].as_array().unwrap().windows(2) {
            assert_eq!(two[0][1], two[1][0], "{bar}: no gap and no overlap");
        }
    }
    assert!(kinds[0] + kinds[1] > 0.0 && kinds[2] > 0.0 && kinds[3] > 0.0, "every kind is there: {kinds:?}");
    let sums: Vec<f64> = seen["sums"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
    assert_eq!(sums[1..], kinds, "the table's own sums");
}
