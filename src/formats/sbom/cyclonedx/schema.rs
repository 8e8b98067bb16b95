//! The objects of CycloneDX 1.2 to 1.7 as a table: names, kinds, the versions that have them, their form in XML.
//!
//! Written after the published schemas. What no package, licence or statement hangs on is [`Kind::Any`] and not looked
//! into: formulation, declarations, definitions, model cards, cryptographic properties, signatures, patents.
//!
//! Longer than a file should be because it is one table.

use super::super::values::is_license_id;
use super::shape::{Field, Kind, Shape, Xml, list, may, must, references, repeated};
use crate::formats::document::{Node, Value};

use Kind::{Any, Checked, Flag, Flows, Licenses, Number, Object, Reference, Text, Time, Tools, Word};

const fn shape(name: &'static str, fields: &'static [Field]) -> Shape {
    Shape { name, fields, rule: None }
}

/// The document.
pub(super) static BOM: Shape = shape(
    "the document",
    &[
        may("$schema", Text).json(),
        must("bomFormat", Text).json(),
        must("specVersion", Text).json(),
        may("serialNumber", Checked(is_serial, "`urn:uuid:` and a UUID in lower case")).attribute(),
        may("version", Number).needed(2, 4).attribute(),
        may("metadata", Object(&METADATA)),
        list("components", "component", Object(&COMPONENT)),
        list("services", "service", Object(&SERVICE)),
        list("externalReferences", "reference", Object(&EXTERNAL_REFERENCE)),
        list("dependencies", "dependency", Object(&DEPENDENCY)),
        list("compositions", "composition", Object(&COMPOSITION)).since(3),
        list("vulnerabilities", "vulnerability", Object(&VULNERABILITY)).since(4),
        list("annotations", "annotation", Object(&ANNOTATION)).since(5),
        may("formulation", Any).since(5),
        may("declarations", Any).since(6),
        may("definitions", Any).since(6),
        list("citations", "citation", Object(&CITATION)).since(7),
        // In XML since 1.3, in JSON since 1.5.
        list("properties", "property", Object(&PROPERTY)).since(3),
        may("signature", Any).since(4).json(),
    ],
);

static METADATA: Shape = shape(
    "the metadata",
    &[
        may("timestamp", Time),
        list("lifecycles", "lifecycle", Object(&LIFECYCLE)).since(5),
        may("tools", Tools),
        list("authors", "author", Object(&CONTACT)),
        may("component", Object(&COMPONENT)),
        may("manufacturer", Object(&ORGANIZATION)).since(6),
        may("manufacture", Object(&ORGANIZATION)),
        may("supplier", Object(&ORGANIZATION)),
        may("licenses", Licenses).since(3),
        list("properties", "property", Object(&PROPERTY)).since(3),
        may("distributionConstraints", Object(&DISTRIBUTION)).since(7),
    ],
);

static DISTRIBUTION: Shape = shape(
    "the distribution constraints",
    &[may("tlp", Word(&[("CLEAR", 7), ("GREEN", 7), ("AMBER", 7), ("AMBER_AND_STRICT", 7), ("RED", 7)]))],
);

static LIFECYCLE: Shape = Shape {
    name: "a lifecycle",
    fields: &[
        may(
            "phase",
            Word(&[
                ("design", 5),
                ("pre-build", 5),
                ("build", 5),
                ("post-build", 5),
                ("operations", 5),
                ("discovery", 5),
                ("decommission", 5),
            ]),
        ),
        may("name", Text),
        may("description", Text),
    ],
    rule: Some(|node, _| one_of(node, &["phase", "name"], "a lifecycle needs either a phase or a name")),
};

/// A tool in the old form.
pub(super) static TOOL: Shape = shape(
    "a tool",
    &[
        may("vendor", Text),
        may("name", Text),
        may("version", Text),
        list("hashes", "hash", Object(&HASH)),
        list("externalReferences", "reference", Object(&EXTERNAL_REFERENCE)).since(4),
    ],
);

/// Tools in the new form.
pub(super) static TOOLS: Shape = shape(
    "the tools",
    &[list("components", "component", Object(&COMPONENT)), list("services", "service", Object(&SERVICE))],
);

