"""Facts the papers room publishes; stream kind `uploads` (one per tenant)."""

#: A scanner found something in a file, which was not kept: `sm3` and `size` of it, its `media_type`, what was `found`.
UPLOAD_INFECTED = "papers.upload_infected"
