"""Benchmarks: each measures one figure beside its reference, interleaved in one run."""
