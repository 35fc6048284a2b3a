"""Made-up results of every experiment, written once."""

import pytest

from experiments.storing.schema import Store
from tests.notebooks.made_up_results import write_results


@pytest.fixture(scope="session")
def made_up(tmp_path_factory) -> Store:
    return write_results(tmp_path_factory.mktemp("results"), seeds=(0, 1))
