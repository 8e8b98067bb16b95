//! How far a value without quotation marks reaches depends on what the text is.

/// What kind of text a line stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// A message to a reader: names and values in running text.
    Message,
    /// Nothing is known of the file: a line that begins with a name gives it the rest of the line, unless that is code.
    Unknown,
    /// Properties, INI, TOML, environment files: a value reaches to the end of its line.
    Configuration,
    /// YAML: to the end of the line or its comment, and over lines that go on with it.
    Yaml,
    /// Shell: to the end of the word.
    Shell,
    /// Container files: shell, and instructions with a name and the rest of the line.
    Container,
    /// Programs: values stand in quotation marks.
    Code,
}

impl Syntax {
    /// Whether a line belongs to one name and its value.
    pub(super) const fn is_configuration(self) -> bool {
        matches!(self, Self::Configuration | Self::Yaml)
    }

    /// Whether `name: |` begins a value on the lines below.
    pub(super) const fn has_block_scalars(self) -> bool {
        matches!(self, Self::Yaml | Self::Unknown)
    }
}
