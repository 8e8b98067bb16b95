//! What the settings name: files outside the tree, variables.

use super::*;
use crate::rollback::point::Value;

#[test]
fn files_outside_are_captured_by_their_absolute_names() {
    let tree = Tree::with(&[("a", "1")]);
    let base = tree.folder.path().canonicalize().unwrap().join("host");
    let write = |name: &str, text: &str| {
        let path = base.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("etc/app/app.conf", "1");
    write("etc/app/other.txt", "2");
    write("etc/app/keys/k.pem", "3");
    write("etc/single", "4");
    write("srv/whole/a/b", "5");
    std::os::unix::fs::symlink("single", base.join("etc/link")).unwrap();
    std::os::unix::fs::symlink("app", base.join("etc/alias")).unwrap();
    std::os::unix::fs::symlink("../..", base.join("etc/away")).unwrap();
    let owned = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    let settings = Settings {
        config: owned(&[
            "/etc/app/*.conf",
            "/etc/single",
            "/etc/link",
            "/srv/whole/",
            "/etc/missing",
            "/etc/away/tree/a",
        ]),
        security: owned(&["/etc/**/*.pem", "/etc/single", "/etc/alias/app.conf"]),
        ..settings()
    };
    let state = capture_into(&mut Sink::Digest(None), &tree.root, &settings, &[], Some(&base));
    let list: Vec<(String, bool, bool)> = state
        .point
        .entries
        .iter()
        .map(|entry| {
            assert_eq!(entry.class.source, Source::Outside);
            (entry.path.text().into_owned(), entry.class.config, entry.class.security)
        })
        .collect();
    let expected = [
        ("/etc/app/app.conf", true, true),
        ("/etc/app/keys/k.pem", false, true),
        ("/etc/link", true, false),
        ("/etc/single", true, true),
        ("/srv/whole/a", true, false),
        ("/srv/whole/a/b", true, false),
    ];
    assert_eq!(list, expected.map(|(path, config, security)| (path.to_owned(), config, security)));
    assert_eq!(entry(&state, "/etc/link").unwrap().what, What::Link { target: raw("single") });
    let object = ObjectId(Sha256::digest("5").into());
    assert_eq!(entry(&state, "/srv/whole/a/b").unwrap().what, What::File { object, size: 1 });
    assert_eq!(state.point.gaps.len(), 1, "{:?}", state.point.gaps);
    assert_eq!(state.point.gaps[0].path, raw("/etc/away/tree/a"));
    assert!(
        state.point.notes.iter().any(|note| note.contains("not there: /etc/missing")),
        "{:?}",
        state.point.notes
    );
    assert!(parse(&write_point(&state)).is_ok());
    // Absolute names of the tree's own files are the tree's.
    let inside = Settings { config: vec![tree.path("a").to_str().unwrap().to_owned()], ..super::settings() };
    let state = tree.capture_with(&inside);
    assert!(entry(&state, "a").unwrap().class.config);
}

fn write_point(state: &State) -> Vec<u8> {
    write(&state.point)
}

#[test]
fn too_much_outside_is_a_gap() {
    let tree = Tree::with(&[("a", "1")]);
    let base = tree.folder.path().canonicalize().unwrap().join("host");
    fs::create_dir_all(base.join("many")).unwrap();
    (0..10_050).for_each(|number| drop(fs::File::create(base.join(format!("many/{number}"))).unwrap()));
    let settings = Settings { config: vec!["/many/*.conf".to_owned()], ..settings() };
    let state = capture_into(&mut Sink::Digest(None), &tree.root, &settings, &[], Some(&base));
    assert_eq!(state.point.gaps.len(), 1);
    assert!(state.point.gaps[0].reason.contains("10000"), "{:?}", state.point.gaps);
}

#[test]
fn variables_are_digested_with_a_salt_of_their_own() {
    let tree = Tree::with(&[("a", "1")]);
    let settings = Settings {
        environment: vec!["OTHER".to_owned(), "GIVEN".to_owned(), "GIVEN".to_owned()],
        ..settings()
    };
    let state = tree.capture_with(&settings);
    let [given, other] = state.point.environment.as_slice() else { panic!("{:?}", state.point.environment) };
    assert_eq!((other.name.as_str(), &other.value), ("OTHER", &Value::Unset {}));
    let Value::Digest { salt, sha256 } = &given.value else { panic!("{given:?}") };
    let bytes: Vec<u8> =
        (0..salt.len()).step_by(2).map(|at| u8::from_str_radix(&salt[at..at + 2], 16).unwrap()).collect();
    assert_eq!(bytes.len(), 16);
    let expected = Sha256::digest([bytes.as_slice(), b"value"].concat());
    assert_eq!(*sha256, expected.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    assert_ne!(tree.capture_with(&settings).point.environment, state.point.environment);
}