static ORGANIZATION: Shape = shape(
    "an organisation",
    &[
        may("bom-ref", Reference).since(5).attribute(),
        may("name", Text),
        may("address", Object(&ADDRESS)).since(6),
        repeated("url", Text),
        repeated("contact", Object(&CONTACT)),
    ],
);

static CONTACT: Shape = shape(
    "a contact",
    &[
        may("bom-ref", Reference).since(5).attribute(),
        may("name", Text),
        may("email", Text),
        may("phone", Text),
    ],
);

static ADDRESS: Shape = shape(
    "an address",
    &[
        may("bom-ref", Reference).attribute(),
        may("country", Text),
        may("region", Text),
        may("locality", Text),
        may("postOfficeBoxNumber", Text),
        may("postalCode", Text),
        may("streetAddress", Text),
    ],
);

static COMPONENT: Shape = Shape {
    name: "a component",
    fields: &[
        must("type", Word(COMPONENT_TYPES)).attribute(),
        may("mime-type", Checked(is_mime_type, "a media type")).attribute(),
        may("bom-ref", Reference).attribute(),
        may("supplier", Object(&ORGANIZATION)),
        may("manufacturer", Object(&ORGANIZATION)).since(6),
        list("authors", "author", Object(&CONTACT)).since(6),
        may("author", Text),
        may("publisher", Text),
        may("group", Text),
        must("name", Text),
        may("version", Text).needed(0, 3),
        may("versionRange", Text).since(7),
        may("isExternal", Flag).since(7).attribute(),
        may("description", Text),
        may("scope", Word(&[("required", 0), ("optional", 0), ("excluded", 1)])),
        list("hashes", "hash", Object(&HASH)),
        may("licenses", Licenses),
        may("copyright", Text),
        may("patentAssertions", Any).since(7),
        may("cpe", Text),
        may("purl", Text),
        repeated("omniborId", Text).since(6),
        repeated("swhid", Text).since(6),
        may("swid", Object(&SWID)),
        may("modified", Flag),
        may("pedigree", Object(&PEDIGREE)),
        list("externalReferences", "reference", Object(&EXTERNAL_REFERENCE)),
        list("components", "component", Object(&COMPONENT)),
        may("evidence", Object(&EVIDENCE)).since(3),
        may("releaseNotes", Object(&RELEASE_NOTES)).since(4),
        may("modelCard", Any).since(5),
        may("data", Any).since(5),
        may("cryptoProperties", Any).since(6),
        list("properties", "property", Object(&PROPERTY)).since(3),
        list("tags", "tag", Text).since(6),
        may("signature", Any).since(4).json(),
    ],
    rule: Some(|node, _| {
        if node.get("versionRange").is_none() {
            None
        } else if node.get("version").is_some() {
            Some("a component has both a version and a range of versions")
        } else if node.get("isExternal").and_then(Node::as_bool) == Some(false) {
            Some("a component that is not external has a range of versions")
        } else {
            None
        }
    }),
};

const COMPONENT_TYPES: &[(&str, u8)] = &[
    ("application", 0),
    ("framework", 0),
    ("library", 0),
    ("container", 2),
    ("operating-system", 0),
    ("device", 0),
    ("firmware", 2),
    ("file", 1),
    ("platform", 5),
    ("device-driver", 5),
    ("machine-learning-model", 5),
    ("data", 5),
    ("cryptographic-asset", 6),
];

static SWID: Shape = shape(
    "a SWID tag",
    &[
        must("tagId", Text).attribute(),
        must("name", Text).attribute(),
        may("version", Text).attribute(),
        may("tagVersion", Number).attribute(),
        may("patch", Flag).attribute(),
        may("text", Object(&ATTACHMENT)),
        may("url", Text),
    ],
);

static ATTACHMENT: Shape = shape(
    "an attached text",
    &[
        may("contentType", Text).attribute().named("content-type"),
        may("encoding", Word(&[("base64", 0)])).attribute(),
        must("content", Text).content(),
    ],
);

