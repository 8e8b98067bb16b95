use super::*;

#[test]
fn known_ranges_never_survive() {
    let line = b"url = https://example.org/?k=abc";
    assert_eq!(
        Evidence::of_line(line, std::slice::from_ref(&(29..32)), Syntax::Code).as_str(),
        "url = https://example.org/?k=[redacted]"
    );
    assert_eq!(
        Evidence::of_line(b"f('abcd', x) == abcd", std::slice::from_ref(&(2..8)), Syntax::Code).as_str(),
        "f([redacted], x) == [redacted]"
    );
    // Overlapping and out-of-range positions are not a way around it.
    assert_eq!(Evidence::of_line(b"abcdef", &[1..3, 2..99], Syntax::Code).as_str(), "a[redacted]");
}

#[test]
fn what_looks_like_a_secret_is_masked_without_being_told() {
    for (text, secret) in [
        ("password: hunter2", "hunter2"),
        ("export DB_PASSWORD='s3cr3t pass'", "s3cr3t"),
        ("\"api_key\": \"abc123\",", "abc123"),
        ("Authorization: Bearer abcdefgh", "abcdefgh"),
        // readiness:ignore SEC-070 a case of a test
        ("postgres://app:hunter2@db/app", "hunter2"),
        ("x = ghp_1234567890abcdefghijABCDEFGHIJ123456", "ghp_"),
        ("digest d41d8cd98f00b204e9800998ecf8427e", "d41d8"),
        ("mysql --password hunter2", "hunter2"),
        ("Authorization: Token abcdefgh", "abcdefgh"),
        ("SECRET_KEY_123=ABCDEF_GHIJKL_1234", "GHIJKL"),
        ("x Q7X2_9KD0_PLM3_88AB_ZZT1 y", "9KD0"),
        // readiness:ignore SEC-064 a case of a test
        ("machine x login y password hunter2", "hunter2"),
    ] {
        assert!(!mask_secrets(text).contains(secret), "{text} -> {}", mask_secrets(text));
    }
}

#[test]
fn ordinary_lines_stay_readable() {
    for text in [
        "USER root",
        "FROM registry.example.org:5000/team/image:1.2.3",
        "curl -fsSL https://get.example.net/install.sh | sudo sh",
        "RUN apt-get update && apt-get install -y build-essential",
        "debug: true",
        "password = os.environ[\"X\"]",
        "A key or token stands in a configuration file",
        "Tokens never expire",
        "TokenLifetimeMinutes: 1440",
        // readiness:ignore COD-102 a case of a test
        "app ALL=(ALL) NOPASSWD: ALL",
        "FROM python@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "The secret name is required",
        "DD_CREDENTIAL_AES_256_KEY is not set",
        "ADD https://github.com/example/engine.git#$ENGINE_OTHER_VERSION_17 .",
    ] {
        assert_eq!(mask_secrets(text), text);
    }
}

#[test]
fn long_lines_are_cut_on_a_character() {
    let line = "é".repeat(500);
    assert_eq!(
        Evidence::of_line(line.as_bytes(), &[], Syntax::Unknown).as_str().chars().count(),
        LONGEST + 1
    );
}

/// Values with everything that ends a value somewhere: blanks, marks, operators, brackets. `Q` and `q` stand for
/// quotation marks, which each syntax writes in its own way.
const VALUES: &[&str] = &[
    "Tr0ub4dor &3 hunterQ9",
    "Tr0ub4 hunterQ9",
    "correct horse battery Zk39",
    "ab12;kdi3 x9tail77",
    "abQcd99 efghQ ijkl88",
    "it'quoted' zz9Kq2 pLm7",
    "p@ss w0rd9Kq/2Zp4",
    "50% of, 9Kq2;Zp4m",
    "back\\slash 9Kq2 Zp4m",
    "(par 9Kq2) [Zp4m] {xY7k}",
    "a=b9Kq2 Zp4m=xY7k",
    "#hash 9Kq2Zp #tail88",
    "pipe|9Kq2 <Zp4m> &xY7k",
    "$dollar 9Kq2 $Zp4mXy",
    "caf\u{e9} 9Kq2 \u{fc}berZp4m",
    "!bang 9Kq2 *starZp4m",
];

