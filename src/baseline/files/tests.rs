#![allow(clippy::disallowed_methods, reason = "tests write files as others do")]

use super::*;
use crate::formats::hex;
use crate::formats::model::Format;
use crate::report::Severity;

/// `os.system('id')`, protocol 2; and an empty ordered dictionary.
const SYSTEM: &[u8] = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.";
const DICTIONARY: &[u8] = b"\x80\x02ccollections\nOrderedDict\n)R.";
/// `printf '\200\002ccollections\nOrderedDict\n)R.' | sha256sum`
const DIGEST: &str = "5254f1fd6238fc695b473e2e2920c532a5d12adb8690ab20317ae535064d5162";

fn declared(path: &str) -> DataFile {
    DataFile { path: path.to_owned(), sha256: None, format: None, min_bytes: 1, allow_executable: false }
}

fn rules(seen: &DataFileSeen) -> Vec<&str> {
    seen.problems.iter().map(|(rule, _)| rule.as_str()).collect()
}

fn one(file: &DataFile, folder: &Path) -> DataFileSeen {
    let mut seen = look(std::slice::from_ref(file), folder);
    assert_eq!(seen.len(), 1, "{seen:?}");
    seen.remove(0)
}

fn safetensors() -> Vec<u8> {
    let header = br#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#;
    [&(header.len() as u64).to_le_bytes()[..], header, &[0; 4]].concat()
}

#[test]
fn files_are_held_against_their_declaration() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let put = |name: &str, bytes: &[u8]| std::fs::write(at.join(name), bytes).unwrap();
    put("good.safetensors", &safetensors());
    put("cut.safetensors", &safetensors()[..40]);
    put("page.gguf", b"<!DOCTYPE html><html></html>");
    put("pointer.onnx", b"version https://git-lfs.github.com/spec/v1\n");
    put("bad.pkl", SYSTEM);
    put("fine.pkl", DICTIONARY);
    put("model.joblib", b"\x78\x9c\x01\x02");
    put("empty.npy", b"");
    put("anything.xyz", b"whatever");
    let case = |name: &str| one(&declared(name), at);
    let good = case("good.safetensors");
    assert!(good.present && good.problems.is_empty() && good.bytes == 65, "{good:?}");
    assert_eq!((good.format.as_deref(), good.about.as_str()), (Some("safetensors"), "safetensors, 1 tensor"));
    assert_eq!(rules(&case("cut.safetensors")), ["BSL-054"]);
    assert_eq!(case("page.gguf").problems[0], ("BSL-052".to_owned(), "this is HTML, and no gguf".to_owned()));
    assert!(case("pointer.onnx").problems[0].1.contains("Git LFS"));
    assert_eq!(
        case("bad.pkl").problems[0],
        ("BSL-055".to_owned(), "loading it imports os.system".to_owned())
    );
    assert_eq!(rules(&case("fine.pkl")), ["BSL-053"]);
    assert_eq!(rules(&case("model.joblib")), ["BSL-053"]);
    assert_eq!(rules(&case("empty.npy")), ["BSL-050"]);
    assert!(case("anything.xyz").problems.is_empty());
    let absent = case("absent.gguf");
    assert!(!absent.present && rules(&absent) == ["BSL-050"]);
    assert_eq!(rules(&case(".")), ["BSL-050"], "a folder is no file");
    assert_eq!(rules(&one(&DataFile { min_bytes: 66, ..declared("good.safetensors") }, at)), ["BSL-050"]);
    let other = DataFile { format: Some("gguf".to_owned()), ..declared("good.safetensors") };
    assert_eq!(rules(&one(&other, at)), ["BSL-052"]);
    let unknown = DataFile { format: Some("nonsense".to_owned()), ..declared("good.safetensors") };
    assert_eq!(rules(&one(&unknown, at)), ["BSL-052"]);

    let all: Vec<DataFile> = ["bad.pkl", "fine.pkl", "page.gguf"].map(declared).to_vec();
    let report = conclude(&look(&all, at));
    assert_eq!(report.status, Status::Failed);
    let found: Vec<(&str, Severity)> =
        report.findings.iter().map(|finding| (finding.rule.as_str(), finding.severity)).collect();
    assert!(found.contains(&("BSL-055", Severity::Critical)) && found.contains(&("BSL-053", Severity::High)));
    assert_eq!((found.len(), report.coverage.count("files")), (3, 3));
    assert_eq!(conclude(&[good]).status, Status::Passed);
    assert!(matches!(conclude(&[]).status, Status::NotApplicable { .. }));
}

