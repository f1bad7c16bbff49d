//! What a viewer asks a snapshot server: `schemaQuery` and `dataQuery`.
