"""Where people and programs meet the rooms: pages, screens and the API."""
