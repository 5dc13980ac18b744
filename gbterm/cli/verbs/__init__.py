"""The one-shot commands that do something with a printer."""
