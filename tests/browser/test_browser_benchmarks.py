"""Every benchmark that measures in a browser runs in its smallest size."""

from pathlib import Path

import pytest

from tests.unit.test_benchmarks import OF_A_DASHBOARD, WITH_OWN_DASHBOARD, run_alone

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("browser")]


@pytest.mark.parametrize("module", WITH_OWN_DASHBOARD)
def test_a_benchmark_with_its_own_dashboard_runs(module: str, home: Path) -> None:
    run_alone(module, home)


@pytest.mark.parametrize("module", OF_A_DASHBOARD)
def test_a_benchmark_of_a_dashboard_runs(module: str, server: str, home: Path) -> None:
    run_alone(module, home, OF_A_DASHBOARD[module].format(server))
