"""What a citizen reads of an item: the guide in words, its chart, what is printed of it."""
