//! `readiness advisories`: the program itself, from files to a database and back.

use std::collections::HashMap;
use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use readiness::advisories::store::Database;
use readiness::formats::ecosystem::{Ecosystem, Family};
use serde_json::Value;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::support::{corpora, write};

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_readiness"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("SOURCE_DATE_EPOCH", "1790000000")
        .stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// What the program prints on standard output.
fn printed(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Why the program could not do it.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert_eq!(output.status.code(), Some(4), "{arguments:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

fn archive(entries: impl Iterator<Item = (String, String)>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An archive of as many records, all of one package of npm.
fn records(count: usize, prefix: &str) -> Vec<u8> {
    archive((0..count).map(|n| {
        let text = format!(
            r#"{{"id": "{prefix}-{n}", "modified": "2026-05-01T00:00:00Z", "affected": [{{"package":
            {{"ecosystem": "npm", "name": "p{}"}}, "versions": ["1.0.{n}"]}}]}}"#,
            n % 97
        );
        (format!("{prefix}-{n}.json"), text)
    }))
}

#[test]
fn a_record_of_two_ecosystems_is_one_record_and_two_entries() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let affected = |ecosystem: &str| {
        format!(r#"{{"package": {{"ecosystem": "{ecosystem}", "name": "p"}}, "versions": ["1.0.0"]}}"#)
    };
    let record = |id: &str, affected: &str| {
        format!(r#"{{"id": "{id}", "modified": "2026-05-01T00:00:00Z", "affected": [{affected}]}}"#)
    };
    write(here, "osv/A-1.json", record("A-1", &format!("{}, {}", affected("npm"), affected("PyPI"))));
    write(here, "osv/epss.csv", "cve,epss,percentile\nCVE-2026-0001,0.1,0.2\n");
    let output = run(here, &["advisories", "import", "osv"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("imported 1 record into "), "{said}");
    assert!(said.contains("holds 3 entries now: each record in every ecosystem"), "{said}");
    // As the table below has them: one of npm, one of PyPI, one score.
    let table = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        table.lines().filter(|line| line.split_whitespace().nth(1) == Some("1")).count(),
        3,
        "{table}"
    );
}

#[test]
fn import_status_export() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write(here, "osv/npm/all.zip", records(3, "A"));
    write(here, "epss.csv", "cve,epss,percentile\nCVE-2026-0001,0.1,0.2\n");
    assert!(refused(here, &["advisories", "status"]).contains("there is no advisory database"));
    let table = printed(here, &["advisories", "import", "osv", "epss.csv"]);
    assert!(here.join(".cache/readiness/advisories.db").is_file(), "in the user's cache folder");
    assert!(printed(here, &["advisories", "status"]).ends_with(&table));
    let status: Value =
        serde_json::from_str(&printed(here, &["advisories", "status", "--format", "json"])).unwrap();
    let sources = status["sources"].as_array().unwrap();
    let names: Vec<_> = sources.iter().map(|source| (&source["name"], &source["count"])).collect();
    assert_eq!(names, [(&"EPSS".into(), &1.into()), (&"npm".into(), &3.into())]);
    assert_eq!(sources[1]["imported"], "2026-09-21T14:13:20Z");
    assert_eq!((&sources[1]["faults"], &sources[1]["longest_pause_days"]), (&0.into(), &Value::Null));

    printed(here, &["advisories", "export", "a.bundle"]);
    printed(here, &["advisories", "import", "a.bundle", "--advisories", "other.db"]);
    let other: Value = serde_json::from_str(&printed(
        here,
        &["advisories", "status", "--format", "json", "--advisories", "other.db"],
    ))
    .unwrap();
    assert_eq!((&other["digest"], &other["sources"]), (&status["digest"], &status["sources"]));

    write(here, "text.txt", "text");
    assert!(refused(here, &["advisories", "import", "text.txt"]).contains("text.txt: neither OSV records"));
    assert!(refused(here, &["advisories", "import", "absent"]).contains("absent"));
    assert!(refused(here, &["advisories", "import"]).contains("PATH"));
    assert!(refused(here, &["advisories", "export", "no/where"]).contains("no/where"));
}

#[test]
fn nothing_is_fetched_into_a_file_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.db", "something else");
    // No one listens there: were it asked, that would be told.
    let base = "http://127.0.0.1:9";
    let update = ["advisories", "update", "npm", "--no-epss", "--no-kev", "--advisories", "a.db"];
    let why = refused(folder.path(), &[&update[..], &["--base-url", base]].concat());
    assert!(why.contains("a.db: not an advisory database"), "{why}");
    assert!(!folder.path().join("a.db.downloads").exists());
}

