"""A board and files as the tests have them."""

from tests.endtoend.conftest import house as house
from tests.endtoend.conftest import sliced as sliced
