"""A second, independent implementation of the semantics: slow and obviously right.

It imports nothing else of ``streams``, and nothing of ``schemas``. It keeps the whole list of an account's events and
recomputes every fact from that list; the core must agree with it (tests/properties/test_core_equals_reference.py).
"""
