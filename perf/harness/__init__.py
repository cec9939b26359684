"""The performance harness behind perf/run and perf/profile; see docs/performance.md."""
