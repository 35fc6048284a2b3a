"""How the table of claims spells numbers and intervals."""

import math


def spelt(value: float, low: float, high: float) -> str:
    """An estimate with its interval, or alone where it has none."""
    if math.isnan(low):
        return _signed(value)
    return f"{_signed(value)} [{_signed(low)}, {_signed(high)}]"


def _signed(value: float) -> str:
    """Three significant digits, with the sign."""
    return f"{float(f'{value:.3g}'):+,.12g}"
