"""Worker processes: started again when one dies, given up when that does not help, stopped together."""

import os
import signal
import sys
from pathlib import Path

import pytest

from streams.local import workers as subject
from streams.local.workers import Workers, WorkersError, leftovers, stop_all


@pytest.fixture
def sleeping(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "import os, time; print(os.environ['ELIGIBILITY_INSTANCE_ID'], os.environ['EXTRA'], flush=True); time.sleep(60)"
    )
    monkeypatch.setattr(subject, "COMMAND", (sys.executable, "-c", code))


def _await_line(path: Path) -> str:
    while not path.exists() or not path.read_text().endswith("\n"):
        pass
    return path.read_text().strip()


def _mend_for_ever(workers: Workers) -> None:
    while True:
        workers.mend()


def test_each_worker_has_an_instance_id_of_its_own(tmp_path: Path, sleeping: None) -> None:
    workers = Workers(tmp_path, 2, {"EXTRA": "x"})
    workers.start()
    try:
        assert [_await_line(log) for log in workers.logs] == ["worker-1 x", "worker-2 x"]
    finally:
        workers.stop()
    assert set(workers.pids.values()) == {None}


def test_a_dead_worker_is_started_again(tmp_path: Path, sleeping: None) -> None:
    workers = Workers(tmp_path, 2, {"EXTRA": "x"})
    workers.start()
    try:
        before = workers.pids
        os.kill(before["worker-2"] or 0, signal.SIGKILL)
        mended: list[str] = []
        while not mended:
            mended = workers.mend()
        assert mended == ["worker-2"]
        assert workers.pids["worker-1"] == before["worker-1"]
        assert workers.pids["worker-2"] not in (None, before["worker-2"])
    finally:
        workers.stop()


def test_a_worker_that_keeps_dying_is_given_up_with_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "COMMAND", (sys.executable, "-c", "raise SystemExit('no brokers')"))
    workers = Workers(tmp_path, 1, {})
    workers.start()
    with pytest.raises(WorkersError, match=r"worker-1 died 3 times; .*\n(no brokers\n?)+"):
        _mend_for_ever(workers)


def test_what_a_former_run_left_behind_is_found_and_stopped(tmp_path: Path, sleeping: None) -> None:
    former = Workers(tmp_path, 2, {"EXTRA": "x"})
    former.start()
    left = leftovers(tmp_path)
    assert [process.pid for process in left] == list(former.pids.values())
    stop_all(left)
    assert leftovers(tmp_path) == []
    assert set(former.pids.values()) == {None}


def test_what_stands_beside_the_workers_has_settings_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import os, sys, time; print(sys.argv[1], os.environ.get('OWN'), os.environ['EXTRA'], flush=True); "
        "time.sleep(60)"
    )
    monkeypatch.setattr(subject, "COMMAND", (sys.executable, "-c", code))
    workers = Workers(tmp_path, 1, {"EXTRA": "x"}, {"web": {"OWN": "y"}, "notifier": {"OWN": "z"}})
    workers.start()
    try:
        assert [_await_line(log) for log in workers.logs] == ["worker None x", "web y x", "notifier z x"]
        assert {process.pid for process in leftovers(tmp_path)} == set(workers.pids.values())
    finally:
        workers.stop()
    assert leftovers(tmp_path) == []
