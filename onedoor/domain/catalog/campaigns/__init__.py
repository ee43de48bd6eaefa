"""Clean-ups 清理 of the catalogue: what departments report, what reviewers confirm, what came of it."""
