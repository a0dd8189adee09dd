"""Training: who may teach, since when, for which type and language, and every record of training a person has done.

Called by ``applications`` to learn whether the training requirement is met; knows nothing of applications itself.
"""
