"""The page of numbers for Prometheus, as its own parser reads it."""

from __future__ import annotations

import urllib.request

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


def samples(port: int) -> list[Sample]:
    """What is told at `port`; nothing before the page is served."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=90) as answer:
            text = answer.read().decode()
    except OSError:
        return []
    return [one for family in text_string_to_metric_families(text) for one in family.samples]
