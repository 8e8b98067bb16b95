//! Which keys are trusted, when, and who vouches for them: endorsement, rotation and revocation in a key-set file.
