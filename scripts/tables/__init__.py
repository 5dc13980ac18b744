"""The tables of docs that are made from the program; see `scripts/reference.py`."""
