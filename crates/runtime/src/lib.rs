//! What every server needs: signals, tasks, logs, metrics, who may connect.
