//! Objects out of repositories and back, judged by git.
#![cfg(unix)]

use super::*;
use crate::rollback::tree::place::trial::{Trial, put};
use crate::rollback::tree::{history, place, staged};

fn roots(place: &Place) -> (Vec<String>, Vec<(String, String)>) {
    let known = history(place).unwrap();
    let mut roots: Vec<String> = known.refs.iter().map(|(_, oid)| oid.clone()).collect();
    let mut refs = known.refs;
    if let Some(commit) = known.head.commit() {
        roots.push(commit.to_owned());
        refs.push(("HEAD".to_owned(), commit.to_owned()));
    }
    roots.extend(staged(place).unwrap().0);
    (roots, refs)
}

/// A bundle of everything, or of what is not behind `have`; none when there is nothing new.
fn bundle(trial: &Trial, place: &Place, name: &str, have: &[String]) -> Option<PathBuf> {
    let (roots, refs) = roots(place);
    let mut bytes = Vec::new();
    let is_new = make_bundle(place, &roots, have, &refs, &mut bytes).unwrap();
    assert_eq!(is_new, !bytes.is_empty());
    let path = trial.path(name);
    put(&path, &bytes);
    is_new.then_some(path)
}

fn scratch(trial: &Trial, name: &str) -> PathBuf {
    let path = trial.path(name);
    std::fs::create_dir(&path).unwrap();
    path
}

#[test]
fn blobs_are_named_and_handed_out_as_git_does() {
    let trial = Trial::with_repository();
    let large = "line\r\n".repeat(50_000);
    let texts = ["one\r\n", "", large.as_str(), "last"];
    trial.write(".gitattributes", "* text=auto\n");
    let mut files = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        // Names with line ends and quotes are names as well.
        trial.write(&format!("\"{at}\n"), text);
        files.push(trial.root.join(format!("\"{at}\n")));
    }
    let place = trial.place();
    let oids = blob_ids(&place, &files).unwrap();
    let expected: Vec<String> = files
        .iter()
        .map(|file| trial.git(&["hash-object", "-w", "--no-filters", "--", file.to_str().unwrap()]))
        .collect();
    assert_eq!(oids, expected);
    let mut found = Vec::new();
    let mut take = |at: usize, reader: &mut dyn Read, size: u64| {
        let mut bytes = Vec::new();
        // The third is not read to its end.
        reader
            .take(if at == 2 { 3 } else { size })
            .read_to_end(&mut bytes)
            .map_err(|error| error.to_string())?;
        found.push((at, bytes, size));
        Ok(())
    };
    blobs(&place, &oids, &mut take).unwrap();
    let sizes: Vec<(usize, u64)> = found.iter().map(|(at, _, size)| (*at, *size)).collect();
    assert_eq!(sizes, [(0, 5), (1, 0), (2, 300_000), (3, 4)]);
    assert_eq!(
        (&found[0].1[..], &found[2].1[..], &found[3].1[..]),
        (&b"one\r\n"[..], &b"lin"[..], &b"last"[..])
    );
    let gone = "1".repeat(40);
    let asked = [oids[0].clone(), gone.clone(), oids[3].clone()];
    assert_eq!(missing(&place, &asked).unwrap(), std::slice::from_ref(&gone));
    assert!(blobs(&place, &asked, &mut |_, _, _| Ok(())).unwrap_err().contains(&gone));
    assert!(blobs(&place, &oids, &mut |_, _, _| Err("full".to_owned())).unwrap_err().ends_with("full"));
    for bad in ["HEAD", "", "--x", &"A".repeat(40)] {
        assert!(missing(&place, &[bad.to_owned()]).is_err(), "{bad}");
    }
    std::os::unix::fs::symlink(&files[0], trial.root.join("link")).unwrap();
    assert!(blob_ids(&place, &[trial.root.join("link")]).is_err(), "links are not followed");
}

#[test]
fn many_names_do_not_fill_the_pipes() {
    let trial = Trial::with_repository();
    trial.write("a", "x");
    trial.git(&["add", "a"]);
    let there = trial.git(&["hash-object", "a"]);
    let names: Vec<String> = (0..60_000)
        .map(|number| if number % 2 == 0 { format!("{number:040x}") } else { there.clone() })
        .collect();
    assert_eq!(missing(&trial.place(), &names).unwrap().len(), 30_000);
}

