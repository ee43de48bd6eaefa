"""The catalogue as tables and files: what its sheets and columns are, and how they are written."""
