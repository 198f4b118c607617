"""What is written in C gives the records and bytes of what is written in Python, and keeps and loses no object."""

import hashlib
import importlib.util
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from streams.codec import bulk, bulk_python
from streams.codec.records import OutputRecord, SourceRecord
from tests.support.compiled import is_compiled

SOURCE = Path(bulk_python.__file__).with_name("bulk_native.c")

maybe_bytes = st.none() | st.binary(max_size=300)
instants = st.integers(-(1 << 63), (1 << 63) - 1)
partitions = st.integers(0, (1 << 32) - 1)
headers = st.lists(st.tuples(st.text(max_size=20), maybe_bytes), max_size=3).map(tuple)
topics = st.sampled_from(("repayments", "status", "")) | st.text(max_size=80)
sources = st.builds(SourceRecord, topics, partitions, instants, instants, maybe_bytes, maybe_bytes, headers)
outputs = st.builds(OutputRecord, topics, maybe_bytes, maybe_bytes, instants, headers)


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The module that `make compiled` would build, or has built."""
    if is_compiled():
        return importlib.import_module("streams.codec.bulk_native")
    if not Path(sysconfig.get_paths()["include"], "Python.h").exists():
        pytest.skip("Python.h not found: what is written in C isn't tested here")
    from setuptools import Extension, setup  # type: ignore[import-untyped]  # noqa: PLC0415
    from setuptools.errors import CompileError  # type: ignore[import-untyped]  # noqa: PLC0415

    folder = str(tmp_path_factory.mktemp("native"))
    into = ("--build-lib", folder, "--build-temp", folder)
    extension = Extension("bulk_native", [str(SOURCE)], extra_compile_args=["-Wall", "-Wextra", "-Werror"])
    try:
        setup(name="native", packages=[], ext_modules=[extension], script_args=["-q", "build_ext", *into])
    except CompileError as error:
        if "No such file" in str(error):
            pytest.skip("no C compiler found: what is written in C isn't tested here")
        raise
    (built,) = Path(folder).glob("bulk_native*")
    spec = importlib.util.spec_from_file_location("bulk_native", built)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ImportError as error:
        pytest.skip(f"{error}: what is written in C isn't tested here")
    return module


@given(st.lists(sources, max_size=4))
def test_source_leaves_are_the_same(native: ModuleType, records: list[SourceRecord]) -> None:
    assert native.source_leaves(records) == bulk_python.source_leaves(records)
    assert native.source_leaves(iter(records)) == bulk_python.source_leaves(records)


@given(st.lists(outputs, max_size=4), partitions)
def test_output_leaves_are_the_same(native: ModuleType, records: list[OutputRecord], partition: int) -> None:
    assert native.output_leaves(records, partition) == bulk_python.output_leaves(records, partition)


@given(st.lists(sources, max_size=4), topics, partitions)
def test_source_records_are_the_same(
    native: ModuleType, records: list[SourceRecord], topic: str, partition: int
) -> None:
    rows = [SimpleNamespace(**record._asdict() | {"headers": list(record.headers)}) for record in records]
    made = native.source_records(topic, partition, iter(rows))
    assert made == bulk_python.source_records(topic, partition, rows)
    assert all(type(record) is SourceRecord for record in made)


def test_long_values_are_hashed_whole(native: ModuleType) -> None:
    value = bytes(range(256)) * 4096
    record = OutputRecord("status", b"A1", value, 5, ())
    assert native.output_leaves([record], 3) == bulk_python.output_leaves([record], 3)
    head = b"\0\0\0\6status\0\0\0\3\0\0\0\0\0\0\0\5\0\0\0\2A1\0\x10\0\0"
    assert native.output_leaves([record], 3) == hashlib.sha256(head + value).digest()


SOURCE_RECORD = SourceRecord("repayments", 3, 41, 5, b"A1", b"{}", (("h", b"1"),))
OUTPUT_RECORD = OutputRecord("status", b"A1", b"{}", 5, ())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"topic": 1}, "topic is str, not int"),
        ({"topic": "\ud800"}, "surrogates"),
        ({"partition": -1}, "negative|unsigned"),
        ({"partition": 1 << 32}, "32 bits"),
        ({"offset": "1"}, "int"),
        ({"timestamp": 1 << 63}, "int too"),
        ({"key": "A1"}, "key is bytes or None, not str"),
        ({"value": 1}, "value is bytes or None, not int"),
        ({"headers": [("h", b"1")]}, "tuple of pairs"),
        ({"headers": (("h",),)}, "tuple of pairs"),
        ({"headers": ((b"h", b"1"),)}, "header name is str, not bytes"),
        ({"headers": (("h", "1"),)}, "header value is bytes or None, not str"),
    ],
)
def test_what_is_no_source_record_is_refused(native: ModuleType, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises((TypeError, OverflowError, UnicodeEncodeError), match=message):
        native.source_leaves([SOURCE_RECORD, SOURCE_RECORD._replace(**wrong)])


@pytest.mark.parametrize(
    "wrong", [{"topic": None}, {"key": "A1"}, {"value": 1.5}, {"timestamp": None}, {"timestamp": 1 << 64}]
)
def test_what_is_no_output_record_is_refused(native: ModuleType, wrong: dict[str, Any]) -> None:
    with pytest.raises((TypeError, OverflowError)):
        native.output_leaves([OUTPUT_RECORD, structs.replace(OUTPUT_RECORD, **wrong)], 0)


@pytest.mark.parametrize(
    "call",
    [
        lambda native: native.source_leaves([(1, 2)]),
        lambda native: native.source_leaves(5),
        lambda native: native.output_leaves([OUTPUT_RECORD]),
        lambda native: native.output_leaves([OUTPUT_RECORD], "0"),
        lambda native: native.source_records("t", 0),
        lambda native: native.source_records("t", 0, 5),
        lambda native: native.source_records("t", 0, [SimpleNamespace(**SOURCE_RECORD._asdict() | {"headers": 5})]),
    ],
)
def test_other_arguments_are_refused(native: ModuleType, call: Callable[[ModuleType], object]) -> None:
    with pytest.raises(TypeError):
        call(native)


def test_a_row_that_lacks_a_field_and_an_error_while_rows_are_read_come_through(native: ModuleType) -> None:
    with pytest.raises(AttributeError, match="key"):
        native.source_records("t", 0, [SimpleNamespace(offset=1, timestamp=2)])

    def broken() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(**SOURCE_RECORD._asdict())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        native.source_records("t", 0, broken())


def test_no_reference_is_kept_or_lost(native: ModuleType) -> None:
    topic, key, value, content = f"topic {1}", bytes(bytearray(b"key")), bytes(bytearray(b"value")), b"1" * 9
    timestamp, broken = 10**12 + len(topic), object()
    row = SimpleNamespace(offset=10**13, timestamp=timestamp, key=key, value=value, headers=[(topic, content)])
    held = (topic, key, value, content, timestamp, broken, None, row, SourceRecord)

    def counts() -> list[int]:
        return [sys.getrefcount(each) for each in held]

    def refused(call: Callable[[], object]) -> None:
        with pytest.raises((AttributeError, TypeError)):
            call()

    lacking = SimpleNamespace(offset=1, timestamp=timestamp)
    wrong_source: Any = SOURCE_RECORD._replace(topic=topic, value=broken)  # type: ignore[arg-type]
    wrong_output: Any = OutputRecord(topic, key, broken, timestamp, ())  # type: ignore[arg-type]

    def work() -> None:
        for _ in range(100):
            native.source_leaves(native.source_records(topic, 1, [row]))
            native.output_leaves([OutputRecord(topic, key, value, timestamp, ())], 1)
            refused(lambda: native.source_records(topic, 1, [row, lacking]))
            refused(lambda: native.source_leaves([wrong_source]))
            refused(lambda: native.output_leaves([wrong_output], 1))

    work()
    before = counts()
    work()
    after = counts()
    assert all(abs(one - other) < 50 for one, other in zip(before, after, strict=True)), (before, after)


def test_the_quicker_one_is_used() -> None:
    """A compiled core whose C part can't be imported would be slower without a word."""
    wanted = "bulk_native" if is_compiled() else "bulk_python"
    assert {getattr(bulk, name).__module__.rpartition(".")[2] for name in bulk.__all__} == {wanted}
