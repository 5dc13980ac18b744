"""What Python 3.11 no longer has, for software of 2016: also while that is installed."""

import collections
import collections.abc

for name in collections.abc.__all__:
    setattr(collections, name, getattr(collections.abc, name))
