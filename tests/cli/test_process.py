"""What only a process of its own shows: start-up time, exit codes, kills and closed pipes."""

import os
import signal
import subprocess
import sys
import time

import pytest
from tests.cli.makers import SOURCES, finish, launch, pixels, save_model, save_noise

import sparsight

posix = pytest.mark.skipif(os.name != "posix", reason="signals are sent")


def test_help_answers_within_a_second():
    seconds = []
    for _ in range(3):
        start = time.monotonic()
        outcome = finish(launch("--help"))
        seconds.append(time.monotonic() - start)
        assert outcome.code == 0
        assert "denoise" in outcome.out
    assert min(seconds) < 1


def test_help_and_version_import_nothing_heavy():
    code = (
        "import sys; from sparsight.cli import main;"
        "assert main(['denoise', '--help']) == main(['--version']) == 0;"
        "assert not {'torch', 'numpy', 'PIL'} & set(sys.modules)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SOURCES)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert out.endswith(f"sparsight {sparsight.__version__}\n")


def test_exit_codes(tmp_path):
    outcome = finish(launch("denoise", tmp_path / "no.png", "-o", tmp_path / "b.png"))
    assert outcome.code == 1
    assert outcome.err.startswith(f"sparsight: {tmp_path / 'no.png'}: there is no such file")
    assert finish(launch("denoise")).code == 2
    assert finish(launch("denoise", "a.png", "-o", "b.png", "--sigma", "300")).code == 1


@posix
def test_a_closed_pipe_is_no_error(tmp_path):
    read, write = os.pipe()
    os.close(read)
    outcome = finish(launch("--help", stdout=write))
    os.close(write)
    assert outcome.code == 1
    assert outcome.err == ""


@pytest.fixture
def many(tmp_path):
    for number in range(12):
        save_noise(tmp_path / "in" / f"{number:02}.png", 150, 150, seed=number)
    return tmp_path / "in"


def start_and_stop(many, number: signal.Signals) -> subprocess.Popen:
    """Sends a signal once the first output is there, while the next is being made."""
    out = many.with_name("out")
    model = save_model(many.parent, "groupsc-gray", "window=20")
    process = launch(
        *("denoise", many, "-o", out, "--model", model, "--sigma", "25"),
        # A shell in the background may have left SIGINT ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while process.poll() is None and not list(out.glob("*.png")):
        time.sleep(0.02)
    while process.poll() is None and not list(out.glob(".*.part")):
        time.sleep(0.002)
    process.send_signal(number)
    return process


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_leaves_only_whole_files(many, number, code):
    outcome = finish(start_and_stop(many, number))
    assert outcome.code == code
    left = list(many.with_name("out").iterdir())
    assert 1 <= len(left) < 12
    assert all(pixels(path).shape == (150, 150) for path in left)
    assert (outcome.err.count("\n") == 1) == (number == signal.SIGINT)


@posix
def test_a_killed_run_goes_on_where_it_was(many, run, tmp_path):
    assert finish(start_and_stop(many, signal.SIGKILL)).code == -signal.SIGKILL
    out = tmp_path / "out"
    whole = {path.name: path.read_bytes() for path in out.glob("*.png")}
    assert 1 <= len(whole) < 12
    model = tmp_path / "groupsc-gray.safetensors"
    outcome = run("denoise", many, "-o", out, "--model", model, "--sigma", "25")
    assert outcome.code == 0, outcome.err
    assert f"{12 - len(whole)} restored, {len(whole)} skipped" in outcome.out
    assert len(list(out.glob("*.png"))) == 12
    assert all((out / name).read_bytes() == data for name, data in whole.items())
