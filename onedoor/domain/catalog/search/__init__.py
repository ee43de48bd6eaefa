"""Finding items by words: the index, how queries are read, mended and widened, the vocabulary that learns."""
