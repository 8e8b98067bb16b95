//! Files of models and data: what they are by their bytes, and whether what their head and foot say fits the rest.
//!
//! Files may have hundreds of gigabytes, so that heads and feet alone are read, with bounds on every length and count that
//! a file states of itself. Nothing is carried out: a pickle is walked opcode by opcode ([`pickle`]), which is enough to
//! know what loading it would import and call.

mod gguf;
mod hdf5;
mod npy;
mod onnx;
mod other;
mod parquet;
pub mod pickle;
mod safetensors;
mod sqlite;
mod stream;
mod thrift;
mod zipped;

use std::io::{self, Read, Seek};

use pickle::Code;
use stream::Stream;

/// A format that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Safetensors.
    Safetensors,
    /// GGUF of llama.cpp.
    Gguf,
    /// ONNX: a `ModelProto` in protobuf.
    Onnx,
    /// A pickle of Python, joblib's included.
    Pickle,
    /// What `torch.save` writes: a zip archive, or the older row of pickles.
    Pytorch,
    /// Apache Parquet.
    Parquet,
    /// A database of `SQLite` 3.
    Sqlite,
    /// An array of `NumPy`.
    Npy,
    /// Several arrays of `NumPy` in a zip archive.
    Npz,
    /// HDF5, which older Keras models are.
    Hdf5,
    /// A Keras 3 archive.
    Keras,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 11] = [
        Self::Safetensors,
        Self::Gguf,
        Self::Onnx,
        Self::Pickle,
        Self::Pytorch,
        Self::Parquet,
        Self::Sqlite,
        Self::Npy,
        Self::Npz,
        Self::Hdf5,
        Self::Keras,
    ];

    /// Its id in settings and reports.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Gguf => "gguf",
            Self::Onnx => "onnx",
            Self::Pickle => "pickle",
            Self::Pytorch => "pytorch",
            Self::Parquet => "parquet",
            Self::Sqlite => "sqlite",
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Hdf5 => "hdf5",
            Self::Keras => "keras",
        }
    }

    /// The format of an id.
    #[must_use]
    pub fn of_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.id() == id)
    }

    /// The format that a file name stands for, if it stands for one.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (stem, extension) = name.rsplit_once('.')?;
        Some(match extension {
            "safetensors" => Self::Safetensors,
            "gguf" => Self::Gguf,
            "onnx" => Self::Onnx,
            "pkl" | "pickle" | "joblib" => Self::Pickle,
            "pt" | "pth" => Self::Pytorch,
            "bin" if stem.starts_with("pytorch_model") => Self::Pytorch,
            "parquet" => Self::Parquet,
            "sqlite" | "sqlite3" => Self::Sqlite,
            "npy" => Self::Npy,
            "npz" => Self::Npz,
            "h5" | "hdf5" => Self::Hdf5,
            "keras" => Self::Keras,
            _ => return None,
        })
    }

    /// Whether a file of this format may stand where `wanted` is expected.
    #[must_use]
    pub fn serves_as(self, wanted: Self) -> bool {
        // `torch.save` of old writes pickles, and plain pickles go by its extensions.
        self == wanted
            || matches!((self, wanted), (Self::Pytorch, Self::Pickle) | (Self::Pickle, Self::Pytorch))
    }
}

/// What the bytes of a file say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The format that they have.
    pub format: Option<Format>,
    /// What it holds, in words: `GGUF 3, 291 tensors`; what stands there instead, where the format is not known. Texts of the
    /// file are in it, cut short, without control characters.
    pub about: String,
    /// Why it is damaged, as a lower-case fragment.
    pub damage: Option<String>,
    /// What loading it carries out, if it does such a thing.
    pub code: Option<Code>,
}

impl Head {
    /// Whether the bytes are packed in a way that programs such as joblib pack pickles.
    #[must_use]
    pub fn may_be_packed_pickle(&self) -> bool {
        self.format.is_none() && self.about == other::PACKED
    }

    fn of(format: Format, about: String) -> Self {
        Self { format: Some(format), about, damage: None, code: None }
    }
}

/// Why a file is not read to its end.
#[derive(Debug)]
enum Fault {
    Read(io::Error),
    Damaged(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::Damaged("it ends in the middle".to_owned())
        } else {
            Self::Read(error)
        }
    }
}

fn damaged<T>(words: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Damaged(words.into()))
}

/// What a file is. Reads some megabytes at most of files with sound heads, and never more than some hundred.
///
/// # Errors
/// When it cannot be read; a file that ends too early is damaged, and no error.
pub fn look(reader: impl Read + Seek) -> io::Result<Head> {
    let mut stream = Stream::new(reader)?;
    let start = stream.start(512)?;
    let begins = |magic: &[u8]| start.starts_with(magic);
    let (format, found) = if begins(b"GGUF") {
        (Format::Gguf, gguf::read(&mut stream))
    } else if begins(b"PAR1") || begins(b"PARE") {
        (Format::Parquet, parquet::read(&mut stream))
    } else if begins(b"SQLite format 3\0") {
        (Format::Sqlite, sqlite::read(&mut stream))
    } else if begins(b"\x93NUMPY") {
        (Format::Npy, npy::read(&mut stream))
    } else if begins(hdf5::MARK) {
        (Format::Hdf5, hdf5::read(&mut stream, 0))
    } else if begins(b"PK\x03\x04") || begins(b"PK\x05\x06") {
        return zipped::look(&mut stream);
    } else if matches!(start.as_slice(), [0x80, 1..=5, ..]) {
        return pickle::look(&mut stream);
    } else if safetensors::begins(&start, stream.length()) {
        (Format::Safetensors, safetensors::read(&mut stream))
    } else if onnx::begins(&start) {
        (Format::Onnx, onnx::read(&mut stream))
    } else if let Some(head) = pickle::look_without_mark(&mut stream, &start)? {
        return Ok(head);
    } else if let Some(base) = hdf5::after_user_block(&mut stream)? {
        (Format::Hdf5, hdf5::read(&mut stream, base))
    } else {
        return Ok(Head { about: other::describe(&start), ..Head::default() });
    };
    match found {
        Ok(head) => Ok(head),
        Err(Fault::Damaged(words)) => {
            Ok(Head { damage: Some(words), ..Head::of(format, format.id().to_owned()) })
        }
        Err(Fault::Read(error)) => Err(error),
    }
}

/// A text of a file for a report: cut short, without control characters.
fn shown(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `1 tensor`, `2 tensors`.
fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests;
