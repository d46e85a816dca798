"""Holds for every test: how fast the machine is, and what it runs on, says nothing about the code.

Property tests have no deadline, and a laptop on battery saves no work.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from hermes_desktop import machine
from hermes_desktop.domain.power import PowerSource

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True, scope="session")
def _mains() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "power_source", lambda: PowerSource.MAINS)
        yield
