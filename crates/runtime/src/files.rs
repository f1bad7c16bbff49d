//! How many files, sockets among them, the process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Beside the connections: logs, listeners, what is read and written now and then.
const SPARE: u64 = 256;

/// Asks the system for so many connections, which commonly allows a thousand files until it
/// is asked; says in the log if they are more than it gives. For `main` only.
pub fn make_room(connections: usize) {
    let wanted = (connections as u64).saturating_add(SPARE);
    let limit = getrlimit(Resource::Nofile);
    // None is no limit.
    let Some(current) = limit.current.filter(|current| *current < wanted) else { return };
    let possible = limit.maximum.map_or(wanted, |maximum| maximum.min(wanted)).max(current);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(possible), ..limit });
    let files = if raised.is_ok() { possible } else { current };
    if files < wanted {
        tracing::warn!(
            files,
            connections,
            "the system allows fewer open files than connections: see ulimit -n"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_grows_as_far_as_the_system_lets_it() {
        let before = getrlimit(Resource::Nofile);
        let (current, maximum) = (before.current.unwrap_or(u64::MAX), before.maximum.unwrap_or(u64::MAX));
        make_room(1);
        assert_eq!(getrlimit(Resource::Nofile).current, before.current, "never less");
        let more = current.saturating_add(1000).min(1 << 19);
        make_room(usize::try_from(more).expect("a number"));
        let after = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
        assert_eq!(after, (more + SPARE).min(maximum).max(current));
    }
}
