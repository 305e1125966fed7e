// Owns the precompiled header that every module shares.