/// How a syntax writes a value.
#[derive(Clone, Copy)]
enum Way {
    /// In double marks, where a backslash escapes.
    Escaped,
    /// In double marks inside a string in double marks.
    EscapedTwice,
    /// In single marks, where a backslash escapes.
    EscapedSingle,
    /// In marks that are doubled inside.
    Doubled(char),
    /// As a word of a shell in single marks.
    ShellSingle,
    /// As a word of a shell, with backslashes.
    ShellBare,
    /// As it is.
    Bare,
    /// With the entities of XML.
    Entities,
    /// Inside marks that the value may not hold.
    Between(&'static str),
}

impl Way {
    fn write(self, value: &str) -> Option<String> {
        let value = value.replace('Q', "\"").replace("hunter\"9", "hunterQ9");
        Some(match self {
            Self::Escaped => value.replace('\\', "\\\\").replace('"', "\\\""),
            Self::EscapedTwice => Self::Escaped.write(&value)?.replace('\\', "\\\\").replace('"', "\\\""),
            Self::EscapedSingle => value.replace('\\', "\\\\").replace('\'', "\\'"),
            Self::Doubled(mark) => value.replace(mark, &format!("{mark}{mark}")),
            Self::ShellSingle => value.replace('\'', "'\\''"),
            Self::ShellBare => value
                .chars()
                .map(|c| if c.is_alphanumeric() { c.to_string() } else { format!("\\{c}") })
                .collect(),
            Self::Bare => value,
            Self::Entities => value
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
                .replace('"', "&quot;")
                .replace('\'', "&apos;"),
            Self::Between(mark) => return (!value.contains(mark)).then_some(value),
        })
    }
}

/// Runs of letters and digits of a value, four or more: none may be seen.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    value.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().count() >= 4)
}

