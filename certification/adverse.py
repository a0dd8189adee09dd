"""The one list of acts that go against a person. Each leaves only with a notice that says what, by which rule, on what it rests, and how to appeal.

The templates of these notices include ``notices/_adverse.txt``; a test holds the two together.
"""

ADVERSE_NOTICES = {
    "application-denied",
    "requirement-declined",
    "application-closed",
    "unanswered-closed",
    "approval-run-out",
    "training-declined",
    "attempt-voided",
    "attempts-used-up",
    "accommodation-refused",
    "fee-kept",
    "hold-opened",
    "hold-renewed",
    "name-declined",
}
# A result goes against nobody, but whoever thinks that something went wrong may ask for a new look at it.
APPEALABLE = ADVERSE_NOTICES | {"exam-failed"}
