"""Public collections: what they are, under which licence, and how their files come here."""