static HASH: Shape = Shape {
    name: "a hash",
    fields: &[
        must("alg", Word(HASH_ALGORITHMS)).attribute(),
        must("content", Checked(is_hash, "32, 40, 64, 96 or 128 hexadecimal digits")).content(),
    ],
    rule: Some(|node, _| {
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        let (function, content) = (text("alg")?, text("content")?);
        let (_, digits) = super::super::values::hash_function(function)?;
        let wrong = digits != 0 && is_hash(content) && content.len() != digits;
        wrong.then_some("a hash whose length is not that of its algorithm")
    }),
};

const HASH_ALGORITHMS: &[(&str, u8)] = &[
    ("MD5", 0),
    ("SHA-1", 0),
    ("SHA-256", 0),
    ("SHA-384", 0),
    ("SHA-512", 0),
    ("SHA3-256", 0),
    ("SHA3-384", 2),
    ("SHA3-512", 0),
    ("BLAKE2b-256", 2),
    ("BLAKE2b-384", 2),
    ("BLAKE2b-512", 2),
    ("BLAKE3", 2),
    ("Streebog-256", 7),
    ("Streebog-512", 7),
];

/// A licence, as it stands in a list of licences.
pub(super) static LICENSE: Shape = Shape {
    name: "a licence",
    fields: &[
        may("bom-ref", Reference).since(5).attribute(),
        may("acknowledgement", ACKNOWLEDGEMENT).since(6).attribute(),
        may("id", Checked(is_license_id, "an id of the SPDX licence list")),
        may("name", Text),
        may("text", Object(&ATTACHMENT)),
        may("url", Text),
        may("licensing", Object(&LICENSING)).since(5),
        list("properties", "property", Object(&PROPERTY)).since(5),
    ],
    rule: Some(|node, _| one_of(node, &["id", "name"], "a licence needs either an id or a name")),
};

const ACKNOWLEDGEMENT: Kind = Word(&[("declared", 6), ("concluded", 6)]);

/// An item of a list of licences.
pub(super) static LICENSE_CHOICE: Shape = Shape {
    name: "a licence choice",
    fields: &[
        may("license", Object(&LICENSE)),
        may("expression", Text).content(),
        may("bom-ref", Reference).since(5).attribute(),
        may("acknowledgement", ACKNOWLEDGEMENT).since(6).attribute(),
        may("expressionDetails", Any).since(7).named("details"),
        may("licensing", Object(&LICENSING)).since(7),
        list("properties", "property", Object(&PROPERTY)).since(7),
    ],
    rule: Some(|node, _| {
        one_of(node, &["license", "expression"], "a licence choice needs either a licence or an expression")
    }),
};

static LICENSING: Shape = shape(
    "licensing",
    &[
        list("altIds", "altId", Text),
        may("licensor", Any),
        may("licensee", Any),
        may("purchaser", Any),
        may("purchaseOrder", Text),
        list("licenseTypes", "licenseType", Text),
        may("lastRenewal", Time),
        may("expiration", Time),
    ],
);

static PEDIGREE: Shape = shape(
    "a pedigree",
    &[
        list("ancestors", "component", Object(&COMPONENT)),
        list("descendants", "component", Object(&COMPONENT)),
        list("variants", "component", Object(&COMPONENT)),
        list("commits", "commit", Object(&COMMIT)),
        list("patches", "patch", Object(&PATCH)).since(2),
        may("notes", Text),
    ],
);

static COMMIT: Shape = shape(
    "a commit",
    &[
        may("uid", Text),
        may("url", Text),
        may("author", Object(&ACTION)),
        may("committer", Object(&ACTION)),
        may("message", Text),
    ],
);

static ACTION: Shape =
    shape("a commit's author", &[may("timestamp", Time), may("name", Text), may("email", Text)]);

static PATCH: Shape = shape(
    "a patch",
    &[
        must("type", Word(&[("unofficial", 0), ("monkey", 0), ("backport", 0), ("cherry-pick", 0)]))
            .attribute(),
        may("diff", Object(&DIFF)),
        list("resolves", "issue", Object(&ISSUE)),
    ],
);

