"""Reading items from files: tables, listings of other platforms, guides and item documents."""
