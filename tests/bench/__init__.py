"""Timings of the real thing: ``make bench``. Bars are ratios measured in one run, because only those hold on any machine."""