static DIFF: Shape = shape("a diff", &[may("text", Object(&ATTACHMENT)), may("url", Text)]);

static ISSUE: Shape = shape(
    "an issue",
    &[
        must("type", Word(&[("defect", 0), ("enhancement", 0), ("security", 0)])).attribute(),
        may("id", Text),
        may("name", Text),
        may("description", Text),
        may("source", Object(&SOURCE)),
        list("references", "url", Text),
    ],
);

static SOURCE: Shape = shape("a source", &[may("name", Text), may("url", Text)]);

static EXTERNAL_REFERENCE: Shape = shape(
    "an external reference",
    &[
        must("type", Word(REFERENCE_TYPES)).attribute(),
        must("url", Text),
        may("comment", Text),
        list("hashes", "hash", Object(&HASH)).since(3),
        list("properties", "property", Object(&PROPERTY)).since(7),
    ],
);

const REFERENCE_TYPES: &[(&str, u8)] = &[
    ("vcs", 0),
    ("issue-tracker", 0),
    ("website", 0),
    ("advisories", 0),
    ("bom", 0),
    ("mailing-list", 0),
    ("social", 0),
    ("chat", 0),
    ("documentation", 0),
    ("support", 0),
    ("distribution", 0),
    ("license", 0),
    ("build-meta", 0),
    ("build-system", 0),
    ("other", 0),
    ("release-notes", 4),
    ("distribution-intake", 5),
    ("security-contact", 5),
    ("model-card", 5),
    ("log", 5),
    ("configuration", 5),
    ("evidence", 5),
    ("formulation", 5),
    ("attestation", 5),
    ("threat-model", 5),
    ("adversary-model", 5),
    ("risk-assessment", 5),
    ("vulnerability-assertion", 5),
    ("exploitability-statement", 5),
    ("pentest-report", 5),
    ("static-analysis-report", 5),
    ("dynamic-analysis-report", 5),
    ("runtime-analysis-report", 5),
    ("component-analysis-report", 5),
    ("maturity-report", 5),
    ("certification-report", 5),
    ("codified-infrastructure", 5),
    ("quality-metrics", 5),
    ("poam", 5),
    ("source-distribution", 6),
    ("electronic-signature", 6),
    ("digital-signature", 6),
    ("rfc-9116", 6),
    ("patent", 7),
    ("patent-family", 7),
    ("patent-assertion", 7),
    ("citation", 7),
];

static DEPENDENCY: Shape = shape(
    "a dependency",
    &[
        must("ref", Reference).attribute(),
        references("dependsOn", Xml::RepeatRef, "dependency"),
        references("provides", Xml::RepeatRef, "provides").since(6),
    ],
);

static SERVICE: Shape = shape(
    "a service",
    &[
        may("bom-ref", Reference).attribute(),
        may("provider", Object(&ORGANIZATION)),
        may("group", Text),
        must("name", Text),
        may("version", Text),
        may("description", Text),
        list("endpoints", "endpoint", Text),
        may("authenticated", Flag),
        may("x-trust-boundary", Flag),
        may("trustZone", Text).since(5),
        may("data", Flows),
        may("licenses", Licenses),
        may("patentAssertions", Any).since(7),
        list("externalReferences", "reference", Object(&EXTERNAL_REFERENCE)),
        list("services", "service", Object(&SERVICE)),
        may("releaseNotes", Object(&RELEASE_NOTES)).since(4),
        list("properties", "property", Object(&PROPERTY)).since(3),
        list("tags", "tag", Text).since(6),
        may("signature", Any).since(4).json(),
    ],
);

/// What a service does with data.
pub(super) static FLOW: Shape = shape(
    "a flow of data",
    &[
        must("flow", Word(&[("inbound", 0), ("outbound", 0), ("bi-directional", 0), ("unknown", 0)]))
            .attribute(),
        must("classification", Text).content(),
        may("name", Text).since(5),
        may("description", Text).since(5),
        may("governance", Any).since(5),
        may("source", Any).since(5),
        may("destination", Any).since(5),
    ],
);

