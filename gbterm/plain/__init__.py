"""The plain mode: commands and lines of text, for screen readers and logs."""
