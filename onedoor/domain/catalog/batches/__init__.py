"""Batches: what came in one file, checked beside the work, reviewed as a whole, published all or none."""
