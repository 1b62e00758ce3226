from collections.abc import Iterator

import pytest

from dynamic_engines import Device, open_device


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    with open_device() as opened:
        yield opened