static EVIDENCE: Shape = shape(
    "the evidence",
    &[
        may("identity", Any).since(5),
        may("occurrences", Any).since(5),
        may("callstack", Any).since(5),
        may("licenses", Licenses),
        list("copyright", "text", Object(&COPYRIGHT)),
    ],
);

static COPYRIGHT: Shape = shape("a copyright", &[must("text", Text).content()]);

static RELEASE_NOTES: Shape = shape(
    "the release notes",
    &[
        must("type", Text),
        may("title", Text),
        may("featuredImage", Text),
        may("socialImage", Text),
        may("description", Text),
        may("timestamp", Time),
        list("aliases", "alias", Text),
        list("tags", "tag", Text),
        list("resolves", "issue", Object(&ISSUE)),
        list("notes", "note", Object(&NOTE)),
        list("properties", "property", Object(&PROPERTY)),
    ],
);

static NOTE: Shape = shape("a note", &[may("locale", Text), must("text", Object(&ATTACHMENT))]);

static PROPERTY: Shape =
    shape("a property", &[may("name", Text).needed(6, 9).attribute(), may("value", Text).content()]);

static COMPOSITION: Shape = shape(
    "a composition",
    &[
        may("bom-ref", Reference).since(5).attribute(),
        must("aggregate", Word(AGGREGATES)),
        references("assemblies", Xml::WrapRef("assembly"), "assemblies"),
        references("dependencies", Xml::WrapRef("dependency"), "dependencies"),
        references("vulnerabilities", Xml::WrapRef("vulnerability"), "vulnerabilities").since(5),
        may("signature", Any).since(4).json(),
    ],
);

const AGGREGATES: &[(&str, u8)] = &[
    ("complete", 3),
    ("incomplete", 3),
    ("incomplete_first_party_only", 3),
    ("incomplete_third_party_only", 3),
    ("unknown", 3),
    ("not_specified", 3),
    ("incomplete_first_party_proprietary_only", 5),
    ("incomplete_first_party_opensource_only", 5),
    ("incomplete_third_party_proprietary_only", 5),
    ("incomplete_third_party_opensource_only", 5),
];

static VULNERABILITY: Shape = shape(
    "a vulnerability",
    &[
        may("bom-ref", Reference).attribute(),
        may("id", Text),
        may("source", Object(&SOURCE)),
        list("references", "reference", Object(&REFERENCE)),
        list("ratings", "rating", Object(&RATING)),
        list("cwes", "cwe", Number),
        may("description", Text),
        may("detail", Text),
        may("recommendation", Text),
        may("workaround", Text).since(5),
        may("proofOfConcept", Any).since(5),
        list("advisories", "advisory", Object(&ADVISORY)),
        may("created", Time),
        may("published", Time),
        may("updated", Time),
        may("rejected", Time).since(5),
        may("credits", Object(&CREDITS)),
        may("tools", Tools),
        may("analysis", Object(&ANALYSIS)),
        list("affects", "target", Object(&TARGET)),
        list("properties", "property", Object(&PROPERTY)),
    ],
);

static REFERENCE: Shape =
    shape("a reference", &[may("id", Text).needed(5, 9), may("source", Object(&SOURCE)).needed(5, 9)]);

static RATING: Shape = shape(
    "a rating",
    &[
        may("source", Object(&SOURCE)),
        may("score", Any),
        may(
            "severity",
            Word(&[
                ("critical", 4),
                ("high", 4),
                ("medium", 4),
                ("low", 4),
                ("info", 4),
                ("none", 4),
                ("unknown", 4),
            ]),
        ),
        may(
            "method",
            Word(&[
                ("CVSSv2", 4),
                ("CVSSv3", 4),
                ("CVSSv31", 4),
                ("OWASP", 4),
                ("other", 4),
                ("CVSSv4", 5),
                ("SSVC", 5),
            ]),
        ),
        may("vector", Text),
        may("justification", Text),
    ],
);

static ADVISORY: Shape = shape("an advisory", &[may("title", Text), must("url", Text)]);

