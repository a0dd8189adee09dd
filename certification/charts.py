"""Charts: tables whose numbers are also drawn, so that nothing stands in a picture alone."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One line of a chart: what is counted, how many, and how long its bar is, in percent of the longest."""

    label: str
    value: int
    share: int


def bars(counted):
    """``Bar`` of each pair (label, number), in their order."""
    counted = list(counted)
    longest = max((value for _label, value in counted), default=0) or 1
    return [Bar(label, value, round(100 * value / longest)) for label, value in counted]
