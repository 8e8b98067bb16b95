//! No secret is kept or told, wherever it stands; harmless settings are.
#![allow(clippy::disallowed_methods, reason = "the trees of tests")]

use super::*;
use crate::baseline::secrets::Secrets;
use crate::formats::document::Documents;

const SALT: &str = "000102030405060708090a0b0c0d0e0f";

/// What a rule says repeats the value: the worst that a rule can do.
fn weigh(_: &str, documents: &Documents) -> Weights {
    let (leaves, _) = documents.leaves(10_000);
    let concern = |leaf: &crate::formats::document::Leaf<'_>| {
        let words = format!("It is {}.", leaf.node.text().unwrap_or_default());
        (leaf.path.clone(), "T-1".to_owned(), Severity::Low, words)
    };
    Weights { concerns: leaves.iter().map(concern).collect(), ..Weights::default() }
}

fn take_of(folder: &Path, files: &[(&str, String)]) -> Snapshot {
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let settings = settings::Drift {
        files: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
        ..settings::Drift::default()
    };
    let around = Surroundings { folder, environment: &[], agent: "test", secrets: Secrets::NONE };
    take(&Order {
        root: folder,
        settings: &settings,
        around: &around,
        weigh: &weigh,
        findings: None,
        salt: Some(SALT),
    })
}

/// `@` stands for a secret; each has a number of its own.
const YAML: &str = r#"env:
  - {name: DB_PASSWORD, value: @}
  - {key: API_KEY, val: @7f3a91bc02}
  - {id: stripe_token, content: {live: @}}
  - {value: @, name: dbPw}
  - "PGPASSWORD=@"
command: ["redis-server", "--requirepass", "@", "--port", "6379"]
args: ["--password", "@", "--token=@", "-p@", "-u", "ann:@"]
nested: {password: {prod: @, all: [@, {deep: {er: @}}]}}
passwords: [@, @]
token: {value: @}
secrets: {db: @}
credentials: {admin: @}
links:
  a: https://ann:@@example.org/x
  b: https://@@o1.ingest.example.org/12
  c: https://blob.example.org/c?sv=1&sig=@
  d: https://hooks.slack.com/services/T0/B0/@
  e: jdbc:oracle:thin:u/@@db.example:1521/x
  f: https://example.org/cb?token=@
  g: "redis://:@@cache.example:6379/0"
  h: "jdbc:sqlserver://db.example;user=sa;password=@"
cookie: @
script: "redis-cli -a @ ping"
header: "Authorization: Bearer @"
text: |
  [db]
  password =
    @
anything: @4f9cA81bE7d2c0
"#;
const MANIFEST: &str = r"apiVersion: v1
kind: Secret
data: {username: @, a: {b: @}}
stringData: {config: @}
---
kind: List
items:
  - {kind: Secret, stringData: {x: @}}
";
const JSON: &str = r#"{"pw": "@", "pwd": "@", "cred": "@", "creds": ["@"], "pin": "@", "otp": "@", "seed": "@",
"mnemonic": "@ b c", "hash": "@", "salt": "@", "privateKey": "@", "dsn": "@", "webhook": "@", "connectionString": "Server=db;User Id=sa;Pwd=@",
"basic_auth": "@", "_auth": "@", "signing": {"key": "@a1b2c3d4e5"}, "databases": [{"pass": {"word": "@"}}]}"#;
const TOML: &str = "[a.password]\nvalue = \"@\"\n[auth.tokens]\nalice = \"@\"\n[api_keys]\nsvc = \"@\"\n[[users]]\npw = \"@\"\n";
const ENV: &str = "GITHUB_PAT=@\nREDISCLI_AUTH=@\nSMTP_AUTH=@\nDB_CREDS=@\nSENTRY_DSN=@\nOPTS=\"-Djavax.password=@\"\nDATABASE_URL=postgres://u:@@h/d\n";
const PROPERTIES: &str =
    "secrets.db=@\ncredentials.admin=@\ntoken.value=@\npass.word=@\nspring.datasource.password=@\n";

