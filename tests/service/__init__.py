"""gbterm as a service."""
