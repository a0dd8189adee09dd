"""Discipline: what people say went wrong, and how that is heard; today the appeals that every adverse notice offers.

Called by nobody below: letters reach it by the name of its address.
"""