#[test]
fn a_full_bundle_can_be_verified_and_cloned() {
    let trial = Trial::with_repository();
    trial.commit("a", "one");
    trial.commit("b", "two");
    trial.git(&["tag", "-m", "annotated", "v1"]);
    let place = trial.place();
    let full = bundle(&trial, &place, "full", &[]).unwrap();
    trial.git(&["bundle", "verify", full.to_str().unwrap()]);
    trial.git(&["clone", "-q", full.to_str().unwrap(), trial.path("clone").to_str().unwrap()]);
    assert_eq!(trial.git_at("clone", &["rev-parse", "HEAD"]), trial.git(&["rev-parse", "HEAD"]));
    assert_eq!(trial.git_at("clone", &["rev-parse", "v1"]), trial.git(&["rev-parse", "v1"]));
    trial.git_at("clone", &["fsck", "--strict"]);
    let (wanted, _) = roots(&place);
    check_bundle(std::slice::from_ref(&full), &wanted, &scratch(&trial, "s1")).unwrap();
    // Nothing new: nothing is written.
    assert_eq!(bundle(&trial, &place, "none", &wanted), None);
    // Cut off, or with other bytes in it.
    let bytes = std::fs::read(&full).unwrap();
    for (name, bad) in [
        ("cut", bytes[..bytes.len() - 30].to_vec()),
        ("changed", {
            let mut bytes = bytes.clone();
            let at = bytes.len() - 40;
            bytes[at] ^= 1;
            bytes
        }),
        ("head", bytes[3..].to_vec()),
    ] {
        put(&trial.path(name), &bad);
        let checked = check_bundle(&[trial.path(name)], &[], &scratch(&trial, &format!("s-{name}")));
        assert!(checked.is_err(), "{name}");
    }
    let other = "2".repeat(40);
    let words = check_bundle(&[full], std::slice::from_ref(&other), &scratch(&trial, "s2")).unwrap_err();
    assert!(words.contains(&other), "{words}");
    assert!(make_bundle(&place, &[other], &[], &[], &mut Vec::new()).unwrap_err().contains("no object"));
}

#[test]
fn a_later_bundle_holds_only_what_is_new_and_builds_upon_the_first() {
    let trial = Trial::with_repository();
    trial.write("large", &"x\n".repeat(1000));
    let first = trial.commit("a", "one");
    let place = trial.place();
    let one = bundle(&trial, &place, "one", &[]).unwrap();
    let second = trial.commit("a", "two");
    trial.write("a", "staged");
    trial.git(&["add", "a"]);
    let staged_blob = trial.git(&["hash-object", "a"]);
    let unknown = "3".repeat(40);
    let have = [first.clone(), unknown.clone()];
    let two = bundle(&trial, &place, "two", &have).unwrap();
    let text = String::from_utf8_lossy(&std::fs::read(&two).unwrap()).into_owned();
    assert!(text.contains(&format!("-{first}\n")) && !text.contains(&unknown));
    trial.git(&["bundle", "verify", two.to_str().unwrap()]);
    // A commit, its tree, its file, and what is staged.
    let listed = trial.git_at("tree", &["bundle", "list-heads", two.to_str().unwrap()]);
    assert!(listed.contains(&format!("{second} HEAD")), "{listed}");
    let at = text.find("PACK").unwrap();
    let bytes = std::fs::read(&two).unwrap();
    let at = bytes.windows(4).position(|window| window == b"PACK").unwrap_or(at);
    assert_eq!(bytes[at + 8..at + 12], 4_u32.to_be_bytes());
    let wanted = [second, staged_blob];
    check_bundle(&[one.clone(), two.clone()], &wanted, &scratch(&trial, "s1")).unwrap();
    let words = check_bundle(&[two, one], &wanted, &scratch(&trial, "s2")).unwrap_err();
    assert!(words.contains(&first), "{words}");
}

#[test]
fn what_was_forgotten_comes_back() {
    let trial = Trial::with_repository();
    let first = trial.commit("a", "one");
    let place = trial.place();
    let one = bundle(&trial, &place, "one", &[]).unwrap();
    let second = trial.commit("a", "two");
    trial.write("a", "staged");
    trial.git(&["add", "a"]);
    let index = std::fs::read(place.git_dir.join("index")).unwrap();
    let blob = trial.git(&["hash-object", "a"]);
    let two = bundle(&trial, &place, "two", std::slice::from_ref(&first)).unwrap();
    // The branch is thrown away, and all that led to it.
    trial.git(&["checkout", "-q", "-f", "--orphan", "else"]);
    trial.git(&["commit", "-qm", "else"]);
    trial.git(&["branch", "-D", "main"]);
    trial.write("a", "else");
    trial.git(&["add", "a"]);
    trial.git(&["reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all"]);
    trial.git(&["gc", "-q", "--prune=now"]);
    let wanted = [first, second.clone(), blob];
    assert_eq!(missing(&place, &wanted).unwrap(), wanted);
    // The later one alone is of no use.
    assert!(bring_back(&place, std::slice::from_ref(&two)).unwrap_err().contains(&wanted[0]));
    std::fs::rename(&trial.root, trial.path("moved")).unwrap();
    std::fs::create_dir(&trial.root).unwrap();
    std::fs::rename(trial.path("moved/.git"), trial.root.join(".git")).unwrap();
    bring_back(&place, &[one, two]).unwrap();
    assert!(missing(&place, &wanted).unwrap().is_empty());
    trial.git(&["update-ref", "refs/heads/main", &second]);
    put(&place.git_dir.join("index"), &index);
    trial.git(&["symbolic-ref", "HEAD", "refs/heads/main"]);
    trial.git(&["checkout-index", "-f", "-a"]);
    assert_eq!(std::fs::read(trial.root.join("a")).unwrap(), b"staged");
    trial.git(&["fsck", "--strict"]);
}