#[test]
fn nothing_of_a_value_is_left_in_any_syntax() {
    use Syntax::{Code, Configuration, Container, Message, Shell, Unknown, Yaml};
    use Way::{
        Bare, Between, Doubled, Entities, Escaped, EscapedSingle, EscapedTwice, ShellBare, ShellSingle,
    };
    let quoted: &[Syntax] = &[Message, Unknown, Configuration, Yaml, Shell, Container, Code];
    let files: &[Syntax] = &[Unknown, Configuration, Yaml, Shell, Container, Code];
    let cases: &[(&str, Way, &[Syntax])] = &[
        ("password = \"VALUE\"", Escaped, quoted),
        ("password: \"VALUE\"", Escaped, quoted),
        ("\"password\": \"VALUE\",", Escaped, quoted),
        ("{\"user\": \"bob\", \"db_password\" : \"VALUE\"}", Escaped, quoted),
        ("password: 'VALUE'", Doubled('\''), quoted),
        ("'api_key' => 'VALUE',", EscapedSingle, quoted),
        ("$cfg['password'] = 'VALUE';", EscapedSingle, quoted),
        ("define('DB_PASSWORD', 'VALUE');", EscapedSingle, quoted),
        ("config.put(\"client_secret\", \"VALUE\");", Escaped, quoted),
        ("export PASSWORD=\"VALUE\"", Escaped, quoted),
        ("export PASSWORD='VALUE'", ShellSingle, quoted),
        ("PGPASSWORD=VALUE psql -h db", ShellBare, &[Shell, Container]),
        ("export SECRET_KEY=VALUE", ShellBare, &[Shell, Container, Configuration, Unknown]),
        ("password: VALUE", Bare, &[Configuration]),
        ("  - DB_PASSWORD=VALUE", Bare, &[Configuration]),
        ("spring.datasource.password=VALUE", Bare, &[Configuration]),
        ("const token = `VALUE`;", Between("`"), quoted),
        ("let password = r#\"VALUE\"#;", Between("\"#"), quoted),
        ("password = \"\"\"VALUE\"\"\"", Between("\"\"\""), files),
        ("string password = @\"VALUE\";", Doubled('"'), &[Unknown, Code]),
        ("String password = new String(\"VALUE\");", Escaped, &[Unknown, Code]),
        ("let password: Option<&str> = Some(\"VALUE\");", Escaped, &[Unknown, Code]),
        ("password: str = \"VALUE\"", Escaped, &[Unknown, Code]),
        ("passwords = [\"x\", \"VALUE\"]", Escaped, &[Unknown, Code, Yaml, Configuration]),
        ("payload = \"{\\\"password\\\": \\\"VALUE\\\"}\"", EscapedTwice, files),
        ("machine x login bob password \"VALUE\"", Escaped, files),
        ("_password=\"VALUE\"", Escaped, quoted),
        ("curl -u \"admin:VALUE\" https://x.example.com", Escaped, quoted),
        ("curl --user 'admin:VALUE' https://x.example.com", ShellSingle, files),
        ("mysql -u root -p'VALUE' db", ShellSingle, files),
        ("sshpass -p 'VALUE' ssh x", ShellSingle, files),
        ("tool --password 'VALUE' --verbose", ShellSingle, files),
        ("tool --password=VALUE --verbose", ShellBare, &[Shell, Container]),
        ("curl -H \"Authorization: Bearer VALUE\" https://x", Escaped, files),
        ("<password>VALUE</password>", Entities, quoted),
        ("<db:password type-x>VALUE</db:password>", Entities, quoted),
        ("<add key=\"Password\" value=\"VALUE\" />", Entities, quoted),
        ("<add value=\"VALUE\" key=\"Password\" />", Entities, quoted),
        ("<user name=\"bob\" password=\"VALUE\"/>", Entities, quoted),
        ("<entry key=\"password\">VALUE</entry>", Entities, quoted),
        ("<property name=\"password\"><value>VALUE</value></property>", Entities, quoted),
        ("<key>password</key><string>VALUE</string>", Entities, quoted),
        ("{\"name\": \"DB_PASSWORD\", \"value\": \"VALUE\"}", Escaped, quoted),
        ("{\"value\": \"VALUE\", \"name\": \"DB_PASSWORD\"}", Escaped, quoted),
        ("ALTER USER bob IDENTIFIED BY 'VALUE';", Doubled('\''), files),
        ("CREATE ROLE bob PASSWORD 'VALUE';", Doubled('\''), files),
        ("password = \"abc\" + \"VALUE\"", Escaped, quoted),
        ("password = \"abc\" . $x . \"VALUE\";", Escaped, quoted),
        ("password = [[VALUE]]", Between("]"), &[Code, Unknown]),
        ("password = %q(VALUE)", Between(")"), &[Code, Unknown]),
        ("ENV DB_PASSWORD VALUE", Bare, &[Container]),
        ("{password, \"VALUE\"}.", Escaped, files),
        ("setenv(\"PASSWORD\", \"VALUE\", 1);", Escaped, quoted),
    ];
    let mut leaks = Vec::new();
    for (line, way, syntaxes) in cases {
        for value in VALUES {
            let Some(written) = way.write(value) else { continue };
            let text = line.replace("VALUE", &written);
            for syntax in *syntaxes {
                let shown = Evidence::of_line(text.as_bytes(), &[], *syntax);
                let said = mask_line(&text, *syntax);
                if let Some(part) =
                    parts(value).find(|part| shown.as_str().contains(part) || said.contains(part))
                {
                    leaks.push(format!("{syntax:?}: {part}: {text}\n    {}", shown.as_str()));
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}

#[test]
fn values_over_several_lines_are_masked_on_each() {
    for (syntax, text) in [
        (Syntax::Code, "password = \"\"\"Tr0ub4dor9Kq\nsecond0Line8Zp\"\"\"\nx = 1\n"),
        (Syntax::Code, "const key = { apiKey: `Tr0ub4dor9Kq\nsecond0Line8Zp` };\n"),
        (Syntax::Code, "password = (\"Tr0ub4dor9Kq\"\n  \"second0Line8Zp\")\n"),
        (Syntax::Code, "$password = <<<EOT\nTr0ub4dor9Kq\nsecond0Line8Zp\nEOT;\n"),
        (Syntax::Shell, "PASSWORD=$(cat <<'EOF'\nTr0ub4dor9Kq\nsecond0Line8Zp\nEOF\n)\n"),
        (Syntax::Shell, "PASSWORD=\"Tr0ub4dor9Kq\nsecond0Line8Zp\"\nls\n"),
        (Syntax::Yaml, "a:\n  smtp_password: >-\n    Tr0ub4dor9Kq and\n    second0Line8Zp\nb: x\n"),
        (Syntax::Yaml, "a:\n  smtp_password: Tr0ub4dor9Kq and\n    second0Line8Zp\nb: x\n"),
        (Syntax::Yaml, "- name: DB_PASSWORD\n  value: Tr0ub4dor9Kq second0Line8Zp\n- name: b\n"),
        (Syntax::Configuration, "db.password=Tr0ub4dor9Kq \\\n  second0Line8Zp\nb=x\n"),
        (Syntax::Unknown, "<password>\n  Tr0ub4dor9Kq\n  second0Line8Zp\n</password>\n"),
    ] {
        let mut at = 0;
        for line in text.split('\n') {
            let shown = Evidence::of_place(text.as_bytes(), at..at + line.len(), &[], syntax);
            for part in ["Tr0ub4dor9Kq", "Tr0u", "second0Line8Zp", "8Zp"] {
                assert!(!shown.as_str().contains(part), "{text}\n-> {}", shown.as_str());
            }
            at += line.len() + 1;
        }
    }
}

#[test]
fn passwords_of_addresses_may_hold_anything() {
    for value in ["hunter2 9Kq2Zp", "hunt/9Kq2", "hunt\"er'9Kq2", "p%20ss9Kq2 x@y9Zp4"] {
        let text = format!("url: postgres://bob:{value}@db.example.com/app");
        let shown = mask_line(&text, Syntax::Unknown);
        assert_eq!(shown, "url: postgres://bob:[redacted]@db.example.com/app");
    }
    for text in ["see http://host.example:8080/a and mail a@b.example", "http://[::1]:80/ x@y", "a://b: c"] {
        assert_eq!(mask_secrets(text), text);
    }
}

#[test]
fn a_known_beginning_stands_for_the_whole_value() {
    for (syntax, text, known, shown) in [
        (Syntax::Code, "f(\"Tr0ub4 hunterQ9\", x)", "Tr0ub4", "f(\"[redacted]\", x)"),
        (Syntax::Configuration, "login bob x \"Tr0ub4 hunterQ9\"", "\"Tr0ub4", "login bob x [redacted]\""),
        (Syntax::Configuration, "phrase=Tr0ub4 hunterQ9", "Tr0ub4", "phrase=[redacted]"),
        (Syntax::Yaml, "phrase: Tr0ub4 hunterQ9 # note", "Tr0ub4", "phrase: [redacted] # note"),
        (Syntax::Shell, "phrase=Tr0ub4\\ hunterQ9 ls", "Tr0ub4", "phrase=[redacted] ls"),
        (Syntax::Code, "\"https://bob:Tr0ub4@x/y\"", "Tr0ub4", "\"https://bob:[redacted]@x/y\""),
        (Syntax::Code, "\"key=Tr0ub4 hunterQ9;Database=x\"", "Tr0ub4", "\"key=[redacted];Database=x\""),
    ] {
        let at = text.find(known).unwrap();
        let known = at..at + known.len();
        assert_eq!(Evidence::of_line(text.as_bytes(), std::slice::from_ref(&known), syntax).as_str(), shown);
    }
}

#[test]
fn names_and_what_is_no_value_stay_readable() {
    for (syntax, text, shown) in [
        (Syntax::Shell, "PASSWORD=$DB_PASSWORD ./run", "PASSWORD=$DB_PASSWORD ./run"),
        (Syntax::Shell, "PASSWORD=\"${DB_PASSWORD}\" ./run", "PASSWORD=\"${DB_PASSWORD}\" ./run"),
        (Syntax::Yaml, "token: ${{ secrets.GITHUB_TOKEN }}", "token: ${{ secrets.GITHUB_TOKEN }}"),
        (Syntax::Yaml, "password: a b9 # changed", "password: [redacted] # changed"),
        (Syntax::Shell, "export TOKEN=a9b8c && curl x | sh", "export TOKEN=[redacted] && curl x | sh"),
        (Syntax::Code, "h = md5(password + \"salt\")", "h = md5(password + \"salt\")"),
        (Syntax::Configuration, "jdbc:x?password=a b9&user=c", "jdbc:x?password=[redacted]&user=c"),
        (
            Syntax::Configuration,
            "c=Server=x;Password='a;b9 c';Database=d",
            "c=Server=x;Password='[redacted]';Database=d",
        ),
        (
            Syntax::Code,
            "q = \"WHERE password='\" + pw + \"' AND id=\" + id",
            "q = \"WHERE password='\" + pw + \"' AND id=\" + id",
        ),
    ] {
        assert_eq!(Evidence::of_line(text.as_bytes(), &[], syntax).as_str(), shown);
    }
}

#[test]
fn masking_twice_is_masking_once() {
    for text in ["password: \"a b9 c\"", "<password>a b9</password>", "PASSWORD=a9b8c7 ls", "x://a:b c9@d"] {
        let once = Evidence::of_line(text.as_bytes(), &[], Syntax::Shell);
        assert_eq!(Evidence::from(once.as_str().to_owned()), once);
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_masked_without_a_panic(text in "[a-z=:'\"\\\\`<>/@ \\n&;,(){}\\[\\]\u{e9}#|$-]{0,80}", at in 0_usize..40, length in 0_usize..40) {
        let text = text.replace('k', "password").replace('w', "\"\"\"").replace('u', "<<EOF");
        let known = at..at + length;
        for syntax in [Syntax::Message, Syntax::Unknown, Syntax::Configuration, Syntax::Yaml, Syntax::Shell, Syntax::Container, Syntax::Code] {
            let _ = mask_line(&text, syntax);
            let _ = Evidence::of_place(text.as_bytes(), known.clone(), std::slice::from_ref(&known), syntax);
        }
    }
}
