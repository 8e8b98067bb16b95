//! Known ciphertexts from Tink for Python, and properties: what was changed is never accepted.

use std::io;

use proptest::prelude::*;

use super::*;
use crate::formats::hex;

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text.as_bytes()).unwrap()
}

fn key(segment_size: usize) -> StreamingKey {
    let main: Vec<u8> = (0..32).collect();
    StreamingKey::new(&main, Parameters::new(segment_size, HashAlgorithm::Sha256).unwrap()).unwrap()
}

fn sealed(segment_size: usize, plaintext: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let seed = Seed::fixed([9; 32], [7; 7]);
    encrypt(&key(segment_size), b"context", &seed, &mut &plaintext[..], &mut out).unwrap();
    out
}

/// Decrypts in pieces of the given size.
fn opened(segment_size: usize, file: &[u8], piece: usize) -> Result<(StreamSummary, Vec<u8>), StreamError> {
    let mut decryptor = Decryptor::new(&key(segment_size), b"context");
    let mut plaintext = Vec::new();
    for chunk in file.chunks(piece) {
        decryptor.update(chunk, &mut plaintext)?;
    }
    let summary = decryptor.finish(&mut plaintext)?;
    Ok((summary, plaintext))
}

/// Written by Tink for Python: key 00 … 1f, associated data "context".
#[test]
fn files_of_tink_open() {
    let empty = "28c369fb1efcaa47765f79aacd698d1984198540480856345b86e386905e5aec25fe7e23e7f9b9a53e883279c5f43d4b6b\
                 3a294b6e4f1408";
    let short = "28704236a23ad50f69f3620615681c55fd8a2e2e4e43a40df7350fa67bd892fab10a19464f2e282e944637c1d6e14dc9e6\
                 d77850b20234a935bfc3fb452fb79caf";
    // Segments of 128 bytes, plaintext 00 … c7.
    let three = "284b8d6406050893bfc71cbe3f4915167692db824bae828c115d9171a1f7568732d10981545f2cb14b3fc79149c2cfa341\
                 bd4eebd061d2d65bb1f8109f05567088b3f7fce13a9ddcba432711aeb3a69fff45378dc23227d4a4c5f1357e6bccb045b13\
                 f738235e0d4a56be58ce303f98f9126c846acf017ab787177070c563b4cc779d6efea8ceac0d9d5c194681d1fa89dd57e7b3\
                 cf232bfa12c436b4c5e6a75b23ace45ccb2bc01a3a10683266e0e2c50df18202f5bc43f2398fd2979a1bb618df724d12eaa8\
                 1756c9987722164760c274fcc37702cb149aa9ca313e0c65fc517a32b5afd8f7d89bb0568c5d6903981e7057fcf26783f297\
                 34c30eea3ada596b0c3b225e80aa7eaaa084b5d19d32275681d2962070bbd682b998306dc9d568f";
    let long: Vec<u8> = (0..200).collect();
    for (file, segment_size, plaintext, segments) in
        [(empty, 1 << 20, &b""[..], 1), (short, 1 << 20, b"readiness", 1), (three, 128, &long, 3)]
    {
        let file = bytes(file);
        let size = u64::try_from(plaintext.len()).unwrap();
        for piece in [1, 7, 40, 128, 1 << 20] {
            let (summary, found) = opened(segment_size, &file, piece).unwrap();
            assert_eq!(summary, StreamSummary { segments, plaintext_size: size });
            assert_eq!(found, plaintext);
        }
        let parameters = *key(segment_size).parameters();
        let (header, plan) = inspect(&file, u64::try_from(file.len()).unwrap(), &parameters).unwrap();
        assert_eq!(plan, Plan { segments, plaintext_size: size });
        assert!(!header.is_degenerate());
        // The same random values and plaintext give the same bytes.
        let mut again = Vec::new();
        encrypt(
            &key(segment_size),
            b"context",
            &Seed::fixed(header.salt, header.prefix),
            &mut &plaintext[..],
            &mut again,
        )
        .unwrap();
        assert_eq!(again, file);
    }
}

