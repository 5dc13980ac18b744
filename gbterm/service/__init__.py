"""gbterm as a service of this machine or of one user: its units, and what puts them in place."""