#[test]
fn names_inside_an_archive_do_not_reach_the_terminal_raw() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = ("npm/\x1b]0;x\x07.json".to_owned(), "{}".to_owned());
    let good = r#"{"id":"A-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"a"},"versions":["1"]}]}"#;
    let entries = [hostile, ("npm/A-1.json".to_owned(), good.to_owned())];
    write(folder.path(), "npm.zip", archive(entries.into_iter()));
    let output = run(folder.path(), &["advisories", "import", "--advisories", "a.db", "npm.zip"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("left out: npm.zip: npm/\\x1b]0;x\\x07.json"), "{told:?}");
    assert!(!told.contains('\x1b'), "{told:?}");
    let status = |format: &str| {
        printed(folder.path(), &["advisories", "status", "--advisories", "a.db", "--format", format])
    };
    let known: Value = serde_json::from_str(&status("json")).unwrap();
    assert_eq!(known["sources"][0]["faults"], 1, "it is said later too");
    let text = status("text");
    let row: Vec<&str> =
        text.lines().find(|line| line.starts_with("npm")).unwrap().split_whitespace().collect();
    assert_eq!(row[..4], ["npm", "1", "0", "1"], "{text}");
}

#[test]
fn the_environment_names_the_database_and_a_flag_names_another() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "npm.zip", records(1, "A"));
    let status = command(folder.path(), &["advisories", "import", "npm.zip"])
        .env("READINESS_ADVISORIES", "by-variable/a.db")
        .output()
        .unwrap()
        .status;
    assert!(status.success() && folder.path().join("by-variable/a.db").is_file());
    let status = command(folder.path(), &["advisories", "import", "npm.zip", "--advisories", "by-flag.db"])
        .env("READINESS_ADVISORIES", "by-variable/b.db")
        .output()
        .unwrap()
        .status;
    assert!(status.success() && folder.path().join("by-flag.db").is_file());
    assert!(!folder.path().join("by-variable/b.db").exists());
}

#[test]
fn a_signed_bundle_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write(here, "npm.zip", records(2, "A"));
    printed(here, &["advisories", "import", "npm.zip"]);
    let output = run(here, &["advisories", "export", "a.bundle"]);
    let said = String::from_utf8(output.stderr).unwrap();
    // The command that the program names is the one that is run.
    let sign = said.lines().find(|line| line.trim_start().starts_with("openssl")).unwrap();
    let openssl = |arguments: &[&str]| {
        let done = Command::new("openssl").args(arguments).current_dir(here).output();
        done.is_ok_and(|output| output.status.success())
    };
    if !(openssl(&["genrsa", "-out", "KEY.pem", "2048"])
        && openssl(&["pkey", "-in", "KEY.pem", "-pubout", "-out", "KEY.pub"])
        && openssl(&["genrsa", "-out", "other.pem", "2048"])
        && openssl(&["pkey", "-in", "other.pem", "-pubout", "-out", "other.pub"]))
    {
        eprintln!("no OpenSSL here: skipped");
        return;
    }
    let import = |key: &'static str| {
        vec!["advisories", "import", "a.bundle", "--public-key", key, "--advisories", "other.db"]
    };
    assert!(refused(here, &import("KEY.pub")).contains("no signature"));
    let words: Vec<&str> = sign.split_whitespace().skip(1).collect();
    assert!(openssl(&words), "{sign}");
    assert!(refused(here, &import("other.pub")).contains("none of the public keys"));
    assert!(refused(here, &import("absent.pub")).contains("absent.pub"));
    assert!(!here.join("other.db").exists());
    printed(here, &import("KEY.pub"));
    let by_variable = command(here, &["advisories", "import", "npm.zip"])
        .env("READINESS_ADVISORIES_KEY", "KEY.pub")
        .output()
        .unwrap();
    assert_eq!(by_variable.status.code(), Some(4), "an archive bears no signature");
    let mut bytes = std::fs::read(here.join("a.bundle")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    write(here, "a.bundle", bytes);
    assert!(refused(here, &import("KEY.pub")).contains("none of the public keys"));
}

/// Runs OpenSSL in a folder, line by line; false, and said, when there is none.
fn openssl(folder: &Path, lines: &[&str]) -> bool {
    for line in lines {
        let Ok(done) = Command::new("openssl").args(line.split(' ')).current_dir(folder).output() else {
            eprintln!("no OpenSSL here: skipped");
            return false;
        };
        assert!(done.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&done.stderr));
    }
    true
}

/// What the program says while it does it.
fn told(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    said
}

