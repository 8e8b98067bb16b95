//! Any bytes as a table: no panic, every row as wide as the header, and the same table when it is written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use readiness::formats::csv;

fn written(values: &[String]) -> String {
    let fields: Vec<String> = values.iter().map(|value| format!("\"{}\"", value.replace('"', "\"\""))).collect();
    format!("{}\r\n", fields.join(","))
}

fuzz_target!(|data: &[u8]| {
    let Ok(table) = csv::parse(data) else { return };
    let mut text = written(&table.columns);
    for row in &table.rows {
        assert_eq!(row.values.len(), table.columns.len());
        text.push_str(&written(&row.values));
    }
    let again = csv::parse(text.as_bytes()).expect("what was written is a table");
    assert_eq!(again.columns, table.columns);
    assert!(again.rows.iter().map(|row| &row.values).eq(table.rows.iter().map(|row| &row.values)));
});
