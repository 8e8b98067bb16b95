"""Checks the encrypted-file format against Tink, both ways.

usage: python3 tests/interop/encrypted_files.py PATH_TO_EXAMPLE     (needs the PyPI package `tink`)

PATH_TO_EXAMPLE is the built example: `cargo build --example encrypted_file` leaves it in
target/debug/examples/encrypted_file. Exit code 0 means that every case agreed; the number of cases is printed.
"""

import io
import os
import subprocess
import sys
import tempfile

import tink
from tink import cleartext_keyset_handle, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

HEADER, TAG = 40, 16
CONTEXT = b"release 1.0"


class Kept(io.BytesIO):
    """Tink closes the stream it writes to; the content must survive that."""

    def close(self):
        pass


def keyset(segment_size, main_key, hkdf_hash=common_pb2.SHA256):
    """A Tink keyset in JSON with one streaming key."""
    params = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingParams(
        ciphertext_segment_size=segment_size, derived_key_size=32, hkdf_hash_type=hkdf_hash
    )
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(params=params, key_value=main_key)
    keys = tink_pb2.Keyset(primary_key_id=1)
    entry = keys.key.add()
    entry.key_id, entry.status, entry.output_prefix_type = 1, tink_pb2.ENABLED, tink_pb2.RAW
    entry.key_data.type_url = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"
    entry.key_data.value = key.SerializeToString()
    entry.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    out = io.StringIO()
    tink.JsonKeysetWriter(out).write(keys)
    return out.getvalue()


def primitive(text):
    handle = cleartext_keyset_handle.read(tink.JsonKeysetReader(text))
    return handle.primitive(streaming_aead.StreamingAead)


def tink_encrypt(text, plaintext):
    out = Kept()
    with primitive(text).new_encrypting_stream(out, CONTEXT) as stream:
        stream.write(plaintext)
    return out.getvalue()


def tink_decrypt(text, ciphertext):
    with primitive(text).new_decrypting_stream(io.BytesIO(ciphertext), CONTEXT) as stream:
        return stream.read()


def tink_refuses(text, ciphertext):
    try:
        tink_decrypt(text, ciphertext)
    except (tink.TinkError, EOFError, ValueError, OSError):
        return True
    return False


def documented_programs():
    """The two Python programs of docs/encrypted-files.md."""
    page = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/encrypted-files.md")
    with open(page, encoding="utf-8") as file:
        blocks = file.read().split("```python\n")[1:]
    return [block.split("```")[0] for block in blocks]


def main():
    example = os.path.abspath(sys.argv[1])
    decrypt_program, keyset_program = documented_programs()
    streaming_aead.register()
    os.chdir(tempfile.mkdtemp())
    cases = stricter = 0

    def write(name, data):
        with open(name, "wb") as file:
            file.write(data)

    def read(name):
        with open(name, "rb") as file:
            return file.read()

    def ours(*arguments):
        """Runs the example; None when it refuses, else what it printed."""
        result = subprocess.run([example, *arguments], capture_output=True, text=True)
        return result.stdout if result.returncode == 0 else None

    def check(what, agreed):
        nonlocal cases
        cases += 1
        if not agreed:
            sys.exit(f"disagreement: {what}")

    main_key = os.urandom(32)
    write("raw.key", main_key)
    keysets = {
        "1 MiB": (1 << 20, keyset(1 << 20, main_key)),
        "4 KiB": (4096, keyset(4096, main_key)),
        "4 KiB, SHA-512": (4096, keyset(4096, os.urandom(64), common_pb2.SHA512)),
    }
    for name, (segment, text) in keysets.items():
        write("keyset.json", text.encode())
        first, full = segment - HEADER - TAG, segment - TAG
        sizes = [0, 1, first - 1, first, first + 1, full, segment, segment + 1]
        sizes += [first + full - 1, first + full, first + full + 1, first + 2 * full, 3 * segment]
        for size in sizes:
            plaintext = os.urandom(size)
            write("plain", plaintext)
            theirs = tink_encrypt(text, plaintext)
            write("theirs", theirs)
            label = f"{name}, {size} bytes"
            # Theirs to us.
            check(f"{label}: we open theirs", ours("decrypt", "keyset.json", CONTEXT, "theirs", "back") is not None)
            check(f"{label}: same plaintext", read("back") == plaintext)
            if size >= 1 << 20 and name == "1 MiB":
                check(f"{label}: raw key", ours("decrypt", "raw.key", CONTEXT, "theirs", "back") is not None)
            # Ours to them.
            check(f"{label}: we encrypt", ours("encrypt", "keyset.json", CONTEXT, "plain", "ours") is not None)
            check(f"{label}: same size", len(read("ours")) == len(theirs))
            check(f"{label}: they open ours", tink_decrypt(text, read("ours")) == plaintext)
            # Without the key.
            segments = -(-len(theirs) // segment)
            expected = f"segments={segments} plaintext={size}\n"
            check(f"{label}: inspection", ours("inspect", "theirs", str(segment)) == expected)

            # Both refuse the same things.
            def both_refuse(what, data, key_text=text):
                check(f"{label}: they refuse {what}", tink_refuses(key_text, data))
                we_refuse(what, data, key_text)

            def we_refuse(what, data, key_text=text):
                write("bad", data)
                write("bad.json", key_text.encode())
                check(f"{label}: we refuse {what}", ours("decrypt", "bad.json", CONTEXT, "bad", "never") is None)
                check(f"{label}: nothing left of {what}", not os.path.exists("never"))

            both_refuse("a wrong key", theirs, keyset(segment, os.urandom(32)))
            flipped = theirs[:-1] + bytes([theirs[-1] ^ 1])
            both_refuse("a changed tag", flipped)
            both_refuse("a missing byte", theirs[:-1])
            if len(theirs) % segment:
                both_refuse("an added byte", theirs + b"\0")
            else:
                # Tink 1.16 for Python stops reading at a full last segment and never sees what follows.
                we_refuse("an added byte", theirs + b"\0")
                stricter += tink_decrypt(text, theirs + b"\0") == plaintext
            if len(theirs) > segment:
                both_refuse("a missing last segment", theirs[: (segments - 1) * segment])
            if segments >= 3:
                parts = [theirs[at : at + segment] for at in range(0, len(theirs), segment)]
                both_refuse("exchanged segments", b"".join([parts[0], parts[2], parts[1], *parts[3:]]))
                both_refuse("a repeated segment", b"".join([parts[0], parts[1], parts[1], *parts[2:]]))
            check(f"{label}: we heed the context", ours("decrypt", "keyset.json", "other", "theirs", "never") is None)

    # The page's own programs, run as they stand: a raw key made a keyset, and our file decrypted with it.
    made = subprocess.run([sys.executable, "-c", keyset_program, "raw.key"], capture_output=True, check=True)
    write("made.json", made.stdout)
    plaintext = os.urandom((1 << 20) + 5)
    write("plain", plaintext)
    check("the page: we encrypt", ours("encrypt", "raw.key", CONTEXT, "plain", "ours") is not None)
    subprocess.run([sys.executable, "-c", decrypt_program, "made.json", CONTEXT.decode(), "ours", "back"], check=True)
    check("the page: its program decrypts", read("back") == plaintext)
    print(f"{cases} cases agree; {stricter} files with bytes after a full last segment were refused by us alone")


main()