#[test]
fn sizes_around_the_boundaries() {
    // 100-byte segments: 44 bytes of plaintext in the first, 84 in each of the others.
    for (plaintext, size, segments) in [
        (0, 56, 1),
        (1, 57, 1),
        (43, 99, 1),
        (44, 100, 1),
        (45, 117, 2),
        (128, 200, 2),
        (129, 217, 3),
        (212, 300, 3),
    ] {
        let file = sealed(100, &vec![b'x'; plaintext]);
        assert_eq!(file.len(), size, "{plaintext}");
        let plan = key(100).parameters().plan(u64::try_from(size).unwrap());
        assert_eq!(plan, Ok(Plan { segments, plaintext_size: u64::try_from(plaintext).unwrap() }));
        assert_eq!(opened(100, &file, 33).unwrap().0.segments, segments);
    }
    let plan = |size| key(100).parameters().plan(size);
    assert_eq!(plan(55), Err(HeaderError::TooShort { size: 55 }));
    assert_eq!(plan(101), Err(HeaderError::LastSegment { bytes: 1 }));
    assert_eq!(plan(115), Err(HeaderError::LastSegment { bytes: 15 }));
    assert!(plan(116).is_ok());
    assert_eq!(plan(100 << 32).map(|plan| plan.segments), Ok(1 << 32));
    assert_eq!(plan((100 << 32) + 50), Err(HeaderError::TooLong));
    assert_eq!(plan(u64::MAX), Err(HeaderError::TooLong));
}

#[test]
fn cut_at_every_byte_is_refused() {
    let file = sealed(100, &[8; 251]);
    for end in 0..file.len() {
        assert!(opened(100, &file[..end], 64).is_err(), "cut at {end}");
    }
}

#[test]
fn the_kinds_of_damage_are_told_apart() {
    let plaintext: Vec<u8> = (0..=250).collect();
    let file = sealed(100, &plaintext);
    assert_eq!(file.len(), 355);
    let fails = |file: &[u8]| opened(100, file, 64).map(|(summary, _)| summary).unwrap_err();
    // Cut at the end of each segment, inside one, and inside the header.
    assert!(matches!(fails(&file[..300]), StreamError::Truncated { segment: 2 }));
    assert!(matches!(fails(&file[..100]), StreamError::Truncated { segment: 0 }));
    assert!(matches!(fails(&file[..250]), StreamError::Damaged { segment: 2 }));
    assert!(matches!(fails(&file[..99]), StreamError::FirstSegment));
    assert!(matches!(fails(&file[..30]), StreamError::Header(HeaderError::TooShort { size: 30 })));
    assert!(matches!(fails(&file[..40]), StreamError::Header(HeaderError::TooShort { size: 40 })));
    assert!(matches!(fails(&[]), StreamError::Header(HeaderError::TooShort { size: 0 })));
    // A file whose last segment is full, with something after it.
    let full = sealed(100, &[1; 128]);
    assert!(matches!(fails(&[&full[..], b"x"].concat()), StreamError::TrailingData { segment: 1 }));
    let mut first = file.clone();
    first[50] ^= 1;
    assert!(matches!(fails(&first), StreamError::FirstSegment));
    let mut inner = file.clone();
    inner[250] ^= 1;
    assert!(matches!(fails(&inner), StreamError::Damaged { segment: 2 }));
    let mut byte = file.clone();
    byte[0] = 0x29;
    assert!(matches!(fails(&byte), StreamError::Header(HeaderError::LengthByte { found: 0x29 })));
    // Another key, other associated data, another segment size.
    let other = StreamingKey::new(&[3; 32], *key(100).parameters()).unwrap();
    for (key, context) in [(&other, &b"context"[..]), (&key(100), b"contexts"), (&key(128), b"context")] {
        let mut decryptor = Decryptor::new(key, context);
        let fed = decryptor.update(&file, &mut io::sink());
        assert!(matches!(fed, Err(StreamError::FirstSegment)));
        assert!(matches!(decryptor.update(b"x", &mut io::sink()), Err(StreamError::Failed)));
        assert!(matches!(decryptor.finish(&mut io::sink()), Err(StreamError::Failed)));
    }
}

