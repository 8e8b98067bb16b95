//! Cryptography: bytes in, bytes out; no paths, no printing, nothing of ours is imported.
