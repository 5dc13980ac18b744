"""A Marlin board in software: for demonstrations, tests and benchmarks."""
