//! Project files that are not read: whether a tree that has only one of them is taken for one without dependencies.

use readiness::report::{Report, Status};

use super::support::{audit, write};

/// One tree.
fn judged(files: &[(&str, &str)]) -> Report {
    let tree = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(tree.path(), path, text);
    }
    audit(tree.path(), &["vulnerabilities"])
}

/// Why the check was not evaluated; nothing where it does not apply.
fn reason(report: &Report) -> String {
    match &report.checks[0].status {
        Status::NotEvaluated { reason, .. } => reason.clone(),
        Status::NotApplicable { .. } => String::new(),
        other => panic!("{other:?}"),
    }
}

/// What is left out by name.
fn left_out(report: &Report) -> Vec<&str> {
    report.checks[0].coverage.left_out.iter().flat_map(|left| &left.paths).map(String::as_str).collect()
}

#[test]
fn what_asks_for_packages_and_is_not_read_is_not_evaluated() {
    for (path, asking, silent) in [
        ("conanfile.txt", "[requires]\nzlib/1.2.11\n", "[generators]\nCMakeDeps\n"),
        (
            "conanfile.py",
            "class A(ConanFile):\n    requires = \"zlib/1.2.11\"\n",
            "class A(ConanFile):\n    pass\n",
        ),
        ("vcpkg.json", r#"{"dependencies": ["zlib"]}"#, r#"{"name": "a"}"#),
        ("environment.yml", "dependencies:\n- numpy=1.26\n", "dependencies:\n- python=3.12\n"),
        ("conda/meta.yaml", "requirements:\n  run:\n    - numpy\n", "package:\n  name: a\n"),
        ("pixi.toml", "[dependencies]\nnumpy = \"*\"\n", "[workspace]\nname = \"a\"\n"),
        ("requirements.in", "flask\n", "# none\n"),
        ("Podfile", "pod 'A', '1.0'\n", "platform :ios\n"),
        ("A.podspec", "Pod::Spec.new do |s|\n  s.dependency 'B'\nend\n", "Pod::Spec.new do |s|\nend\n"),
        ("Cartfile", "github \"a/b\"\n", "\n"),
        ("rebar.config", "{deps, [cowboy]}.\n", "{deps, []}.\n"),
        ("gradle/libs.versions.toml", "[libraries]\na = \"b:c:1\"\n", "[versions]\na = \"1\"\n"),
        ("project.clj", "(defproject a \"1\" :dependencies [[b \"1\"]])", "(defproject a \"1\")"),
        ("deps.edn", "{:deps {a/b {:mvn/version \"1\"}}}", "{:paths [\"src\"]}"),
        (
            "ivy.xml",
            "<ivy-module><dependencies><dependency name=\"a\"/></dependencies></ivy-module>",
            "<ivy-module/>",
        ),
        ("a.gemspec", "s.add_dependency 'rack'\n", "s.name = 'a'\n"),
        ("a.cabal", "library\n  build-depends: base, text\n", "library\n  build-depends: base\n"),
        ("DESCRIPTION", "Package: a\nImports: dplyr\n", "Package: a\nImports: stats\n"),
        ("Project.toml", "[deps]\nJSON = \"682c06a0\"\n", "[deps]\nTest = \"8dfed614\"\n"),
        ("a.opam", "depends: [\"lwt\"]\n", "depends: [\"ocaml\"]\n"),
        ("shard.yml", "dependencies:\n  a:\n    github: a/a\n", "name: a\n"),
        ("dub.json", r#"{"dependencies": {"a": "1"}}"#, r#"{"name": "a"}"#),
        ("deno.json", r#"{"imports": {"a": "jsr:@a/a@1"}}"#, r#"{"tasks": {}}"#),
        ("cpanfile", "requires 'Moo';\n", "requires 'perl';\n"),
        ("a.rockspec", "dependencies = { \"lpeg\" }\n", "dependencies = { \"lua\" }\n"),
        (
            "elm.json",
            r#"{"dependencies": {"direct": {"elm/core": "1"}}}"#,
            r#"{"dependencies": {"direct": {}}}"#,
        ),
        ("CMakeLists.txt", "FetchContent_Declare(a URL https://a.example/a.zip)\n", "project(a)\n"),
        (
            "android/build.gradle",
            "buildscript { dependencies { classpath 'com.android.tools.build:gradle:8.0.0' } }",
            "task run(type: JavaExec) { classpath sourceSets.main.runtimeClasspath }",
        ),
        (
            "A.xcodeproj/project.pbxproj",
            "/* Begin */\n 1 = { isa = XCRemoteSwiftPackageReference; };\n",
            "1 = { isa = PBXProject; };\n",
        ),
        ("a.vcxproj", "<Project><PackageReference Include=\"a\" Version=\"1\"/></Project>", "<Project/>"),
        ("stack.yaml", "resolver: lts-22\nextra-deps:\n- aeson-1.0\n", "resolver: lts-22\nextra-deps: []\n"),
        ("cabal.project", "source-repository-package\n  type: git\n", "packages: .\n"),
        ("construct.yaml", "name: a\nspecs:\n  - numpy\n", "name: a\nspecs:\n  - python\n"),
        ("libman.json", r#"{"libraries": [{"library": "jquery@3.7.1"}]}"#, r#"{"libraries": []}"#),
    ] {
        let report = judged(&[(path, asking)]);
        assert_eq!(report.verdict.exit_code, 3, "{path}");
        assert!(
            reason(&report).contains(&format!("{path} is not understood")),
            "{path}: {}",
            reason(&report)
        );
        assert_eq!(left_out(&report), [path]);

        let report = judged(&[(path, silent)]);
        assert_eq!((reason(&report).as_str(), left_out(&report)), ("", vec![]), "{path}");
        // Those of tests and examples are named, and are no gap.
        let below = format!("tests/{path}");
        let report = judged(&[(&below, asking)]);
        assert!(!reason(&report).contains(path), "{}", reason(&report));
        assert_eq!(left_out(&report), [below]);
    }
}

#[test]
fn a_lock_file_speaks_for_what_is_not_read() {
    let locked = "A:b:1=runtimeClasspath\nempty=\n";
    for files in [
        &[("requirements.in", "a\n"), ("requirements.txt", "a==1.0\n    # via -r requirements.in\n")][..],
        &[("a.gemspec", "s.add_dependency 'rack'\n"), ("Gemfile.lock", "GEM\n  specs:\n    rack (3.0.0)\n")],
        &[("gradle/libs.versions.toml", "[libraries]\na = \"b:c:1\"\n"), ("app/gradle.lockfile", locked)],
        &[("app/own.gradle", "dependencies { api 'a:b:1' }\n"), ("gradle.lockfile", locked)],
    ] {
        assert!(!reason(&judged(files)).contains("not understood"), "{files:?}: {}", reason(&judged(files)));
    }
    // One that is not read either is named in its place.
    let report = judged(&[("ios/Podfile", "pod 'A'\n"), ("ios/Podfile.lock", "PODS:\n")]);
    assert!(reason(&report).contains("ios/Podfile.lock is not understood"), "{}", reason(&report));
    assert_eq!(left_out(&report), ["ios/Podfile.lock"]);
    // A lock file of a folder beside it is for something else.
    let apart = [("b/app.gradle", "dependencies { api 'a:b:1' }\n"), ("a/gradle.lockfile", locked)];
    assert!(reason(&judged(&apart)).contains("b/app.gradle"));
}

#[test]
fn a_lock_file_with_nothing_in_it_speaks_for_nothing() {
    let npm = r#"{"name": "a", "dependencies": {"lodash": "4.17.11"}}"#;
    let own = r#"{"lockfileVersion": 3, "packages": {"": {"name": "a"}}}"#;
    for (project, text, lock, nothing) in [
        ("package.json", npm, "package-lock.json", r#"{"lockfileVersion": 3}"#),
        ("package.json", npm, "package-lock.json", own),
        ("package.json", npm, "yarn.lock", "# yarn lockfile v1\n"),
        ("package.json", npm, "pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
        ("Cargo.toml", "[package]\nname = \"a\"\n[dependencies]\nserde = \"1\"\n", "Cargo.lock", ""),
        ("pyproject.toml", "[project]\ndependencies = [\"flask\"]\n", "poetry.lock", "[metadata]\n"),
    ] {
        let report = judged(&[(project, text), (lock, nothing)]);
        let expected = format!("no lock file pins what {project} asks for");
        assert!(reason(&report).contains(&expected), "{lock}: {}", reason(&report));
        assert_eq!(left_out(&report), [project]);
    }
    for (project, text, lock, nothing) in [
        ("requirements.in", "flask\n", "requirements.txt", ""),
        (
            "build.gradle",
            "dependencies { api 'a:b:1' }\n",
            "gradle.lockfile",
            "# This is a Gradle generated file.\n",
        ),
    ] {
        let report = judged(&[(project, text), (lock, nothing)]);
        let expected = format!("{project} is not understood");
        assert!(reason(&report).contains(&expected), "{lock}: {}", reason(&report));
    }
    // A project that asks for nothing is well locked by it.
    let report = judged(&[("package.json", r#"{"name": "a"}"#), ("package-lock.json", own)]);
    assert_eq!((reason(&report).as_str(), left_out(&report)), ("", vec![]));
}

#[test]
fn what_a_project_file_does_not_spell_out_is_not_taken_for_nothing() {
    let moved = "[project]\nname = \"a\"\ndynamic = [\"dependencies\"]\n\
                 [tool.setuptools.dynamic]\ndependencies = { file = [\"deps.txt\"] }\n";
    for (path, text) in [("Gemfile", "%w[rails pg].each { |one| gem one }\n"), ("pyproject.toml", moved)] {
        let report = judged(&[(path, text), ("deps.txt", "flask\n")]);
        let expected = format!("no lock file pins what {path} asks for");
        assert!(reason(&report).contains(&expected), "{path}: {}", reason(&report));
    }
}

#[test]
fn what_a_workspace_excludes_is_not_locked_by_it() {
    let lock = r#"{"lockfileVersion": 3, "packages": {"": {}, "node_modules/b": {"version": "1.0.0"}}}"#;
    for (workspaces, expected) in [
        (r#"{"workspaces": ["packages/*", "!packages/old"]}"#, vec!["packages/old/package.json"]),
        (r#"{"workspaces": ["packages/*"]}"#, vec![]),
    ] {
        let report = judged(&[
            ("package.json", workspaces),
            ("package-lock.json", lock),
            ("packages/old/package.json", r#"{"name": "old", "dependencies": {"c": "1"}}"#),
        ]);
        assert_eq!(left_out(&report), expected, "{workspaces}");
    }
}

#[test]
fn a_lock_file_that_is_not_read_is_named_in_place_of_its_project() {
    for (project, text, lock) in [
        ("package.json", r#"{"dependencies": {"a": "1"}}"#, "bun.lockb"),
        ("pyproject.toml", "[project]\ndependencies = [\"a\"]\n", "pixi.lock"),
    ] {
        assert_eq!(left_out(&judged(&[(project, text), (lock, "x")])), [lock]);
    }
}

#[test]
fn what_only_builds_or_runs_it_is_named_and_is_no_gap() {
    for (path, text) in [
        ("Chart.yaml", "dependencies:\n- name: redis\n"),
        ("flake.lock", r#"{"nodes": {"nixpkgs": {}, "root": {}}}"#),
        (".terraform.lock.hcl", "provider \"a\" {\n}\n"),
        ("MODULE.bazel", "bazel_dep(name = \"a\", version = \"1\")\n"),
    ] {
        let report = judged(&[(path, text)]);
        assert_eq!((reason(&report).as_str(), left_out(&report)), ("", vec![path]));
    }
}

#[test]
fn the_old_list_of_nuget_is_read() {
    let list = "<packages>\n  <package id=\"Left\" version=\"1.0.0\" />\n</packages>\n";
    let report = judged(&[("packages.config", list), ("a.csproj", "<Project/>")]);
    assert!(!reason(&report).contains("packages.config"), "{}", reason(&report));
    let listed = &report.inventory[0];
    assert_eq!((listed.path.as_str(), listed.packages.len()), ("packages.config", 1));
}

#[cfg(unix)]
#[test]
fn a_link_to_a_project_file_is_as_good_as_the_file() {
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "a/CMakeLists.txt", "project(a)\n");
    std::os::unix::fs::symlink("a/CMakeLists.txt", tree.path().join("CMakeLists.txt")).unwrap();
    assert_eq!(reason(&audit(tree.path(), &["vulnerabilities"])), "");
    std::os::unix::fs::symlink("../outside.txt", tree.path().join("a/conanfile.txt")).unwrap();
    assert!(reason(&audit(tree.path(), &["vulnerabilities"])).contains("a link, which is not followed"));
}
