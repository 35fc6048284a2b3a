"""Every example in a docstring of the library runs and prints what it says."""

import doctest
import importlib
import pkgutil

import pytest

import dormancy

MODULES = sorted(m.name for m in pkgutil.walk_packages(dormancy.__path__, "dormancy."))


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_examples_are_found():
    assert doctest.testmod(importlib.import_module("dormancy.scores")).attempted >= 4
