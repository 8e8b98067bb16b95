//! Where reports go: checked before the work starts, written whole after it.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Error, World};
use crate::cli::{AuditArgs, Colour, FormatArg, OutputArgs};
use crate::host::files;
use crate::render::{self, Format, Options};
use crate::report::Report;

/// One report to be written.
#[derive(Debug)]
pub(super) struct Target {
    format: Format,
    /// None is standard output.
    path: Option<PathBuf>,
    /// Whether the file is added to: GitHub's step summary belongs to the whole step.
    append: bool,
}

/// Which reports are wanted, and where.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    format: Option<FormatArg>,
    output: Option<&'a Path>,
    /// Those beside the one of `format`.
    also: Vec<(&'a Path, Format)>,
}

impl<'a> Wanted<'a> {
    /// What an audit's flags say.
    pub(super) fn of_audit(args: &'a AuditArgs) -> Self {
        let also = [
            (&args.json, Format::Json),
            (&args.markdown, Format::Markdown),
            (&args.sarif, Format::Sarif),
            (&args.junit, Format::Junit),
        ];
        Self::new(args.format, args.output.as_deref(), also)
    }

    /// What the flags of a command that measures say.
    pub(super) fn of(args: &'a OutputArgs) -> Self {
        let also = [
            (&args.output_json, Format::Json),
            (&args.output_md, Format::Markdown),
            (&args.output_html, Format::Html),
            (&args.output_junit, Format::Junit),
        ];
        Self::new(args.format, args.output.as_deref(), also)
    }

    fn new(
        format: Option<FormatArg>,
        output: Option<&'a Path>,
        also: [(&'a Option<PathBuf>, Format); 4],
    ) -> Self {
        let also = also.into_iter().filter_map(|(path, format)| Some((path.as_deref()?, format))).collect();
        Self { format, output, also }
    }
}

/// Whether colours are used.
pub(super) fn colours(wish: Colour, world: &World<'_>) -> bool {
    match wish {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            world.terminal.is_some() && (world.variable)("NO_COLOR").is_none_or(|value| value.is_empty())
        }
    }
}

/// The targets of the reports that are wanted, and of the one that the environment asks for.
pub(super) fn targets(wanted: &Wanted<'_>, world: &World<'_>) -> Result<Vec<Target>, Error> {
    let format = wanted.format.map_or(Format::Terminal, Format::from);
    let file = |path: &Path| Some(path.to_owned()).filter(|path| path.as_os_str() != "-");
    let mut targets = vec![Target { format, path: wanted.output.and_then(file), append: false }];
    for (path, format) in &wanted.also {
        targets.push(Target { format: *format, path: file(path), append: false });
    }
    // `--json -` alone means: the report on standard output is JSON.
    if wanted.format.is_none()
        && wanted.output.is_none()
        && targets.iter().skip(1).any(|target| target.path.is_none())
    {
        targets.remove(0);
    }
    if targets.iter().filter(|target| target.path.is_none()).count() > 1 {
        return Err(Error::usage("two reports cannot both go to standard output", "give one of them a file"));
    }
    let mut paths: Vec<&Path> = targets.iter().filter_map(|target| target.path.as_deref()).collect();
    paths.sort_unstable();
    if let Some(twice) =
        paths.windows(2).find_map(|pair| pair.first().filter(|first| Some(*first) == pair.last()))
    {
        return Err(Error::usage(format!("two reports cannot both go to {}", twice.display()), ""));
    }
    if format == Format::Github
        && let Some(path) = (world.variable)("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty())
    {
        targets.push(Target { format: Format::Markdown, path: Some(PathBuf::from(path)), append: true });
    }
    for target in &targets {
        if let Some(path) = &target.path {
            files::check_writable(path)
                .map_err(|source| Error::File { path: path.display().to_string(), source })?;
        }
    }
    Ok(targets)
}

/// Writes a report to every target: files first, so that a reader of standard output that goes away cannot keep a file
/// from being written.
pub(super) fn write(
    targets: &[Target],
    report: &Report,
    options: &Options,
    world: &mut World<'_>,
) -> Result<(), Error> {
    for target in targets {
        if let Some(path) = &target.path {
            let mut bytes = Vec::new();
            let markdown_limit = if target.append { render::SUMMARY_LIMIT } else { options.markdown_limit };
            let options = Options { colour: false, markdown_limit, ..*options };
            render::write(target.format, report, &options, &mut bytes)?;
            let write = if target.append { files::append } else { files::write_atomic };
            write(path, &bytes).map_err(|source| Error::File { path: path.display().to_string(), source })?;
        }
    }
    for target in targets.iter().filter(|target| target.path.is_none()) {
        let mut out = io::BufWriter::new(&mut *world.out);
        render::write(target.format, report, options, &mut out)?;
        out.flush()?;
    }
    Ok(())
}
