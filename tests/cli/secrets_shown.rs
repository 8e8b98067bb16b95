//! No part of a secret is shown, whichever way a file writes it and in whichever form the report is given.

use std::process::Command;

use super::support::write;

/// Files that each hold the words of [`WORDS`] in the value of a secret.
const FILES: &[(&str, &str)] = &[
    ("a/.env", "DB_PASSWORD=\"Tr0ub4dor &3 hunterQ9\"\nSECRET_KEY=Tr0ub4dor'quoted hunterQ9'tail77\n"),
    ("b/.netrc", "machine a.example.com login bob password \"Tr0ub4dor hunterQ9\"\n"),
    ("c/.npmrc", "_password=\"Tr0ub4dor hunterQ9\"\n"),
    (
        "d/run.sh",
        "export PASSWORD=\"Tr0ub4dor &3 hunterQ9\"\ncurl -u \"admin:Tr0ub4dor hunterQ9\" https://x.example\n",
    ),
    (
        "e/app.properties",
        "spring.datasource.password=Tr0ub4dor hunterQ9\njdbc.url=jdbc:mysql://db/x?user=a&password=Tr0ub4dor hunterQ9\n",
    ),
    (
        "f/app.yaml",
        "db:\n  password: \"Tr0ub4dor &3 hunterQ9\"\n  secret: Tr0ub4dor kLm2 hunterQ9\nsmtp_password: >-\n  Tr0ub4dor hunterQ9\n",
    ),
    (
        "g/x.py",
        "password = \"Tr0ub4dor \\\"tail77\\\" hunterQ9\"\nurl = \"postgres://bob:Tr0ub4dor9 hunterQ9@db.example.com/x\"\n",
    ),
    (
        "h/web.config",
        "<c><add key=\"Password\" value=\"Tr0ub4dor &amp;3 hunterQ9\" />\n<password>Tr0ub4dor hunterQ9</password></c>\n",
    ),
    ("i/d.toml", "password = \"Tr0ub4dor!x horse hunterQ9\"\n"),
    ("j/wp-config.php", "<?php define('DB_PASSWORD', 'Tr0ub4dor\\' hunterQ9');\n"),
];
const WORDS: &[&str] = &["Tr0ub4", "4dor", "hunter", "erQ9", "tail77", "quoted"];

#[test]
fn no_form_of_the_report_shows_a_part() {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in FILES {
        write(folder.path(), path, text);
    }
    for form in ["terminal", "json", "markdown", "sarif"] {
        let output = Command::new(env!("CARGO_BIN_EXE_readiness"))
            .args(["audit", "--deep", "--all", "--show", "info", "--format", form])
            .arg(folder.path())
            .output()
            .unwrap();
        let text =
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("SEC-064") && text.contains("SEC-077"), "{form}: {text}");
        let shown: Vec<&str> =
            text.lines().filter(|line| WORDS.iter().any(|word| line.contains(word))).collect();
        assert!(shown.is_empty(), "{form}: {shown:#?}");
    }
}
