"""Which picture is written where, before anything is computed."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sparsight.files import (
    EXTENSIONS,
    FOREIGN,
    FileError,
    find_foreign,
    find_images,
    is_complete,
)

_ENDINGS = ", ".join(EXTENSIONS)
_SEPARATORS = ("/", os.sep)


@dataclass(frozen=True)
class Job:
    """One picture to restore.

    Attributes:
        source: the input.
        target: the output.
        replace: whether what is there under the output's name may be replaced.
    """

    source: Path
    target: Path
    replace: bool


@dataclass
class Plan:
    """What a run has to do.

    Attributes:
        jobs: in the order of the inputs.
        skipped: how many outputs are there already.
        problems: one line for each input that cannot be restored.
        targets: the outputs of all jobs.
        foreign: pictures in the folders searched whose formats are not read here.
    """

    jobs: list[Job] = field(default_factory=list)
    skipped: int = 0
    problems: list[str] = field(default_factory=list)
    targets: set[Path] = field(default_factory=set)
    foreign: list[Path] = field(default_factory=list)

    def add(self, job: Job) -> None:
        """Takes a job into the plan."""
        self.jobs.append(job)
        self.targets.add(job.target)


def make_plan(inputs: Sequence[str], output: str, overwrite: bool) -> Plan:
    """Plans a run.

    One input file and an output that ends like a picture give that file, and it must not
    exist. Otherwise the output is a folder; what it holds already is left as it is, so that a
    run that was stopped can be started again.

    Args:
        inputs: files, folders, patterns.
        output: a file or a folder.
        overwrite: whether outputs that exist are made again.

    Returns:
        The plan.

    Raises:
        FileError: the output does not suit.
    """
    plan = Plan()
    found = _find(inputs, plan)
    if _names_file(output):
        if len(inputs) > 1 or len(found) > 1 or Path(inputs[0]).is_dir():
            raise FileError(f"{output}: one file cannot hold several pictures; give a folder")
        for source, _ in found:
            _add_file(plan, Job(source, Path(output), overwrite))
        return plan
    _check_folder(output)
    if len(inputs) == len(found) == 1 and Path(inputs[0]).is_file():
        _check_no_ending(output)
    for source, relative in found:
        if not _is_own_output(source, relative, output):
            _add_to_folder(plan, Job(source, Path(output, relative), overwrite))
    return plan


def _find(inputs: Sequence[str], plan: Plan) -> list[tuple[Path, Path]]:
    """Each picture once; inputs that name none are problems."""
    found: dict[tuple[Path, Path], None] = {}
    for text in inputs:
        if not text:
            plan.problems.append("an input has no name; give files, folders or patterns")
            continue
        if text == "-":
            plan.problems.append("pictures are not read from a pipe; give files or folders")
            continue
        try:
            found |= dict.fromkeys(find_images([text]))
        except FileError as error:
            plan.problems.append(str(error))
        plan.foreign += find_foreign(text)
    return list(found)


def _names_file(output: str) -> bool:
    """Whether the output is meant as a picture."""
    if output.endswith(_SEPARATORS) or Path(output).is_dir():
        return False
    ending = Path(output).suffix.lower()
    if ending in FOREIGN:
        raise FileError(f"{output}: {ending} is not written here; end it in {_ENDINGS}")
    return ending in EXTENSIONS


def _check_no_ending(output: str) -> None:
    """For one photograph a new folder is hardly called like a file: out.xyz."""
    path = Path(output)
    ending = path.suffix.removeprefix(".")
    if ending.isalpha() and not output.endswith(_SEPARATORS) and not path.exists():
        raise FileError(
            f"{output}: .{ending} names no format; end it in {_ENDINGS}, or in / for a folder"
        )


def _check_folder(output: str) -> None:
    if not output:
        raise FileError("the output has no name; give a file or a folder")
    if output == "-":
        raise FileError("pictures are not written to the terminal; give a file or a folder")
    if Path(output).exists() and not Path(output).is_dir():
        raise FileError(f"{output}: it is no folder; give a folder, or a name ending in {_ENDINGS}")


def _is_own_output(source: Path, relative: Path, output: str) -> bool:
    """Whether a search has come upon what an earlier run wrote into a folder below it."""
    path, folder = Path(os.path.abspath(source)), Path(os.path.abspath(output))
    searched = path.parents[len(relative.parts) - 1]
    return folder in path.parents and searched in folder.parents


def _add_file(plan: Plan, job: Job) -> None:
    folder = job.target.parent
    if not folder.is_dir():
        raise FileError(f"{job.target}: the folder {folder} does not exist; create it first")
    if job.replace or not job.target.exists():
        plan.add(job)
        return
    what = "it is the input itself" if _is_same(job) else "it exists already"
    plan.problems.append(f"{job.target}: {what}; choose another name, or add --overwrite")


def _add_to_folder(plan: Plan, job: Job) -> None:
    if job.target in plan.targets:
        what = f"another input is written to {job.target} too; restore it into another folder"
        plan.problems.append(f"{job.source}: {what}")
    elif job.replace:
        plan.add(job)
    elif _is_same(job):
        what = "input and output are the same file; choose another folder, or add --overwrite"
        plan.problems.append(f"{job.source}: {what}")
    elif is_complete(job.target):
        plan.skipped += 1
    else:
        plan.add(replace(job, replace=job.target.is_file()))


def _is_same(job: Job) -> bool:
    return job.target.exists() and job.target.samefile(job.source)