#[test]
fn a_bundle_is_signed_and_taken_with_the_public_key_only() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let generate = "genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem";
    let lines = [
        generate,
        &generate.replace("key.pem", "other.pem"),
        "pkey -in other.pem -pubout -out other.pub",
        "genpkey -quiet -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_pss_keygen_md:sha512 \
         -pkeyopt rsa_pss_keygen_mgf1_md:sha512 -pkeyopt rsa_pss_keygen_saltlen:64 -out pss.pem",
        "pkey -in pss.pem -pubout -out pss.pub",
    ];
    if !openssl(here, &lines) {
        return;
    }
    write(here, "npm.zip", records(2, "A"));
    printed(here, &["advisories", "import", "npm.zip"]);
    let said = told(here, &["advisories", "export", "a.bundle", "--sign-key", "key.pem"]);
    assert!(said.contains("wrote a.bundle.sig: RSA-PSS, sha256"), "{said}");
    // The command that the program names writes the public key.
    let command = said.lines().find_map(|line| line.trim_start().strip_prefix("openssl ")).unwrap();
    assert!(openssl(here, &[command]), "{said}");
    assert_eq!(std::fs::read(here.join("a.bundle.sig")).unwrap().len(), 256, "the bytes themselves");
    let verify = "dgst -sha256 -verify KEY.pub -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest \
                  -signature a.bundle.sig a.bundle";
    assert!(openssl(here, &[verify]));

    let import = |key: &'static str| {
        vec!["advisories", "import", "a.bundle", "--public-key", key, "--advisories", "other.db"]
    };
    assert!(refused(here, &import("other.pub")).contains("none of the public keys"));
    assert!(!here.join("other.db").exists());
    printed(here, &import("KEY.pub"));

    // The variable names a key as well, and a key that is bound to a hash function is used with it.
    let by_variable = command_with_key(here, "pss.pem");
    assert!(by_variable.contains("wrote a.bundle.sig: RSA-PSS, sha512"), "{by_variable}");
    printed(here, &import("pss.pub"));
    assert!(refused(here, &import("KEY.pub")).contains("none of the public keys"));

    let mut bytes = std::fs::read(here.join("a.bundle")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    write(here, "a.bundle", bytes);
    assert!(refused(here, &import("pss.pub")).contains("none of the public keys"));
}

fn command_with_key(folder: &Path, key: &str) -> String {
    let output = command(folder, &["advisories", "export", "a.bundle"])
        .env("READINESS_SIGN_KEY", key)
        .output()
        .unwrap();
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn no_signature_of_another_bundle_stays_beside_a_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    if !openssl(here, &["genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem"]) {
        return;
    }
    let export = ["advisories", "export", "a.bundle"];
    let signing = |key: &'static str| [&export[..], &["--sign-key", key]].concat();
    let read = |name: &str| std::fs::read(here.join(name)).ok();
    write(here, "npm.zip", records(2, "A"));
    write(here, "more.zip", records(9, "B"));
    printed(here, &["advisories", "import", "npm.zip"]);
    told(here, &signing("key.pem"));
    let before = (read("a.bundle"), read("a.bundle.sig"));

    // The same bundle keeps its signature, and another one loses it.
    assert!(told(here, &export).contains("kept a.bundle.sig"));
    assert_eq!((read("a.bundle"), read("a.bundle.sig")), before);
    printed(here, &["advisories", "import", "more.zip"]);
    // What cannot be signed is not written at all.
    write(here, "text.pem", "text");
    for (key, why) in [("absent.pem", "absent.pem"), ("text.pem", "text.pem: "), ("", "--sign-key")] {
        assert!(refused(here, &signing(key)).contains(why), "{key}");
        assert_eq!((read("a.bundle"), read("a.bundle.sig")), before, "{key}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |mode| {
            std::fs::set_permissions(here.join("key.pem"), std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(0o644);
        assert!(refused(here, &signing("key.pem")).contains("chmod 600"));
        assert_eq!((read("a.bundle"), read("a.bundle.sig")), before);
        mode(0o600);
    }
    assert!(told(here, &export).contains("removed a.bundle.sig"));
    assert_ne!(read("a.bundle"), before.0);
    assert_eq!(read("a.bundle.sig"), None);
    told(here, &signing("key.pem"));
    assert_ne!(read("a.bundle.sig"), before.1);

    // Neither the bundle nor its signature takes the place of the key.
    let key = read("key.pem");
    let onto = ["advisories", "export", "./key.pem", "--sign-key", "key.pem"];
    assert!(refused(here, &onto).contains("would be overwritten"));
    std::fs::copy(here.join("key.pem"), here.join("b.sig")).unwrap();
    let onto = ["advisories", "export", "b", "--sign-key", "b.sig"];
    assert!(refused(here, &onto).contains("would be overwritten"));
    assert_eq!((read("key.pem"), read("b.sig")), (key.clone(), key));

    // What cannot be put in place leaves the signature that is there.
    std::fs::create_dir(here.join("folder")).unwrap();
    write(here, "folder.sig", "signature");
    let into = ["advisories", "export", "folder", "--sign-key", "key.pem"];
    assert!(refused(here, &into).contains("not a regular file"));
    assert_eq!(read("folder.sig").as_deref(), Some(&b"signature"[..]));
    std::fs::create_dir(here.join("c.sig")).unwrap();
    assert!(refused(here, &["advisories", "export", "c", "--sign-key", "key.pem"]).contains("c.sig"));
    assert!(!here.join("c").exists());
    let left = std::fs::read_dir(here)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".readiness-"));
    assert_eq!(left.count(), 0, "no temporary file is left");
}

