//! Tests of the whole reader.

use super::*;

const POM: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <parent>
    <groupId>org.base</groupId>
    <artifactId>base</artifactId>
    <version>3.1</version>
    <relativePath/>
  </parent>
  <artifactId>app</artifactId>
  <properties>
    <log.version>2.${log.minor}</log.version>
    <log.minor>14.1</log.minor>
    <loop>${loop}</loop>
  </properties>
  <dependencyManagement>
    <dependencies>
      <dependency><groupId>g</groupId><artifactId>used</artifactId><version>1</version><scope>test</scope></dependency>
      <dependency><groupId>g</groupId><artifactId>unused</artifactId><version>2</version></dependency>
      <dependency><groupId>g</groupId><artifactId>bom</artifactId><version>3</version><type>pom</type><scope>import</scope></dependency>
    </dependencies>
  </dependencyManagement>
  <dependencies>
    <dependency>
      <groupId>org.log</groupId>
      <artifactId>core</artifactId>
      <version>${log.version}</version>
    </dependency>
    <dependency><groupId>g</groupId><artifactId>used</artifactId></dependency>
    <dependency><groupId>g</groupId><artifactId>range</artifactId><version>[1.0,2.0)</version></dependency>
    <dependency><groupId>g</groupId><artifactId>hard</artifactId><version>[1.0]</version><optional>true</optional></dependency>
    <dependency><groupId>g</groupId><artifactId>loop</artifactId><version>${loop}</version></dependency>
    <dependency><groupId>g</groupId><artifactId>parents</artifactId></dependency>
    <dependency><groupId>${no}</groupId><artifactId>x</artifactId><version>1</version></dependency>
    <dependency><groupId>g</groupId><artifactId>api</artifactId><version>4</version><scope>provided</scope></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>core</artifactId><version>${project.version}</version></dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin><artifactId>maven-x-plugin</artifactId><version>5</version>
        <dependencies><dependency><groupId>g</groupId><artifactId>of-plugin</artifactId><version>6</version></dependency></dependencies>
      </plugin>
      <plugin><groupId>p</groupId><artifactId>y</artifactId></plugin>
    </plugins>
    <pluginManagement><plugins><plugin><artifactId>maven-x-plugin</artifactId><version>4</version><dependencies>
      <dependency><groupId>g</groupId><artifactId>managed</artifactId><version>7</version></dependency>
    </dependencies></plugin></plugins></pluginManagement>
  </build>
  <profiles>
    <profile>
      <id>extra</id>
      <properties><log.minor>17</log.minor></properties>
      <dependencies>
        <dependency><groupId>org.log</groupId><artifactId>api</artifactId><version>${log.version}</version></dependency>
      </dependencies>
    </profile>
  </profiles>
  <repositories><repository><url>https://u:p@h.example/maven</url></repository></repositories>
</project>
"#;

#[test]
fn what_the_file_pins() {
    let lock = parse(POM.as_bytes()).unwrap();
    let seen: Vec<_> = lock
        .packages
        .iter()
        .map(|one| (one.name.as_str(), one.version.as_deref().unwrap(), one.line, one.direct, one.scope))
        .collect();
    assert_eq!(
        seen,
        [
            ("org.base:base", "3.1", 3, Some(true), Scope::Development),
            ("org.base:app", "3.1", 9, None, Scope::Unknown),
            ("g:unused", "2", 18, None, Scope::Unknown),
            ("g:bom", "3", 19, None, Scope::Development),
            ("org.log:core", "2.14.1", 23, Some(true), Scope::Runtime),
            ("g:used", "1", 28, Some(true), Scope::Development),
            ("g:hard", "1.0", 30, Some(true), Scope::Optional),
            ("g:api", "4", 34, Some(true), Scope::Optional),
            ("org.base:core", "3.1", 35, None, Scope::Runtime),
            ("org.apache.maven.plugins:maven-x-plugin", "5", 39, Some(true), Scope::Development),
            ("g:of-plugin", "6", 40, Some(true), Scope::Development),
            ("g:managed", "7", 45, Some(true), Scope::Development),
            ("org.log:api", "2.17", 53, Some(true), Scope::Optional),
        ]
    );
    let own: Vec<_> =
        lock.packages.iter().filter(|one| one.origin == Origin::Own).map(|one| one.line).collect();
    assert_eq!(own, [9, 35]);
    let left: Vec<_> = lock.left_out.iter().map(|one| (one.line, one.reason, one.name.as_str())).collect();
    assert_eq!(
        left,
        [
            (29, "no exact version", "g:range"),
            // What does not resolve here may be for the parent to say.
            (31, INHERITED, "g:loop"),
            (32, INHERITED, "g:parents"),
            (33, "neither group nor artifact is known", ""),
            (42, INHERITED, "p:y"),
        ]
    );
    assert_eq!(lock.registries, [("https://h.example/maven".to_owned(), 57)]);
    assert!(lock.partial.is_some());
}

#[test]
fn what_is_no_project_is_refused() {
    for text in ["", "<settings/>", "<project>", "<!DOCTYPE project [<!ENTITY a 'b'>]><project/>"] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
    let aggregator = "<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version></project>";
    let lock = parse(aggregator.as_bytes()).unwrap();
    assert_eq!((lock.packages.len(), lock.partial), (1, None));
}

#[test]
fn hostile_files_stay_fast() {
    let one =
        "<dependency><groupId>g</groupId><artifactId>a</artifactId><version>${v}</version></dependency>";
    let long = "${w}".repeat(1_000);
    let start = std::time::Instant::now();
    for text in [
        format!("<project><dependencies>{}</dependencies></project>", one.repeat(50_000)),
        format!(
            "<project><properties><v>{long}</v><w>{long}</w></properties><dependencies>{}</dependencies></project>",
            one.repeat(50_000)
        ),
        format!(
            "<project><properties>{}</properties><profiles>{}</profiles></project>",
            "<v>1</v>".repeat(50_000),
            "<profile/>".repeat(50_000)
        ),
    ] {
        let _ = parse(text.as_bytes());
    }
    assert!(start.elapsed().as_secs() < 20);
}

#[test]
fn many_profiles_resolve_properties_in_time() {
    let chain: String =
        (0..30).map(|at| format!("<p{at}>{}${{p{}}}</p{at}>", "${e}".repeat(900), at + 1)).collect();
    let profile = "<profile><properties><x>1</x></properties><dependencies><dependency><groupId>g</groupId>\
                   <artifactId>a</artifactId><version>${p0}</version></dependency></dependencies></profile>";
    let text = format!(
        "<project><properties>{chain}<e></e><p30>1</p30></properties><profiles>{}</profiles></project>",
        profile.repeat(20_000)
    );
    let start = std::time::Instant::now();
    let lock = parse(text.as_bytes()).unwrap();
    assert_eq!(lock.packages.len() + lock.left_out.len(), 20_000);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}
