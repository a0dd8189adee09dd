"""The demonstration: invented people, a stand-in for card payments, and the ribbon that says so.

Installed only when ``DEMO`` is set; production never imports it.
"""
