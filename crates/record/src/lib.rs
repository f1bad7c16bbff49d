//! A compiled field schema: bytes to records, or the reason why not.
