"""One module a file format: bytes in, the stored text with its structure out."""
