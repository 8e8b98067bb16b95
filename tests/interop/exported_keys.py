"""Checks the keys that the program makes against Tink, the PyPI package `cryptography` and OpenSSL.

usage: python3 tests/interop/exported_keys.py PATH_TO_PROGRAM PATH_TO_EXAMPLE     (needs `tink` and `cryptography`)

PATH_TO_PROGRAM is the built `readiness`, PATH_TO_EXAMPLE the built example `encrypted_file`
(`cargo build --example encrypted_file`). Exit code 0 means that every case agreed; the number of cases is printed.
"""

import io
import os
import subprocess
import sys
import tempfile

import tink
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from tink import cleartext_keyset_handle, streaming_aead

PASSPHRASE = "correct horse battery staple"
CONTEXT = b"release 1.0"
SIZES = [0, 1, (1 << 20) - 56, (1 << 20) - 55, (1 << 21) + 17]


class Kept(io.BytesIO):
    """Tink closes the stream it writes to; the content must survive that."""

    def close(self):
        pass


def main():
    program, example = (os.path.abspath(path) for path in sys.argv[1:3])
    streaming_aead.register()
    os.chdir(tempfile.mkdtemp())
    environment = {**os.environ, "READINESS_PASSPHRASE": PASSPHRASE}
    cases = 0

    def run(*arguments):
        return subprocess.run(arguments, capture_output=True, text=True, env=environment)

    def must(*arguments):
        done = run(*arguments)
        if done.returncode != 0:
            sys.exit(f"{arguments}: {done.stderr}")
        return done.stdout

    def check(what, agreed):
        nonlocal cases
        cases += 1
        if not agreed:
            sys.exit(f"disagreement: {what}")

    def read(name):
        with open(name, "rb") as file:
            return file.read()

    def write(name, data):
        with open(name, "wb") as file:
            file.write(data)

    must(program, "release", "keygen", "--output", "one")
    must(program, "release", "keygen", "--output", "clear", "--no-passphrase", "--bits", "4096")
    must(program, "release", "keys", "export", "one/encryption.key", "--output", "one.json")

    # Tink opens what was exported, and what was made in the clear; both ways.
    for name in ["one.json", "clear/encryption.key"]:
        handle = cleartext_keyset_handle.read(tink.JsonKeysetReader(read(name).decode()))
        primitive = handle.primitive(streaming_aead.StreamingAead)
        for size in SIZES:
            plaintext = os.urandom(size)
            write("plain", plaintext)
            must(example, "encrypt", name, CONTEXT.decode(), "plain", "ours")
            with primitive.new_decrypting_stream(io.BytesIO(read("ours")), CONTEXT) as stream:
                check(f"{name}, {size} bytes: Tink opens ours", stream.read() == plaintext)
            out = Kept()
            with primitive.new_encrypting_stream(out, CONTEXT) as stream:
                stream.write(plaintext)
            write("theirs", out.getvalue())
            must(example, "decrypt", name, CONTEXT.decode(), "theirs", "back")
            check(f"{name}, {size} bytes: we open Tink's", read("back") == plaintext)

    # The encryption key under its passphrase is the same 32 bytes: PBES2 is undone here with OpenSSL's parts alone.
    info = unsealed(read("one/encryption.key"))
    # SEQUENCE { 0, SEQUENCE { 2.16.840.1.101.3.4.1.46 }, OCTET STRING of 32 bytes }
    check("PrivateKeyInfo with id-aes256-GCM", info[:-32].hex() == "3032020100300b060960864801650304012e0420")
    write("bare.key", info[-32:])
    plaintext = os.urandom(1000)
    write("plain", plaintext)
    must(example, "encrypt", "bare.key", CONTEXT.decode(), "plain", "ours")
    handle = cleartext_keyset_handle.read(tink.JsonKeysetReader(read("one.json").decode()))
    with handle.primitive(streaming_aead.StreamingAead).new_decrypting_stream(io.BytesIO(read("ours")), CONTEXT) as stream:
        check("the bare key and the exported keyset are one key", stream.read() == plaintext)

    # The signing keys in `cryptography`.
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
    for folder, passphrase, bits in [("one", PASSPHRASE.encode(), 3072), ("clear", None, 4096)]:
        key = serialization.load_pem_private_key(read(f"{folder}/signing.key"), passphrase)
        public = serialization.load_pem_public_key(read(f"{folder}/signing.pub"))
        check(f"{folder}: the same key", key.public_key().public_numbers() == public.public_numbers())
        check(f"{folder}: size and exponent", (public.key_size, public.public_numbers().e) == (bits, 65537))
        public.verify(key.sign(b"data", pss, hashes.SHA256()), b"data", pss, hashes.SHA256())
        check(f"{folder}: signs and verifies", True)
        # Written anew by `cryptography`, it is read by us.
        sealed = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(PASSPHRASE.encode()),
        )
        write("theirs.key", sealed)
        os.chmod("theirs.key", 0o600)
        ours = must(program, "release", "keys", "inspect", f"{folder}/signing.pub").split("public key: ")[1][:64]
        check(f"{folder}: we read theirs", ours in must(program, "release", "keys", "inspect", "theirs.key"))

    # A set that is rotated: openssl verifies it.
    must(program, "release", "keys", "rotate", "--key-set", "set.yaml", "--id", "new", "--old-id", "old",
         "--old", "one/signing.key", "--new", "clear/signing.key")
    must("openssl", "dgst", "-sha256", "-verify", "clear/signing.pub", "-sigopt", "rsa_padding_mode:pss",
         "-sigopt", "rsa_pss_saltlen:digest", "-signature", "set.yaml.sig", "set.yaml")
    check("openssl verifies the set", True)
    print(f"{cases} cases agree")


def unsealed(pem):
    """The PrivateKeyInfo under the passphrase, by PBKDF2 of the standard library and AES of `cryptography`."""
    import base64
    import hashlib

    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))

    def parts(data):
        """The values of a DER sequence's content."""
        found = []
        while data:
            length, start = data[1], 2
            if length & 0x80:
                start += length & 0x7F
                length = int.from_bytes(data[2:start], "big")
            found.append(data[start : start + length])
            data = data[start + length :]
        return found

    scheme, sealed = parts(parts(der)[0])
    derivation, cipher = parts(parts(scheme)[1])
    salt, iterations, _ = parts(parts(derivation)[1])
    if int.from_bytes(iterations, "big") != 600_000 or len(salt) != 16:
        sys.exit("disagreement: 600000 iterations and a salt of 16 bytes")
    vector = parts(cipher)[1]
    key = hashlib.pbkdf2_hmac("sha256", PASSPHRASE.encode(), salt, 600_000, 32)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    padded = decryptor.update(sealed) + decryptor.finalize()
    return padded[: -padded[-1]]


main()
