"""The public registry: a query over the dated facts of certification, and nothing else.

Called by anyone; it cannot import applications, exams, discipline or reporting, so no slip in a template can show what they hold.
"""
