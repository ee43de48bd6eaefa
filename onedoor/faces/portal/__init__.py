"""The pages of citizens and enterprises: find, read, apply, follow, rate. Phone first; everything works without
scripts."""