fn filled(run: &str) -> (Vec<(&'static str, String)>, usize) {
    let mut count = 0;
    let files = [
        ("a.yaml", YAML),
        ("secret.yaml", MANIFEST),
        ("a.json", JSON),
        ("a.toml", TOML),
        (".env", ENV),
        ("a.properties", PROPERTIES),
    ];
    let files = files.map(|(name, text)| {
        // `@@` is a secret and the sign itself.
        let mut parts = text.replace("@@", "@\u{1}");
        while let Some(at) = parts.find('@') {
            parts.replace_range(at..=at, &format!("canary{run}{count}"));
            count += 1;
        }
        (name, parts.replace('\u{1}', "@"))
    });
    (files.to_vec(), count)
}

#[test]
fn no_secret_is_kept_or_told_wherever_it_stands() {
    let folder = tempfile::tempdir().unwrap();
    let (files, count) = filled("Then");
    assert!(count >= 50, "{count}");
    let then = take_of(folder.path(), &files);
    assert!(then.files.len() == 6 && then.files.values().all(|file| file.parsed), "{then:?}");
    let now = take_of(folder.path(), &filled("Now").0);
    let drift = changes(&then, &now);
    assert!(drift.len() >= count - 5, "{} of {count}", drift.len());
    for (name, file) in &then.files {
        for (key, value) in &file.values {
            assert!(!value.text.contains("canary"), "{name}: {key}: {}", value.text);
        }
    }
    let prod = drift.iter().find(|change| change.key == "nested.password.prod").unwrap();
    for text in [&prod.before, &prod.after] {
        assert!(text.as_deref().unwrap().starts_with("hmac:"), "{prod:?}");
    }
    let report = conclude(
        &crate::report::Baseline { drift: drift.clone(), ..crate::report::Baseline::default() },
        Some(&then),
        &now,
    );
    for text in [
        serde_json::to_string(&then).unwrap(),
        serde_json::to_string(&now).unwrap(),
        serde_json::to_string(&drift).unwrap(),
        serde_json::to_string(&report).unwrap(),
    ] {
        let at = text.find("canary").map(|at| &text[at.saturating_sub(80)..(at + 40).min(text.len())]);
        assert_eq!(at, None);
    }
}

#[test]
fn harmless_settings_stay_readable() {
    let folder = tempfile::tempdir().unwrap();
    let yaml = "pool: {size: 10}\nsecurity:\n  jwt: {expiry: 15m, algorithm: RS256, issuer: https://id.example.org}\n  \
        password: {min_length: 12, max_length: 1024, history: 5}\n  cookie: {same_site: lax, secure: true, domain: shop.example}\n\
        token: {expiry: 15m, refresh: 30d}\ntokens: {ttl: 3600}\nauth: {provider: oidc, enabled: true}\n\
        cors: {origins: [https://a.example, 'https://b.example:8443']}\nlog: {level: info, file: /var/log/shop/server1.log}\n\
        feature: {enabled: false}\ndb: {host: db1.internal.example.com, url: 'postgres://db1.example/shop?sslmode=disable'}\n\
        version: 2024.10.11-beta2\nimage: ghcr.io/example/shop-frontend:1.22.3\nzone: Europe/Berlin\nmail: ann@example.org\n\
        command: [serve, --port, '8080']\nname: payment-service\n";
    let env = "PASSWORD_MIN_LENGTH=12\nMAX_TOKENS=15\nTOKEN_URL=https://id.example.org/oauth\nPORT=8080\n";
    let properties = "pool.size=10\nsecurity.jwt.expiry=15m\nlog.level=INFO\ntoken.ttl=3600\n";
    let files =
        [("a.yaml", yaml.to_owned()), (".env", env.to_owned()), ("a.properties", properties.to_owned())];
    let snapshot = take_of(folder.path(), &files);
    let values = snapshot.files.values().flat_map(|file| &file.values);
    let hidden: Vec<&String> =
        values.filter(|(_, value)| value.text.starts_with("hmac:")).map(|(key, _)| key).collect();
    assert_eq!(hidden, Vec::<&String>::new());
    assert_eq!(snapshot.files["a.yaml"].values["security.jwt.expiry"].text, "15m");
    assert_eq!(snapshot.files["a.properties"].values["token.ttl"].text, "3600");
    assert_eq!(snapshot.files[".env"].values["MAX_TOKENS"].text, "15");
}