/// An import that is killed leaves the old database or the new one, and the next import works.
#[test]
fn an_import_that_is_killed_leaves_a_whole_database() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    write(here, "old.zip", records(50, "OLD"));
    write(here, "new.zip", records(4_000, "NEW"));
    printed(here, &["advisories", "import", "old.zip", "--advisories", "a.db"]);
    let mut killed = 0;
    for wait in [5, 20, 60, 120, 250, 400] {
        let mut child = command(here, &["advisories", "import", "new.zip", "--advisories", "a.db"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());
        let database = Database::open(&here.join("a.db")).unwrap();
        let found = database.advisories(&Ecosystem::of(Family::Npm), "p1").unwrap();
        let news = found.iter().filter(|advisory| advisory.id.starts_with("NEW")).count();
        assert!(news == 0 || news == found.len(), "never a part of each");
        assert_eq!(
            found.len() as u64,
            database.contents().sources[0].count.div_ceil(97).min(if news == 0 { 1 } else { 42 })
        );
    }
    assert!(killed > 0, "at least the first was killed while it ran");
    printed(here, &["advisories", "import", "new.zip", "--advisories", "a.db"]);
    let mut names: Vec<String> = std::fs::read_dir(here)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["a.db", "a.db.lock", "new.zip", "old.zip"], "what was unfinished is gone");
}

/// Every record of the shared exports is in the database, each family under its own name.
#[test]
fn the_shared_exports_are_imported_whole() {
    let Some(corpora) = corpora("the_shared_exports_are_imported_whole") else { return };
    let folder = tempfile::tempdir().unwrap();
    let osv = corpora.join("vuln/osv");
    let output =
        run(folder.path(), &["advisories", "import", &osv.display().to_string(), "--advisories", "a.db"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("imported 10576 records") && said.contains(" 0 at fault"), "{said}");
    eprintln!("{said}");
    let database = Database::open(&folder.path().join("a.db")).unwrap();
    let withdrawn = |name: &str| {
        let source = database.contents().sources.iter().find(|source| source.name == name).unwrap();
        (source.count, source.withdrawn)
    };
    // Counted with another reader of zip archives; Go, Packagist and PyPI have one or two more that Maven's export
    // brought along.
    for (name, counts) in [
        ("crates.io", (1206, 13)),
        ("Go", (4291 + 2, 17)),
        ("PyPI", (2661 + 2, 10)),
        ("Maven", (370, 0)),
        ("npm", (463, 0)),
        ("Packagist", (1585 + 1, 0)),
    ] {
        assert_eq!(withdrawn(name), counts, "{name}");
    }
    assert!(!database.covers(&Ecosystem::of(Family::NuGet)));

    let mut known: HashMap<(String, String), HashMap<String, bool>> = HashMap::new();
    let mut compared = 0;
    for family in ["crates.io", "Go", "PyPI", "npm"] {
        let bytes = std::fs::read(PathBuf::from(&osv).join(family).join("all.zip")).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        for index in 0..archive.len() {
            let record: Value = serde_json::from_reader(archive.by_index(index).unwrap()).unwrap();
            let id = record["id"].as_str().unwrap();
            for affected in record["affected"].as_array().unwrap() {
                let text = |field: &str| affected["package"][field].as_str().unwrap().to_owned();
                let (ecosystem, name) = (text("ecosystem"), text("name"));
                let found = known.entry((ecosystem.clone(), name.clone())).or_insert_with(|| {
                    let found = database.advisories(&Ecosystem::parse(&ecosystem).unwrap(), &name).unwrap();
                    found.into_iter().map(|advisory| (advisory.id, advisory.withdrawn.is_some())).collect()
                });
                assert_eq!(found.get(id), Some(&record.get("withdrawn").is_some()), "{id}");
                compared += 1;
            }
        }
    }
    eprintln!("{compared} affected packages are found by name");
    assert!(compared > 9_000);
}