static CREDITS: Shape = shape(
    "the credits",
    &[
        list("organizations", "organization", Object(&ORGANIZATION)),
        list("individuals", "individual", Object(&CONTACT)),
    ],
);

static ANALYSIS: Shape = shape(
    "an analysis",
    &[
        may(
            "state",
            Word(&[
                ("resolved", 4),
                ("resolved_with_pedigree", 4),
                ("exploitable", 4),
                ("in_triage", 4),
                ("false_positive", 4),
                ("not_affected", 4),
            ]),
        ),
        may(
            "justification",
            Word(&[
                ("code_not_present", 4),
                ("code_not_reachable", 4),
                ("requires_configuration", 4),
                ("requires_dependency", 4),
                ("requires_environment", 4),
                ("protected_by_compiler", 4),
                ("protected_at_runtime", 4),
                ("protected_at_perimeter", 4),
                ("protected_by_mitigating_control", 4),
            ]),
        ),
        list(
            "response",
            "response",
            Word(&[
                ("can_not_fix", 4),
                ("will_not_fix", 4),
                ("update", 4),
                ("rollback", 4),
                ("workaround_available", 4),
            ]),
        )
        .named("responses"),
        may("detail", Text),
        may("firstIssued", Time).since(5),
        may("lastUpdated", Time).since(5),
    ],
);

static TARGET: Shape = shape(
    "what is affected",
    &[must("ref", Reference), list("versions", "version", Object(&AFFECTED_VERSION))],
);

static AFFECTED_VERSION: Shape = Shape {
    name: "an affected version",
    fields: &[
        may("version", Text),
        may("range", Text),
        may("status", Word(&[("affected", 4), ("unaffected", 4), ("unknown", 4)])),
    ],
    rule: Some(|node, _| {
        one_of(node, &["version", "range"], "an affected version needs either a version or a range")
    }),
};

static ANNOTATION: Shape = shape(
    "an annotation",
    &[
        may("bom-ref", Reference).attribute(),
        Field { required: (0, 9), ..references("subjects", Xml::WrapRef("subject"), "subjects") },
        must("annotator", Object(&ANNOTATOR)),
        must("timestamp", Time),
        must("text", Text),
        may("signature", Any).json(),
    ],
);

static ANNOTATOR: Shape = Shape {
    name: "an annotator",
    fields: &[
        may("organization", Object(&ORGANIZATION)),
        may("individual", Object(&CONTACT)),
        may("component", Object(&COMPONENT)),
        may("service", Object(&SERVICE)),
    ],
    rule: Some(|node, _| {
        let words = "an annotator is one organisation, individual, component or service";
        one_of(node, &["organization", "individual", "component", "service"], words)
    }),
};

static CITATION: Shape = Shape {
    name: "a citation",
    fields: &[
        may("bom-ref", Reference).attribute(),
        list("pointers", "pointer", Text),
        list("expressions", "expression", Text),
        must("timestamp", Time),
        may("attributedTo", Reference),
        may("process", Reference),
        may("note", Text),
        may("signature", Any).json(),
    ],
    rule: Some(|node, _| {
        if node.get("attributedTo").is_none() && node.get("process").is_none() {
            return Some("a citation needs to say who or what it is attributed to");
        }
        one_of(node, &["pointers", "expressions"], "a citation needs either pointers or expressions")
    }),
};

/// The words if a map has none or several of some keys.
fn one_of(node: &Node, keys: &[&str], words: &'static str) -> Option<&'static str> {
    let present = keys.iter().filter(|key| node.get(key).is_some()).count();
    (matches!(node.value, Value::Map(_)) && present != 1).then_some(words)
}

fn is_serial(text: &str) -> bool {
    let uuid = text
        .strip_prefix("urn:uuid:")
        .or_else(|| text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')))
        .unwrap_or_default();
    let groups: Vec<usize> = uuid.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && uuid.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-'))
}

fn is_mime_type(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| matches!(byte, b'-' | b'+' | b'.' | b'a'..=b'z' | b'0'..=b'9'))
    };
    text.split_once('/').is_some_and(|(kind, name)| part(kind) && part(name))
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 32 | 40 | 64 | 96 | 128) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
