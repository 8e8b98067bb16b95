//! Files made by hand after their specifications, and pickles that Python 3.11 wrote (`pickle.dumps`, as hex).

use std::io::{Cursor, Write as _};

use super::*;
use crate::formats::hex;

fn seen(bytes: &[u8]) -> Head {
    look(Cursor::new(bytes)).unwrap()
}

fn damage(bytes: &[u8]) -> String {
    seen(bytes).damage.expect("a damage")
}

fn imports(head: &Head) -> Vec<String> {
    let code = head.code.as_ref().expect("code");
    code.imports.iter().map(|import| format!("{}.{}", import.module, import.name)).collect()
}

fn beyond(bytes: &[u8]) -> Vec<String> {
    let code = seen(bytes).code.expect("code");
    code.beyond().map(|import| format!("{}.{}", import.module, import.name)).collect()
}

fn safetensors(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

#[test]
fn safetensors_cover_their_file() {
    let good = r#"{"__metadata__":{"format":"pt"},"b":{"dtype":"F16","shape":[5],"data_offsets":[48,58]},
        "a":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]},"e":{"dtype":"F32","shape":[0],"data_offsets":[48,48]}}"#;
    let head = seen(&safetensors(good, 58));
    assert_eq!((head.format, head.damage), (Some(Format::Safetensors), None));
    assert_eq!(head.about, "safetensors, 3 tensors, format pt");
    assert!(head.code.is_none());
    assert!(damage(&safetensors(good, 57)).contains("58 bytes, and 57 follow"));
    assert!(damage(&safetensors(good, 59)).contains("59 follow"));
    assert!(damage(&safetensors(good, 58)[..100]).contains("header has"));
    for (header, words) in [
        (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, "do not fit"),
        (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "do not fit"),
        (r#"{"a":{"dtype":"F9","shape":[2],"data_offsets":[0,8]}}"#, "not known"),
        (r#"{"a":{"dtype":"F64","shape":[18446744073709551615,9],"data_offsets":[0,8]}}"#, "do not fit"),
        (r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#, "hole"),
        (
            r#"{"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}"#,
            "overlap",
        ),
        (
            r#"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#,
            "twice",
        ),
        (r#"{"a":7}"#, "header"),
        (r#"{"a":{"dtype":"U8""#, "header"),
    ] {
        assert!(
            damage(&safetensors(header, 8)).contains(words),
            "{header}: {}",
            damage(&safetensors(header, 8))
        );
    }
    // A length beyond what any reader takes is no safetensors.
    let mut far = safetensors("{}", 0);
    far[..8].copy_from_slice(&100_000_001_u64.to_le_bytes());
    assert_eq!(seen(&far).format, None);
}

/// A GGUF file of one array, one text and one tensor of 4 × 32 numbers of 32 bits.
fn gguf(version: u32, data: usize) -> Vec<u8> {
    gguf_in(false, version, data)
}

fn gguf_in(is_big: bool, version: u32, data: usize) -> Vec<u8> {
    let mut bytes = b"GGUF".to_vec();
    let short = |bytes: &mut Vec<u8>, number: u32| {
        bytes.extend_from_slice(&if is_big { number.to_be_bytes() } else { number.to_le_bytes() });
    };
    let long = |bytes: &mut Vec<u8>, number: u64| {
        bytes.extend_from_slice(&if is_big { number.to_be_bytes() } else { number.to_le_bytes() });
    };
    let text = |bytes: &mut Vec<u8>, text: &str| {
        long(bytes, text.len() as u64);
        bytes.extend_from_slice(text.as_bytes());
    };
    short(&mut bytes, version);
    long(&mut bytes, 1);
    long(&mut bytes, 2);
    text(&mut bytes, "general.architecture");
    short(&mut bytes, 8);
    text(&mut bytes, "llama");
    text(&mut bytes, "tokens");
    short(&mut bytes, 9);
    short(&mut bytes, 8);
    long(&mut bytes, 2);
    text(&mut bytes, "a");
    text(&mut bytes, "bc");
    text(&mut bytes, "output.weight");
    short(&mut bytes, 2);
    long(&mut bytes, 32);
    long(&mut bytes, 4);
    short(&mut bytes, 0);
    long(&mut bytes, 0);
    bytes.resize(bytes.len().next_multiple_of(32) + data, 0);
    bytes
}

#[test]
fn gguf_holds_its_tensors() {
    let head = seen(&gguf(3, 512));
    assert_eq!((head.damage, head.about.as_str()), (None, "GGUF 3, llama, 1 tensor"));
    assert_eq!(seen(&gguf(2, 512)).about, "GGUF 2, llama, 1 tensor");
    assert!(seen(&gguf(1, 512)).about.contains("obsolete"));
    let big = seen(&gguf_in(true, 3, 512));
    assert_eq!((big.damage, big.about.as_str()), (None, "GGUF 3, big-endian, llama, 1 tensor"));
    assert!(damage(&gguf_in(true, 3, 511)).contains("end at byte 512"));
    assert!(damage(&gguf(9, 512)).contains("version 9"));
    assert!(damage(&gguf(3, 511)).contains("end at byte 512"));
    assert!(damage(&gguf(3, 512)[..60]).contains("middle"));
    // More of anything than there can be is refused before it is read.
    for at in [8, 16] {
        let mut many = gguf(3, 512);
        many[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        assert!(damage(&many).contains("at most"), "{}", damage(&many));
    }
    let mut unknown = gguf(3, 512);
    unknown[52..56].copy_from_slice(&77_u32.to_le_bytes());
    assert!(damage(&unknown).contains("type 77"));
}

fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2, u8::try_from(bytes.len()).unwrap()];
    field.extend_from_slice(bytes);
    field
}

#[test]
fn onnx_is_walked() {
    let place = |path: &str| field(13, &[field(1, b"location"), field(2, path.as_bytes())].concat());
    let model = |path: &str| {
        let graph =
            [field(1, b""), field(1, b""), field(5, &[place(path), field(8, b"w")].concat())].concat();
        [vec![0x08, 9], field(2, b"hand"), field(7, &graph), field(8, &[0x10, 21])].concat()
    };
    let head = seen(&model("weights.bin"));
    assert_eq!(head.damage, None);
    let wanted = "ONNX 9, operator set 21, 2 nodes, 1 initializer, 1 of them in other files, by hand";
    assert_eq!(head.about, wanted);
    for path in ["../secret", "/etc/passwd", "C:\\x", "a/../../b"] {
        assert!(damage(&model(path)).contains("outside its folder"), "{path}");
    }
    assert!(damage(&[vec![0x08, 9], field(2, b"hand"), field(8, &[0x10, 21])].concat()).contains("no graph"));
    assert!(damage(&[vec![0x08, 9], field(7, b"")].concat()).contains("operators"));
    let whole = model("w");
    assert!(damage(&whole[..whole.len() - 8]).contains("too early"));
}

#[test]
fn parquet_ends_as_it_begins() {
    // FileMetaData { 1: version 2, 2: [root with 1 child, column], 3: 7 rows, 4: [] }
    let footer = [
        0x15, 0x04, 0x19, 0x2C, 0x48, 1, b'r', 0x15, 0x02, 0x00, 0x15, 0x02, 0x38, 1, b'a', 0x00, 0x16, 0x0E,
        0x19, 0x0C, 0x00,
    ];
    let file = |footer: &[u8], length: u32, last: &[u8]| {
        [b"PAR1", &b"data"[..], footer, &length.to_le_bytes(), last].concat()
    };
    let length = u32::try_from(footer.len()).unwrap();
    let head = seen(&file(&footer, length, b"PAR1"));
    assert_eq!((head.damage, head.about.as_str()), (None, "Parquet, 1 column, 7 rows, 0 row groups"));
    assert!(damage(&file(&footer, length, b"PAR")).contains("PAR1"));
    assert!(damage(&file(&footer, length, b"PARX")).contains("the last four bytes are not PAR1"));
    assert!(damage(&file(&footer, 0, b"PAR1")).contains("description has 0"));
    assert!(damage(&file(&footer, u32::MAX, b"PAR1")).contains("description has"));
    assert!(damage(&file(&footer, length - 1, b"PAR1")).len() > 5);
    // Structs in structs without end.
    let deep = vec![0x1C; 4000];
    assert!(damage(&file(&deep, 4000, b"PAR1")).contains("too deeply"));
    let lists: Vec<u8> = std::iter::once(0x19).chain(vec![0x19; 4000]).collect();
    assert!(damage(&file(&lists, 4001, b"PAR1")).contains("too deeply"));
    assert!(damage(b"PAR1PAR1").contains("middle"));
}

#[test]
fn sqlite_has_its_pages() {
    let mut file = vec![0_u8; 8192];
    file[..16].copy_from_slice(b"SQLite format 3\0");
    file[16..18].copy_from_slice(&4096_u16.to_be_bytes());
    file[18..24].copy_from_slice(&[1, 1, 0, 64, 32, 32]);
    file[24..28].copy_from_slice(&5_u32.to_be_bytes());
    file[28..32].copy_from_slice(&2_u32.to_be_bytes());
    file[44..48].copy_from_slice(&4_u32.to_be_bytes());
    file[56..60].copy_from_slice(&1_u32.to_be_bytes());
    file[92..96].copy_from_slice(&5_u32.to_be_bytes());
    let head = seen(&file);
    assert_eq!((head.damage, head.about.as_str()), (None, "SQLite 3, 2 pages of 4096 bytes"));
    assert!(damage(&file[..8000]).contains("2 pages"));
    assert!(damage(&file[..50]).contains("middle"));
    let with = |at: usize, bytes: &[u8]| {
        let mut file = file.clone();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    assert!(seen(&with(18, &[2, 2])).about.contains("WAL"));
    assert!(damage(&with(16, &[0x0F, 0x00])).contains("3840"));
    assert!(damage(&with(16, &[0, 1])).contains("less than one page of 65536"));
    assert!(damage(&with(21, &[65])).contains("payload"));
    // A size that its last writer did not keep says nothing.
    assert!(seen(&with(28, &[0, 0, 9, 9,])).damage.is_some());
    let mut old = with(28, &[0, 0, 9, 9]);
    old[92..96].copy_from_slice(&4_u32.to_be_bytes());
    assert_eq!(seen(&old).damage, None);
}

fn npy(header: &str, data: &[u8]) -> Vec<u8> {
    let size = u16::try_from(header.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &size[..], header.as_bytes(), data].concat()
}

#[test]
fn arrays_have_their_numbers() {
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }\n";
    let head = seen(&npy(header, &[0; 96]));
    assert_eq!((head.damage, head.about.as_str()), (None, "NumPy array (3, 4) of '<f8'"));
    assert!(damage(&npy(header, &[0; 95])).contains("takes 96 bytes, and 95"));
    assert!(damage(&npy("{'descr': '<f8'}", &[])).contains("no shape"));
    assert_eq!(seen(&npy("{'descr': '<U2', 'shape': (), }", &[0; 8])).damage, None);
    let record = "{'descr': [('a', '<i4'), ('O', '<f8')], 'fortran_order': False, 'shape': (1,), }";
    let objects = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }";
    assert!(seen(&npy(record, &[0; 12])).code.is_none(), "the name of a field is no type");
    for kind in ["'O'", "'i4,O'", "'object'", "[('a', 'i4'), ('b', [('c', '|O')])]"] {
        let header = format!("{{'descr': {kind}, 'fortran_order': False, 'shape': (1,), }}");
        assert_eq!(imports(&seen(&npy(&header, &system()))), ["os.system"], "{kind}");
    }
    assert_eq!(imports(&seen(&npy(objects, &system()))), ["os.system"]);
}

/// `os.system('id')`, protocol 2, by hand.
fn system() -> Vec<u8> {
    b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R.".to_vec()
}

#[test]
fn pickles_are_walked() {
    // pickle.dumps(collections.OrderedDict(a=[1, (2, None)]), protocol=4), Python 3.11.7.
    let text = "80049532000000000000008c0b636f6c6c656374696f6e73948c0b4f726465726564446963749493942952948c\
                0161945d94284b014b024e869465732e";
    let head = seen(&hex::decode(text.as_bytes()).unwrap());
    assert_eq!((head.format, head.damage.clone()), (Some(Format::Pickle), None));
    assert_eq!(imports(&head), ["collections.OrderedDict"]);
    let code = head.code.unwrap();
    assert!(code.walked && !code.hidden && code.beyond().next().is_none());
    assert_eq!(beyond(&system()), ["os.system"]);
    // No mark, an instance, an object, a name from the memo: all of them load.
    for (pickle, name) in [
        (&b"cposix\nsystem\n(S'id'\ntR."[..], "posix.system"),
        (b"(S'id'\nios\nsystem\n.", "os.system"),
        (b"(cos\nsystem\nS'id'\no.", "os.system"),
        (b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x930h\x00h\x01\x93\x8c\x02id\x85R.", "os.system"),
        (b"\x80\x04X\x02\x00\x00\x00os\x8d\x06\x00\x00\x00\x00\x00\x00\x00system\x93)R.", "os.system"),
        (b"\x80\x02c__builtin__\neval\nU\x011\x85R.", "__builtin__.eval"),
        (b"\x80\x04\x8c\x05torch\x8c\x0dhub.os.system\x93)R.", "torch.hub.os.system"),
        (b"\x80\x04\x8c\x0acollections\x8c\x01x\x93.", ""),
        // It goes wrong after the call: Python has made it by then.
        (b"cposix\nsystem\n(S'id'\ntR\xff\xff", "posix.system"),
    ] {
        let found = if name.is_empty() { Vec::new() } else { beyond(pickle) };
        assert_eq!(found.concat(), name, "{pickle:?}");
    }
}

#[test]
fn names_that_are_hidden_are_told() {
    // Escapes in a string; a name made by a call; numbers of a registry.
    for pickle in [
        &b"\x80\x04S'o\\x73'\nS'system'\n\x93)R."[..],
        b"\x80\x04V\\u006fs\nVsystem\n\x93)R.",
        b"\x80\x04cbase64\nb64decode\n\x8c\x04b3M=\x85R\x8c\x06system\x93)R.",
        b"\x80\x02\x82\x01)R.",
    ] {
        assert!(seen(pickle).code.expect("code").hidden, "{pickle:?}");
    }
}

#[test]
fn damaged_pickles_are_told() {
    for (pickle, words) in [
        (&b"\x80\x04\x8c\x05ab"[..], "middle"),
        (b"\x80\x04R.", "no value"),
        (b"\x80\x04(.", "without a value"),
        (b"\x80\x04t.", "mark"),
        (b"\x80\x04h\x07.", "memo"),
        (b"\x80\x04N\xee", "no opcode"),
        (b"\x80\x04N\x8e\xff\xff\xff\xff\xff\xff\xff\xff.", "middle"),
        (b"\x80\x04Nr\xff\xff\xff\xff.", "memo"),
    ] {
        let found = damage(pickle);
        let found = found.replace("where there is none", "where there is no value");
        assert!(found.contains(words), "{pickle:?}: {found}");
    }
    // A list nested beyond all bounds, and more values than are held.
    let deep = [b"\x80\x04".to_vec(), vec![b'('; 5 << 20]].concat();
    assert!(damage(&deep).contains("values at once"));
}

#[test]
fn a_row_of_pickles_is_walked_to_its_end() {
    let row = [&b"\x80\x04N."[..], &system(), b"\x80\x04K\x01."].concat();
    assert_eq!(beyond(&row), ["os.system"]);
    // The number that torch.save of old begins with, version 1001, and what follows.
    let legacy = [
        &b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."[..],
        b"\x80\x02M\xe9\x03.",
        b"\x80\x02}.",
        b"\x80\x02ccollections\nOrderedDict\n)R.",
        b"\x80\x02]q\x00X\x01\x00\x00\x000a.",
        &[0; 24],
    ];
    let head = seen(&legacy.concat());
    assert_eq!((head.format, head.damage.clone()), (Some(Format::Pytorch), None));
    assert_eq!(imports(&head), ["collections.OrderedDict"]);
    // Opcodes in raw data after a break are searched for, not walked.
    let joblib =
        [&b"\x80\x04cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81\xff\xfe\xfd"[..], &system()].concat();
    assert_eq!(beyond(&joblib), ["os.system"]);
    assert!(seen(&joblib).damage.is_none());
    // From protocol 4 on what a pickle holds stands in a frame, whose length it says.
    let mut framed = b"\x80\x04\x95\x0d\0\0\0\0\0\0\0".to_vec();
    framed.extend_from_slice(&[0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, b'.']);
    framed.extend_from_slice(b"\x80\x04M\xe9\x03.\x80\x04}.\x80\x04}.\x80\x04].raw numbers");
    let head = seen(&framed);
    assert_eq!((head.format, head.damage), (Some(Format::Pytorch), None));
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let plain = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, bytes) in members {
        writer.start_file(*name, plain).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn archives_are_looked_into() {
    let model =
        zip(&[("archive/data.pkl", &system()), ("archive/version", b"3\n"), ("archive/data/0", &[0; 64])]);
    let head = seen(&model);
    assert_eq!((head.format, head.damage.clone()), (Some(Format::Pytorch), None));
    assert_eq!(imports(&head), ["os.system"]);
    assert!(damage(&model[..model.len() - 10]).contains("zip"));
    let plain = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n", &[0; 8]);
    let objects = npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", &system());
    let head = seen(&zip(&[("x.npy", &plain), ("y.npy", &plain)]));
    assert_eq!((head.format, head.about.as_str(), head.code), (Some(Format::Npz), "NumPy, 2 arrays", None));
    assert_eq!(imports(&seen(&zip(&[("x.npy", &plain), ("y.npy", &objects)]))), ["os.system"]);
    let config = br#"{"layers": [{"class_name": "Lambda"}]}"#;
    // A header that is longer than what is looked at of a member says nothing by itself.
    let fields: String = (0..500).map(|number| format!("('f{number}', '<f4'), ")).collect();
    let wide = |more: &str, data: &[u8]| {
        npy(&format!("{{'descr': [{fields}{more}], 'fortran_order': False, 'shape': (1,), }}\n"), data)
    };
    assert_eq!(seen(&zip(&[("x.npy", &wide("", &[0; 2000]))])).code, None);
    let objects = wide("('o', '|O'), ", &system());
    assert_eq!(imports(&seen(&zip(&[("x.npy", &objects)]))), ["os.system"]);
    let head = seen(&zip(&[("config.json", config), ("model.weights.h5", b"x"), ("metadata.json", b"{}")]));
    assert_eq!((head.format, imports(&head)), (Some(Format::Keras), vec!["keras.layers.Lambda".to_owned()]));
    assert_eq!(seen(&zip(&[("readme.txt", b"hi")])).format, None);
    // The checksum of a pickle in an archive must be right, or nobody knows what it loads.
    let at = memchr::memmem::find(&model, b"system").unwrap();
    let mut changed = model;
    changed[at] = b'S';
    assert!(damage(&changed).contains("checksum") && seen(&changed).code.unwrap().hidden);
}

#[test]
fn hdf5_has_its_length() {
    // Superblock 2: magic, version, sizes of offsets and lengths, flags, base, extension, end, root.
    let file = |end: u64| {
        let mut file = b"\x89HDF\r\n\x1a\n\x02\x08\x08\x00".to_vec();
        for number in [0, u64::MAX, end, 48] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.resize(100, 0);
        file
    };
    assert_eq!(seen(&file(100)).damage, None);
    assert!(damage(&file(101)).contains("should have 101 bytes and has 100"));
    // A block of the user's stands before it: 512 bytes, or twice as many again and again.
    for size in [512, 2048, 65_536] {
        let behind = |size: usize, end: u64| [vec![b' '; size], file(end)].concat();
        let head = seen(&behind(size, 100));
        assert_eq!((head.format, head.damage), (Some(Format::Hdf5), None), "{size}");
        assert!(damage(&behind(size, 1 << 20)).contains("should have"));
        assert_eq!(seen(&behind(size + 8, 100)).format, None);
    }
}

#[test]
fn what_stands_in_its_place_is_told() {
    for (bytes, words) in [
        (&b""[..], "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "Git LFS"),
        (b"\n <!DOCTYPE html>", "HTML"),
        (b"\xEF\xBB\xBF<HTML>", "HTML"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "XML"),
        (b"{\"error\": \"not found\"}", "JSON"),
        (b"Repository not found\n", "text"),
        (b"cannot find\nthe file\nReally", "text"),
        (&[0; 4000], "zeros"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00", "no known format"),
    ] {
        let head = seen(bytes);
        assert!(head.format.is_none() && head.about.contains(words), "{bytes:?}: {head:?}");
    }
}

#[test]
fn formats_have_names() {
    for format in Format::ALL {
        assert_eq!(Format::of_id(format.id()), Some(format));
    }
    assert_eq!(Format::of_name("Model-Q4.GGUF"), Some(Format::Gguf));
    assert_eq!(Format::of_name("pytorch_model-00001-of-00002.bin"), Some(Format::Pytorch));
    assert_eq!(Format::of_name("firmware.bin"), None);
    assert_eq!(Format::of_name("data"), None);
    assert!(Format::Pickle.serves_as(Format::Pytorch) && !Format::Npy.serves_as(Format::Npz));
}

proptest::proptest! {
    #[test]
    fn nothing_panics(start in 0_usize..10, tail in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        let heads: [&[u8]; 10] = [
            b"GGUF\x03\0\0\0", b"PAR1", b"SQLite format 3\0", b"\x93NUMPY\x01\0", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04",
            b"\x80\x04", b"\x10\0\0\0\0\0\0\0{", b"\x08\x09\x12", b"(",
        ];
        let bytes = [heads[start], &tail].concat();
        let _ = look(Cursor::new(bytes));
    }

    #[test]
    fn cut_or_changed_files_do_not_panic(which in 0_usize..4, at in 0_usize..700, to in proptest::num::u8::ANY) {
        let files = [gguf(3, 512), safetensors(r#"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}"#, 8),
            zip(&[("archive/data.pkl", &system())]), npy("{'descr': '|O', 'shape': (1,), }\n", &system())];
        let mut file = files[which].clone();
        if let Some(byte) = file.get_mut(at) {
            *byte = to;
        } else {
            file.truncate(at / 2);
        }
        let _ = look(Cursor::new(file));
    }
}
