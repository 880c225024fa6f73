"""The bar appears on a terminal when there is more than a second to wait, and never else."""

import pytest

from sparsight.cli.progress import Waiting


@pytest.fixture
def clock(monkeypatch):
    """A clock that each step moves on."""
    now = [0.0]
    monkeypatch.setattr("sparsight.cli.progress.time.monotonic", lambda: now[0])
    return now


@pytest.fixture
def terminal(monkeypatch):
    """Rich takes what pytest captures for a terminal."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")


def work(clock, steps: int, seconds: float) -> None:
    with Waiting(2) as waiting:
        for number, name in enumerate(["one.png", "two [b].png"]):
            step = waiting.begin(number, name, steps)
            for _ in range(steps):
                clock[0] += seconds
                step()


def test_a_long_wait_shows_a_bar(clock, terminal, capfd):
    work(clock, 4, 0.5)
    assert "one.png" in capfd.readouterr().err


def test_a_short_wait_shows_nothing(clock, terminal, capfd):
    work(clock, 4, 0.1)
    assert capfd.readouterr() == ("", "")


def test_where_there_is_no_terminal_nothing_is_shown(clock, monkeypatch, capfd):
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    work(clock, 4, 5.0)
    assert capfd.readouterr() == ("", "")
