"""Exams: accommodations, exam fees, authorizations, the vendor's files and the results in them.

The outside world of testing enters here; a pass calls ``applications.actions.complete``, which issues the certificate.
"""
