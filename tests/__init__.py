"""The tests, and the run-time type checker that they run the packages under."""

from beartype import BeartypeConf, beartype

# PEP 484 lets an `int` stand for a `float`; beartype wants to be told.
typecheck = beartype(conf=BeartypeConf(is_pep484_tower=True))
