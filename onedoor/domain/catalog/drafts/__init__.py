"""Items in the making: drafts, their checks and reviews, and differences that read as prose."""
