use super::*;

const INDEX: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn read(text: &str) -> Lockfile {
    parse(text.as_bytes()).unwrap()
}

/// Name, version, line and what is depended on.
fn short(lockfile: &Lockfile) -> Vec<(&str, &str, u32, Vec<usize>)> {
    let packages = lockfile.packages.iter();
    packages
        .map(|of| (of.name.as_str(), of.version.as_deref().unwrap(), of.line, of.depends_on.clone().unwrap()))
        .collect()
}

#[test]
fn a_current_file_has_lines_graph_and_digests() {
    let digest = "ab".repeat(32);
    let lockfile = read(&format!(
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{INDEX}\"\nchecksum = \"{digest}\"\n\
         dependencies = [\n \"b 2.0.0\",\n]\n\n\
         [[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"{INDEX}\"\n\n\
         [[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"{INDEX}\"\n\n\
         [[package]]\nname = \"own\"\nversion = \"0.1.0\"\ndependencies = [\n \"a\",\n \"b 1.0.0\",\n]\n"
    ));
    assert_eq!(
        short(&lockfile),
        [
            ("a", "1.0.0", 3, vec![2]),
            ("b", "1.0.0", 12, vec![]),
            ("b", "2.0.0", 17, vec![]),
            ("own", "0.1.0", 22, vec![0, 1]),
        ]
    );
    let direct: Vec<_> = lockfile.packages.iter().map(|of| of.direct).collect();
    assert_eq!(direct, [Some(true), Some(true), Some(false), None]);
    assert_eq!(lockfile.packages[0].hashes, [Hash { algorithm: HashFunction::Sha256, hex: digest }]);
    assert_eq!(lockfile.packages[0].origin, Origin::Registry(String::new()));
    assert_eq!(lockfile.packages[3].origin, Origin::Own);
    assert_eq!(lockfile.left_out, []);
}

#[test]
fn the_first_version_keeps_digests_apart() {
    let digest = "0f".repeat(32);
    let lockfile = read(&format!(
        "[root]\nname = \"own\"\nversion = \"0.1.0\"\ndependencies = [\n \"a 1.0.0 ({INDEX})\",\n]\n\n\
         [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{INDEX}\"\n\n\
         [metadata]\n\"checksum a 1.0.0 ({INDEX})\" = \"{digest}\"\n\"checksum b 1.0.0 ({INDEX})\" = \"<none>\"\n"
    ));
    assert_eq!(short(&lockfile), [("own", "0.1.0", 1, vec![1]), ("a", "1.0.0", 8, vec![])]);
    assert_eq!(lockfile.packages[1].hashes[0].hex, digest);
    assert_eq!(lockfile.packages[1].direct, Some(true));
}

#[test]
fn sources_become_origins() {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let usual = Origin::Registry(String::new());
    let cases = [
        (INDEX.to_owned(), usual.clone()),
        (format!("sparse+https://index.{}/", Family::CratesIo.name()), usual),
        (
            "registry+https://example.org/rust-lang/crates.io-index".to_owned(),
            Origin::Registry("https://example.org/rust-lang/crates.io-index".to_owned()),
        ),
        (
            format!("git+https://u:p@example.org/a.git?branch=main#{commit}"),
            Origin::Git { url: "https://example.org/a.git".to_owned(), commit: Some(commit.to_owned()) },
        ),
        ("path+file:///a/b".to_owned(), Origin::Path("/a/b".to_owned())),
    ];
    for (source, expected) in cases {
        let lockfile =
            read(&format!("[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{source}\"\n"));
        assert_eq!(lockfile.packages[0].origin, expected, "{source}");
    }
}

#[test]
fn equal_versions_of_several_sources_are_told_apart() {
    let git = "git+https://example.org/a?rev=0123456";
    let lockfile = read(&format!(
        "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\n\
         [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{INDEX}\"\n\n\
         [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"{git}#0123456789\"\n\n\
         [[package]]\nname = \"b\"\nversion = \"1.0.0\"\ndependencies = [\"a 1.0.0\"]\n\n\
         [[package]]\nname = \"c\"\nversion = \"1.0.0\"\ndependencies = [\"a 1.0.0 ({INDEX})\", \"a 1.0.0 ({git})\"]\n"
    ));
    let edges: Vec<_> = short(&lockfile).into_iter().map(|of| of.3).collect();
    assert_eq!(edges, [vec![], vec![], vec![], vec![0], vec![1, 2]]);
}

#[test]
fn what_is_not_understood_is_told() {
    let lockfile = read(
        "[[package]]\nname = \"a\"\n\n[[package]]\nversion = \"1.0.0\"\n\n\
         [[package]]\nname = \"b\"\nversion = \"1.0.0\"\ndependencies = [\n \"gone\",\n]\n",
    );
    let left: Vec<_> = lockfile.left_out.iter().map(|of| (of.line, of.reason, of.name.as_str())).collect();
    assert_eq!(
        left,
        [
            (1, "no exact version", "a"),
            (4, "neither name nor version", ""),
            (11, "a dependency that the file does not hold", "gone"),
        ]
    );
    assert_eq!(lockfile.packages.len(), 1);
}

#[test]
fn other_files_are_faults() {
    assert!(parse(b"[dependencies]\na = \"1\"\n").is_err());
    assert!(parse(b"version = 3\n").unwrap().packages.is_empty());
    assert!(parse(b"package = 3\n").is_err());
    assert_eq!(parse(b"version = 3\n[[package\n").unwrap_err().line, 2);
}

#[test]
fn many_packages_of_one_name_are_not_quadratic() {
    let mut text = String::new();
    for number in 0..20_000 {
        text.push_str(&format!(
            "[[package]]\nname = \"a\"\nversion = \"1.0.{number}\"\ndependencies = [\"a\", \"a 1.0.7\"]\n"
        ));
    }
    let start = std::time::Instant::now();
    let lockfile = read(&text);
    assert_eq!(lockfile.packages[19_999].depends_on, Some(vec![7]));
    // A dependency that fits many is none.
    assert_eq!(lockfile.left_out.len(), 20_000);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