#[test]
fn a_pickle_is_accepted_by_its_digest_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.pkl"), DICTIONARY).unwrap();
    let right: [u8; 32] = hex::decode(DIGEST.as_bytes()).unwrap().try_into().unwrap();
    let allowed = DataFile { allow_executable: true, ..declared("m.pkl") };
    assert_eq!(rules(&one(&allowed, folder.path())), ["BSL-053"], "no digest is declared");
    let accepted = one(&DataFile { sha256: Some(right), ..allowed.clone() }, folder.path());
    assert!(accepted.problems.is_empty() && accepted.sha256.as_deref() == Some(DIGEST), "{accepted:?}");
    assert!(accepted.about.contains("accepted by its digest: loading it imports collections.OrderedDict"));
    let wrong = one(&DataFile { sha256: Some([7; 32]), ..allowed }, folder.path());
    assert_eq!(rules(&wrong), ["BSL-051", "BSL-053"]);
    let declared_only = one(&DataFile { sha256: Some(right), ..declared("m.pkl") }, folder.path());
    assert_eq!(rules(&declared_only), ["BSL-053"]);
}

#[cfg(unix)]
#[test]
fn globs_stay_in_the_folder() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.npy"), b"x").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::create_dir_all(at.join("models/deep")).unwrap();
    std::fs::write(at.join("models/a.safetensors"), safetensors()).unwrap();
    std::fs::write(at.join("models/deep/b.safetensors"), safetensors()).unwrap();
    std::fs::write(at.join("models/[x].safetensors"), safetensors()).unwrap();
    std::os::unix::fs::symlink("a.safetensors", at.join("models/link.safetensors")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.npy"), at.join("models/out.npy")).unwrap();
    std::os::unix::fs::symlink(outside.path(), at.join("models/elsewhere")).unwrap();
    let paths = |glob: &str| -> Vec<String> {
        look(&[declared(glob)], at).into_iter().map(|seen| seen.path).collect()
    };
    assert_eq!(
        paths("models/*.safetensors"),
        ["models/[x].safetensors", "models/a.safetensors", "models/link.safetensors"]
    );
    assert_eq!(paths("models/**/b.*"), ["models/deep/b.safetensors"]);
    assert_eq!(paths("models/[x].safetensors"), ["models/[x].safetensors"], "a name before a glob");
    assert_eq!(
        rules(&one(&declared("models/**/*.npy"), at)),
        ["BSL-050"],
        "what links lead out is not meant"
    );
    // Declared by its name it is.
    assert!(one(&declared("models/out.npy"), at).present);
    for wrong in ["../*.npy", "/etc/*", "no/such/*.x", "models/[.npy*"] {
        let seen = one(&declared(wrong), at);
        assert_eq!((seen.present, rules(&seen)), (false, vec!["BSL-050"]), "{wrong}");
    }
    // A pipe in its place does not hold the reader up.
    assert!(std::process::Command::new("mkfifo").arg(at.join("pipe.gguf")).status().unwrap().success());
    assert_eq!(rules(&one(&declared("pipe.gguf"), at)), ["BSL-050"]);
}

#[test]
fn formats_are_those_that_are_read() {
    assert_eq!(FORMATS, Format::ALL.map(Format::id));
}
