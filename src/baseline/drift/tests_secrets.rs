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
        command: [serve, --port, '8080']\nname: payment-service\nauth: {realm: shop, issuer: id.example, users_file: users.txt}\n\
        users: [ann, bob]\nrun: {user: '1000:1000', args: '-u 1000:1000 --user ann'}\nhttp: {bypass: internal, compass: north}\n\
        job: 'PORT=8080 LOG_LEVEL=debug server --all'\nnote: 'See https://docs.example.org/setup for $5 more'\noutputs: {host: {value: db1, sensitive: false}}\n";
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

/// Where secrets stand in the files of other programs, each under a key that does not say so or in the middle of a text.
const FOREIGN: &[(&str, &str)] = &[
    (
        "a.yaml",
        r##"users: {alice: @, bob: @}
auth: {alice: @}
basicAuth: {users: ["carol:@"]}
basic_auth_users: {prometheus: @}
htpasswd:
- alice:$apr1$@$xyz
- "bob:{SHA}@="
- "eve:$2y$05$@"
traefik.http.middlewares.x.basicauth.users: "ann:$$apr1$$@$$x"
urls: ["DATABASE_URL=postgres://u:@@h/d", "postgres://u:@@h/d"]
tls: {cert: "-----BEGIN PRIVATE KEY-----\\n@\\n-----END PRIVATE KEY-----\\n"}
pem: "-----BEGIN RSA PRIVATE KEY-----\n@\n-----END RSA PRIVATE KEY-----\n"
link: https://example.org/verify/eyJhbGciOiJIUzI1NiJ9.@.c2lnbmF0dXJl
remote: "# ghp_@ABCDEFabcdef0123456789ABCDEFabcdef is mine"
chpasswd: {list: "root:@\nann:@\n"}
chpasswd2: {expire: false, users: [{name: root, password: @}]}
wifi: {ssid: home, psk: @}
wpa_psk: @
access-points: {home: {password: @}}
snmp: {community: @, communities: [@]}
rocommunity: @
jdbc: {link: "jdbc:mysql://h/d?user=u&password=@", other: "jdbc:postgresql://h/d?password=@&ssl=true"}
slack: https://hooks.slack.com/services/T00/B00/@
discord: https://discord.com/api/webhooks/1/@
teams: https://example.webhook.office.com/webhookb2/@
cron: "0 * * * * mysqldump -u root -p@ shop"
job: "curl -u ann:@ https://example.org"
job2: "sshpass -p @ ssh host"
job3: "curl -H 'X-Api-Key: @' https://example.org"
job4: "PGPASSWORD=@ psql -h db"
run: ["sh", "-c", "export DB_PASS=@; ./run"]
user-data: "#cloud-config\npassword: @\n"
kubeconfig:
  users:
  - name: me
    user: {client-key-data: @, token: @, client-certificate-data: plain}
rsa: {passin: "pass:@"}
netrc: "machine h login ann password @"
smtp: {user: ann, userpass: @}
ldap: {bindpw: @, bind_pw: @, rootpw: @}
redis: {masterauth: @, requirepass: @}
rabbit: {default_pass: @, erlang_cookie: @}
django: {SECRET_KEY: @}
rails: {secret_key_base: @}
laravel: {APP_KEY: "base64:@"}
vault: {unseal_keys: [@], unseal_key: @, root_token: @, role_id: x}
sops: {age: "AGE-SECRET-KEY-1@"}
wireguard: {PrivateKey: @, PresharedKey: @, preshared_key: @}
ipsec: {psk: @, shared: "%any : PSK '@'"}
twilio: {authToken: @, auth_token: @}
pgpass: "h:5432:d:u:@"
"##,
    ),
    (
        "aws.ini",
        "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = @\n[alice]\nrootpw = @\n",
    ),
    (
        ".npmrc",
        "//registry.example.org/:_authToken=@\n//r.example.org/:_password=@\n//r.example.org/:_auth=@\n",
    ),
    (
        "pip.conf",
        "[global]\nindex-url = https://u:@@pypi.example.org/simple\nextra-index-url =\n  https://pypi.example.org/simple\n  https://v:@@b.example.org/simple\n",
    ),
    (
        "terraform.json",
        r#"{"resources": [{"instances": [{"attributes": {"username": "u", "master_password": "@", "secret_string": "@"}}]}],
"outputs": {"db_password": {"value": "@", "type": "string", "sensitive": true}, "conn": {"value": "@", "sensitive": true}}}"#,
    ),
    ("php.env", "DB_PASS=@\nAPP_KEY=base64:@\nWP_NONCE_SALT=@\nWIFI_PSK=@\n"),
];

#[test]
fn secrets_in_files_of_other_programs_are_hidden() {
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    let files: Vec<(&str, String)> = FOREIGN
        .iter()
        .map(|(name, text)| {
            let mut text = text.replace("@@", "@\u{1}");
            while let Some(at) = text.find('@') {
                text.replace_range(at..=at, &format!("canary{count}"));
                count += 1;
            }
            (*name, text.replace('\u{1}', "@"))
        })
        .collect();
    let snapshot = take_of(folder.path(), &files);
    let mut readable = Vec::new();
    for (name, file) in &snapshot.files {
        assert!(file.parsed, "{name}");
        let shown = file.values.iter().filter(|(key, value)| {
            value.text.contains("canary")
                || key.contains("canary")
                || value.concerns().any(|(_, _, words)| words.contains("canary"))
        });
        readable.extend(shown.map(|(key, value)| format!("{name}: {key}: {}", value.text)));
    }
    assert_eq!(readable, Vec::<String>::new());
    assert_eq!(snapshot.files["a.yaml"].values["wifi.ssid"].text, "home");
    assert_eq!(snapshot.files["a.yaml"].values["smtp.user"].text, "ann");
}
