"""How few may be counted, so that nobody is told of."""


def safe_counts(counts, fewest):
    """``counts`` with None for what must not be told: each that is about fewer than ``fewest`` people, and where that is only one, the next smallest too,

    for it could be worked out from the others and the sum (``reporting.small_cell``).
    """
    small = {key for key, count in counts.items() if count < fewest}
    if len(small) == 1 and len(counts) > 1:
        small.add(min((key for key in counts if key not in small), key=counts.get))
    return {key: None if key in small else count for key, count in counts.items()}


def safe_parts(parts, wholes, fewest):
    """``parts`` of ``wholes`` (both by the same keys) with None where the part, or what is left of the whole, is about fewer than ``fewest`` people."""
    counts = safe_counts(parts, fewest)
    told = {key for key in counts if wholes[key] is not None and wholes[key] - parts[key] >= fewest}
    return {key: count if key in told else None for key, count in counts.items()}
