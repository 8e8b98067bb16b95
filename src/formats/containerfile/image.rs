//! Image references: `[registry[:port]/]repository[:tag][@digest]`.

/// An image reference, split but not normalised: nothing is filled in that was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRef {
    /// The host, with its port: the first component if it holds `.` or `:`, an upper-case letter, or is `localhost`.
    pub registry: Option<String>,
    /// The rest of the name, without tag and digest.
    pub repository: String,
    /// The text after the last `:` behind the last `/`.
    pub tag: Option<String>,
    /// The text after `@`, such as `sha256:…`.
    pub digest: Option<String>,
}

impl ImageRef {
    /// Splits a reference as the OCI distribution reference grammar does; anything is accepted.
    pub fn parse(text: &str) -> Self {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (text, None),
        };
        let (name, tag) = match name.rsplit_once(':') {
            Some((before, tag)) if !tag.contains('/') => (before, Some(tag.to_owned())),
            _ => (name, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((host, rest)) if is_host(host) => (Some(host.to_owned()), rest),
            _ => (None, name),
        };
        Self { registry, repository: repository.to_owned(), tag, digest }
    }

    /// Registry and repository as written, without tag and digest.
    pub fn name(&self) -> String {
        match &self.registry {
            Some(registry) => format!("{registry}/{}", self.repository),
            None => self.repository.clone(),
        }
    }
}

fn is_host(component: &str) -> bool {
    component == "localhost"
        || component.contains(['.', ':'])
        || component.bytes().any(|byte| byte.is_ascii_uppercase()) && !component.contains('$')
}

#[cfg(test)]
mod tests {
    use super::ImageRef;

    #[track_caller]
    fn check(text: &str, registry: Option<&str>, repository: &str, tag: Option<&str>, digest: Option<&str>) {
        let expected = ImageRef {
            registry: registry.map(str::to_owned),
            repository: repository.to_owned(),
            tag: tag.map(str::to_owned),
            digest: digest.map(str::to_owned),
        };
        assert_eq!(ImageRef::parse(text), expected);
    }

    #[test]
    fn references_are_split() {
        check("alpine", None, "alpine", None, None);
        check("alpine:3.20", None, "alpine", Some("3.20"), None);
        check("library/alpine", None, "library/alpine", None, None);
        check("localhost/a", Some("localhost"), "a", None, None);
        check("host:5000/a/b", Some("host:5000"), "a/b", None, None);
        check("host:5000/a/b:1@sha256:00", Some("host:5000"), "a/b", Some("1"), Some("sha256:00"));
        check("quay.io/a/b@sha256:00", Some("quay.io"), "a/b", None, Some("sha256:00"));
        check("node:${VERSION}", None, "node", Some("${VERSION}"), None);
        check("${REGISTRY}/a:1", None, "${REGISTRY}/a", Some("1"), None);
        check("", None, "", None, None);
        assert_eq!(ImageRef::parse("h:1/a:t").name(), "h:1/a");
    }
}