#[test]
fn no_plaintext_before_its_tag_and_none_after_a_failure() {
    let mut file = sealed(100, &(0..=250).collect::<Vec<u8>>());
    file[150] ^= 1;
    let mut plaintext = Vec::new();
    let mut decryptor = Decryptor::new(&key(100), b"context");
    decryptor.update(&file[..100], &mut plaintext).unwrap();
    assert!(plaintext.is_empty(), "the first segment might still be the last");
    assert!(decryptor.update(&file[100..], &mut plaintext).is_err());
    assert_eq!(plaintext, (0..44).collect::<Vec<u8>>());
    assert!(decryptor.update(&file, &mut plaintext).is_err());
    assert_eq!(plaintext.len(), 44);
}

#[test]
fn memory_is_one_segment() {
    let mut decryptor = Decryptor::new(&key(4096), b"context");
    let file = sealed(4096, &vec![5; 1 << 20]);
    decryptor.update(&file, &mut io::sink()).unwrap();
    assert_eq!((decryptor.buffer.capacity(), decryptor.plain.capacity()), (4096, 4096));
}

#[test]
fn parameters_and_keys_out_of_range() {
    for size in [0, 56, MAX_SEGMENT_SIZE + 1, usize::MAX] {
        assert_eq!(Parameters::new(size, HashAlgorithm::Sha256), Err(ParameterError::SegmentSize(size)));
    }
    assert!(Parameters::new(57, HashAlgorithm::Sha256).is_ok());
    for length in [0, 31, 1025] {
        let made = StreamingKey::new(&vec![1; length], Parameters::default());
        assert_eq!(made.err(), Some(ParameterError::KeyLength(length)));
    }
}

fn plaintext() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..700)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn round_trip(plaintext in plaintext(), segment_size in 57_usize..200, piece in 1_usize..300) {
        let file = sealed(segment_size, &plaintext);
        let (summary, found) = opened(segment_size, &file, piece).unwrap();
        prop_assert_eq!(found, plaintext);
        let plan = key(segment_size).parameters().plan(u64::try_from(file.len()).unwrap()).unwrap();
        prop_assert_eq!((plan.segments, plan.plaintext_size), (summary.segments, summary.plaintext_size));
    }

    #[test]
    fn cut_anywhere_is_refused(plaintext in plaintext(), segment_size in 57_usize..200, at in any::<prop::sample::Index>()) {
        let file = sealed(segment_size, &plaintext);
        let end = at.index(file.len());
        prop_assert!(opened(segment_size, &file[..end], 97).is_err(), "cut at {}", end);
    }

    #[test]
    fn any_changed_bit_is_refused(plaintext in plaintext(), at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut file = sealed(100, &plaintext);
        let at = at.index(file.len());
        file[at] ^= 1_u8 << bit;
        prop_assert!(opened(100, &file, 64).is_err());
    }

    #[test]
    fn moved_repeated_and_left_out_segments_are_refused(
        plaintext in proptest::collection::vec(any::<u8>(), 300..700),
        from in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
    ) {
        let file = sealed(100, &plaintext);
        let segments: Vec<&[u8]> = file.chunks(100).collect();
        // The first chunk is header and segment 0 together.
        let (from, to) = (1 + from.index(segments.len() - 1), 1 + to.index(segments.len() - 1));
        if from != to {
            let mut swapped = segments.clone();
            swapped.swap(from, to);
            prop_assert!(opened(100, &swapped.concat(), 64).is_err());
        }
        let mut repeated = segments.clone();
        repeated.insert(to, segments[from]);
        prop_assert!(opened(100, &repeated.concat(), 64).is_err());
        let mut left_out = segments.clone();
        left_out.remove(from);
        prop_assert!(opened(100, &left_out.concat(), 64).is_err());
    }
}
