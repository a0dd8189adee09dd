"""Applications: how a person asks for certification, and how staff review and decide what was asked.

Called by ``exams`` (a pass completes an application) and ``discipline`` (an appeal points at a decision).
"""
