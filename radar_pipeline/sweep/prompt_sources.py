"""What the tables of prompts are made of, read when asked for and once, with a cheap stamp of each part.

A stamp holds names, sizes and dates of files only: an unchanged night reads no more than that.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cached_property, lru_cache
from pathlib import Path

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError, RadarError
from radar_pipeline.evals import commits, experiments, lives, runs
from radar_pipeline.evals.registry import Record, Registry
from radar_pipeline.evals.responses import FOLDER
from radar_pipeline.evals.values import LOCAL, Run
from radar_pipeline.prompts import files, perf
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.storage.files import stamp
from radar_pipeline.storage.operations.records import Opinion
from radar_pipeline.storage.portfolio import loader_lock
from radar_pipeline.sweep.environment import Environment


class Sources:
    """The prompt files, evaluation runs, experiments and opinions of an environment."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self._settings = environment.settings
        self._wholes: dict[str, Run | None] = {}

    # ── Stamps ────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def prompts_stamp(self) -> str:
        """Of the files in the folder of prompts, and of the commit it stands at."""
        folder = self._settings.prompts
        return stamp(folder.rglob("*")) + commits.head(folder)

    @cached_property
    def runs_stamp(self) -> str:
        """Of the files of runs."""
        return stamp((self._settings.home / FOLDER / "runs").glob("*.json"))

    @cached_property
    def experiments_stamp(self) -> str:
        """Of the experiments there are, and of the day; empty if there is none, or their file is wrong."""
        with suppress(ConfigurationError):
            if found := experiments.load(self._settings.data):
                return ids.digest(repr(found), self.environment.today().isoformat(), length=16)
        return ""

    @cached_property
    def opinions_stamp(self) -> str:
        """Of what analysts said."""
        return ids.digest(*(repr(opinion) for opinion in self.opinions), length=16)

    # ── What they stand for ───────────────────────────────────────────────────────────────────

    @cached_property
    def opinions(self) -> list[Opinion]:
        """The newest of each analyst on each requirement."""
        return self.environment.operations.feedback.opinions()

    @cached_property
    def heads(self) -> list[Run]:
        """All runs without their results, the newest last."""
        return runs.heads(self._settings.home)

    def whole(self, head: Run) -> Run | None:
        """A run with its results; None if those cannot be read."""
        if head.run_id not in self._wholes:
            self._wholes[head.run_id] = runs.find(self._settings.home, head.run_id)
        return self._wholes[head.run_id]

    @cached_property
    def registry(self) -> Registry:
        """Every version that can be read, with its life and its record. What is new of the lives is kept.

        Raises StoreError for a damaged file of lives.
        """
        folder = self._settings.prompts
        if not folder.is_dir():
            return Registry((), records=self._records(()), local=self._local)
        prompts, unread = _read(folder)
        with loader_lock(self._settings.portfolio):
            before = lives.read(self._settings.home)
            now = lives.seen(before, prompts, unread, self.environment.clock())
            if now != before:
                lives.write(self._settings.home, now)
        committed = _commits(folder, self.prompts_stamp)
        return Registry(prompts, now, committed, self._records(prompts), self._local)

    @cached_property
    def _local(self) -> list[Run]:
        newest: dict[str, Run] = {}
        for head in self.heads:
            if head.subject.name == LOCAL:
                newest.pop(head.subject.key, None)
                newest[head.subject.key] = head
        return list(newest.values())

    def _records(self, prompts: Iterable[Prompt]) -> dict[str, Record]:
        """Of each version's newest complete live run, or else of the file beside it."""
        live = {run.subject.ref: run for run in self.heads if run.complete and not run.simulated}
        found: dict[str, Record] = {}
        for prompt in prompts:
            with suppress(RadarError):
                if record := perf.read(self._settings.prompts, prompt):
                    found[prompt.ref] = record
        for ref in {prompt.ref for prompt in prompts} | {run.subject.ref for run in self._local}:
            if ref in live and (record := self._record(live[ref])):
                found[ref] = record
        return found

    def _record(self, head: Run) -> Record | None:
        from radar_pipeline.evals.performance import performance

        whole = self.whole(head)
        agreed = [o.opinion for o in self.opinions if o.prompt_ref == head.subject.ref]
        said = (agreed.count("agree"), agreed.count("agree") + agreed.count("disagree"))
        with suppress(ConfigurationError):  # nothing in it could be judged
            return performance(whole, said) if whole else None
        return None


def _read(folder: Path) -> tuple[tuple[Prompt, ...], list[str]]:
    """The versions that can be read, in order, and the places of the others."""
    prompts, unread = [], []
    for path in files.all_files(folder):
        try:
            found = path.stat()
            prompts.append(_prompt(folder, path, found.st_size, found.st_mtime_ns))
        except (OSError, ConfigurationError):
            unread.append(path.relative_to(folder).as_posix().removesuffix(files.SUFFIX))
    ordered = sorted(prompts, key=lambda p: (p.use_case.value, p.name, files.order(p.version)))
    return tuple(ordered), unread


@lru_cache(maxsize=256)
def _prompt(folder: Path, path: Path, _size: int, _modified: int) -> Prompt:
    return files.read(folder, path)


@lru_cache(maxsize=8)
def _commits(folder: Path, _stamp: str) -> Mapping[str, str]:
    return commits.last_changes(folder)
