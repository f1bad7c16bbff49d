# One list of steps. `./just` alone lists them.

[private]
default:
    @"{{just_executable()}}" --justfile "{{justfile()}}" --list --unsorted

# Build everything, start it and show live panels; Ctrl-C stops it
demo:
    @exec bash demo/run

# Run all tests, or those of the given parts: rust page fuzz
test *PARTS:
    @exec bash tests/run {{PARTS}}

# Measure, all or parts: throughput sliding expressions aggregates latency fanout idle frozen
bench *ARGS:
    @exec bash tests/bench/run {{ARGS}}

# Format the code
fmt:
    cargo fmt --all

# Check format and lints, warnings are errors
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Build the documentation, warnings are errors
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked

# Fuzz one target (record protocol derive client_message broker_frame auth) until stopped; needs cargo-fuzz
fuzz TARGET *ARGS:
    cd tests && cargo fuzz run --fuzz-dir fuzz --sanitizer none {{TARGET}} {{ARGS}}

# Run the demo as containers
compose *ARGS:
    docker compose --file demo/compose.yaml up --build {{ARGS}}
