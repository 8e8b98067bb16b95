//! What conversions do to files, as git itself carries them out.
#![cfg(unix)]

use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::rollback::tree::place::trial::{Trial, put};
use crate::rollback::tree::tracked;

fn others(place: &Place) -> Vec<String> {
    let list = converted(place, &tracked(place).unwrap()).unwrap();
    list.iter()
        .map(|(path, how)| {
            assert_eq!(*how, Conversion::Other);
            path.text().into_owned()
        })
        .collect()
}

/// Tracked files that git calls clean and whose bytes are not those of their blob: by comparing them one by one.
fn unlike(trial: &Trial) -> Vec<String> {
    let place = trial.place();
    let dirty = crate::rollback::tree::differing(&place).unwrap();
    let list = tracked(&place).unwrap();
    let oids: Vec<String> = list.iter().map(|entry| entry.oid.clone()).collect();
    let mut found = Vec::new();
    let mut take = |at: usize, reader: &mut dyn std::io::Read, _: u64| {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        let entry = &list[at];
        if !dirty.contains(&entry.path)
            && std::fs::read(trial.root.join(entry.path.to_path())).unwrap() != bytes
        {
            found.push(entry.path.text().into_owned());
        }
        Ok(())
    };
    blobs(&place, &oids, &mut take).unwrap();
    found
}

/// Files that were clean a while ago, so that git does not look into them.
fn settle(trial: &Trial) {
    for entry in tracked(&trial.place()).unwrap() {
        let path = trial.root.join(entry.path.to_path());
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(1_700_000_000)).unwrap();
    }
    trial.git(&["update-index", "-q", "--refresh"]);
}

#[test]
fn without_attributes_nothing_is_asked() {
    let trial = Trial::with_repository();
    trial.write("a", "one\r\n");
    trial.write(".gitattributes", "# text\n*.png binary\n");
    trial.commit("b", "two\n");
    let place = trial.place();
    assert!(!attributes::may_convert(&place, &tracked(&place).unwrap()));
    assert!(others(&place).is_empty());
    // One that git knows nothing of counts as well, and so does one that only the index has.
    trial.write("below/c", "x");
    trial.git(&["add", "below/c"]);
    trial.write("below/.gitattributes", "c ident\n");
    assert_eq!(others(&place), ["below/c"]);
    trial.git(&["add", "below/.gitattributes"]);
    std::fs::remove_file(trial.root.join("below/.gitattributes")).unwrap();
    assert_eq!(others(&place), ["below/c"]);
    trial.git(&["rm", "-q", "--cached", "below/.gitattributes"]);
    assert!(others(&place).is_empty());
    put(&place.common_dir.join("info/attributes"), b"a filter=x\n");
    assert_eq!(others(&place), ["a"]);
    put(&place.common_dir.join("info/attributes"), b"");
    put(&trial.path("attributes"), b"b working-tree-encoding=UTF-16\n");
    trial.git(&["config", "core.attributesFile", trial.path("attributes").to_str().unwrap()]);
    assert_eq!(others(&place), ["b"]);
}

#[test]
fn line_ends_that_were_taken_away_are_seen() {
    let trial = Trial::with_repository();
    trial.write(".gitattributes", "* text=auto\n*.bin -text\n");
    trial.write("crlf", "one\r\ntwo\r\n");
    trial.write("lf", "one\ntwo\n");
    trial.write("x.bin", "one\r\n");
    trial.commit("z", "z\n");
    settle(&trial);
    assert_eq!(trial.git(&["cat-file", "-s", ":crlf"]), "8", "git took two bytes away");
    assert_eq!(unlike(&trial), ["crlf"]);
    assert_eq!(others(&trial.place()), ["crlf"]);
}

#[test]
fn line_ends_that_were_added_are_seen() {
    for setting in [&["core.autocrlf", "true"][..], &["core.eol", "crlf"]] {
        let trial = Trial::with_repository();
        let attributes = if setting[0] == "core.eol" { "a text\nd eol=lf\n" } else { "d -crlf\n" };
        trial.write(".gitattributes", attributes);
        for name in ["a", "b", "d"] {
            trial.write(name, "one\n");
        }
        trial.commit("e", "");
        trial.git(&["config", setting[0], setting[1]]);
        for name in ["a", "b", "d"] {
            std::fs::remove_file(trial.root.join(name)).unwrap();
        }
        trial.git(&["checkout", "-q", "--", "."]);
        assert_eq!(std::fs::read(trial.root.join("a")).unwrap(), b"one\r\n");
        let unlike = unlike(&trial);
        assert!(unlike.contains(&"a".to_owned()) && !unlike.contains(&"d".to_owned()), "{unlike:?}");
        assert_eq!(others(&trial.place()), unlike, "{setting:?}");
    }
}

#[test]
fn line_ends_on_the_way_in_alone_are_seen() {
    let trial = Trial::with_repository();
    trial.git(&["config", "core.autocrlf", "input"]);
    trial.write("crlf", "one\r\n");
    trial.commit("lf", "one\n");
    settle(&trial);
    assert_eq!(unlike(&trial), ["crlf"]);
    assert_eq!(others(&trial.place()), ["crlf"]);
}

#[test]
fn ident_encodings_and_filters_are_seen() {
    let trial = Trial::with_repository();
    trial.write(".gitattributes", "i ident\nu working-tree-encoding=UTF-16LE\nf filter=rot\n");
    put(&trial.root.join("u"), b"o\0n\0e\0\n\0");
    trial.write("i", "$Id: kept$\n");
    trial.write("f", "one\n");
    trial.git(&["config", "filter.rot.clean", "tr a-z b-za"]);
    trial.commit("z", "z\n");
    settle(&trial);
    assert_eq!(unlike(&trial), ["f", "i", "u"]);
    assert_eq!(others(&trial.place()), ["f", "i", "u"]);
}

#[test]
fn pointers_are_read_without_their_program() {
    let trial = Trial::with_repository();
    let contents = b"hello\n";
    // Its digest, by sha256sum.
    let digest = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
    let pointer = |digest: &str, size: u64| {
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size}\n")
    };
    trial.write("there.bin", &pointer(digest, 6));
    trial.write("away.bin", &pointer(&"0".repeat(64), 7));
    trial.write("plain.bin", "no pointer\n");
    trial.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n");
    trial.commit("z", "z\n");
    let place = trial.place();
    let file = place.common_dir.join("lfs/objects/58/91").join(digest);
    put(&file, contents);
    let expected = [
        ("away.bin", Conversion::Lfs { sha256: "0".repeat(64), size: 7, file: None }),
        ("plain.bin", Conversion::Other),
        ("there.bin", Conversion::Lfs { sha256: digest.to_owned(), size: 6, file: Some(file) }),
    ];
    let found = converted(&place, &tracked(&place).unwrap()).unwrap();
    assert_eq!(found, expected.map(|(name, how)| (RawPath::from_bytes(name.as_bytes()), how)));
}
