"""What is done with all records of a batch or block at once: in C where that was compiled, else in Python.

Both give the same bytes and records (tests/unit/codec/test_bulk.py); decision 0194 says why there are two.
"""

try:
    from streams.codec.bulk_native import output_leaves, source_leaves, source_records
except ImportError:  # not compiled here, or Python's own libcrypto isn't a library that others can call
    from streams.codec.bulk_python import output_leaves, source_leaves, source_records

__all__ = ["output_leaves", "source_leaves", "source_records"]