#[test]
fn a_repository_that_names_objects_by_sha256() {
    let trial = Trial::new();
    trial.git(&["init", "-q", "--object-format=sha256", "."]);
    let first = trial.commit("a", "one");
    assert_eq!(first.len(), 64);
    let place = trial.place();
    assert_eq!(blob_ids(&place, &[trial.root.join("a")]).unwrap(), [trial.git(&["hash-object", "a"])]);
    let one = bundle(&trial, &place, "one", &[]).unwrap();
    let second = trial.commit("a", "two");
    let two = bundle(&trial, &place, "two", &[first]).unwrap();
    trial.git(&["bundle", "verify", two.to_str().unwrap()]);
    trial.git(&["clone", "-q", one.to_str().unwrap(), trial.path("clone").to_str().unwrap()]);
    check_bundle(&[one, two], &[second], &scratch(&trial, "s")).unwrap();
}

#[test]
fn shallow_and_borrowing_clones() {
    let trial = Trial::with_repository();
    trial.commit("a", "one");
    let second = trial.commit("a", "two");
    let url = format!("file://{}", trial.root.display());
    trial.git(&["clone", "-q", "--depth=1", &url, trial.path("shallow").to_str().unwrap()]);
    let shallow = place(&trial.path("shallow")).unwrap().unwrap();
    let one = bundle(&trial, &shallow, "one", &[]).unwrap();
    check_bundle(std::slice::from_ref(&one), std::slice::from_ref(&second), &scratch(&trial, "s1")).unwrap();
    bring_back(&shallow, &[one]).unwrap();
    trial.git_at("shallow", &["fsck"]);
    let borrower = trial.path("shared");
    trial.git(&["clone", "-q", "--shared", trial.root.to_str().unwrap(), borrower.to_str().unwrap()]);
    let shared = place(&borrower).unwrap().unwrap();
    assert!(missing(&shared, std::slice::from_ref(&second)).unwrap().is_empty());
    let two = bundle(&trial, &shared, "two", &[]).unwrap();
    std::fs::remove_dir_all(&trial.root).unwrap();
    check_bundle(&[two], &[second], &scratch(&trial, "s2")).unwrap();
}

#[test]
fn a_partial_clone_gives_what_it_has() {
    let trial = Trial::with_repository();
    trial.commit("a", "one");
    let second = trial.commit("a", "two");
    trial.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", trial.root.display());
    trial.git(&["clone", "-q", "--filter=blob:none", &url, trial.path("partial").to_str().unwrap()]);
    let partial = place(&trial.path("partial")).unwrap().unwrap();
    assert!(history(&partial).unwrap().gaps[0].contains("partial clone"));
    let old = trial.git(&["rev-parse", "HEAD~:a"]);
    assert_eq!(missing(&partial, std::slice::from_ref(&old)).unwrap(), [old], "nothing is fetched");
    let one = bundle(&trial, &partial, "one", &[]).unwrap();
    check_bundle(&[one], &[second], &scratch(&trial, "s")).unwrap();
}

#[test]
fn what_replaces_objects_is_passed_over() {
    let trial = Trial::with_repository();
    trial.write("other", "replaced");
    trial.commit("a", "one");
    let [a, other] = ["a", "other"].map(|name| trial.git(&["rev-parse", &format!("HEAD:{name}")]));
    trial.git(&["replace", &a, &other]);
    let mut text = String::new();
    let mut take = |_: usize, reader: &mut dyn Read, _: u64| {
        reader.read_to_string(&mut text).map(drop).map_err(|error| error.to_string())
    };
    blobs(&trial.place(), &[a], &mut take).unwrap();
    assert_eq!(text, "one");
}

#[test]
fn a_planned_file_needs_no_object() {
    let trial = Trial::with_repository();
    trial.commit("a", "one");
    trial.write("planned", "x");
    trial.git(&["add", "-N", "planned"]);
    let place = trial.place();
    let (roots, refs) = roots(&place);
    make_bundle(&place, &roots, &[], &refs, &mut Vec::new()).unwrap();
}
