"""Where bytes are that are no files: object storage, and what is kept of it here."""
