"""Asking several at a time: what nobody could be asked is left out; what only a person can mend stops all."""

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from typing import TypeVar

from radar_pipeline.evals.subjects.calling import UNASKED
from radar_pipeline.evals.values import Response
from radar_pipeline.llm import stopping
from radar_pipeline.llm.call import STOPPING
from radar_pipeline.llm.errors import ModelCallError

Name = TypeVar("Name", bound=Hashable)
Item = TypeVar("Item")


@dataclass(slots=True)
class Gathering:
    """``told``: why something was not asked, by error class. ``stopped``: nothing will work before a person
    mends something, so nobody is asked any more."""

    told: dict[str, ModelCallError] = field(default_factory=dict)
    stopped: bool = False

    def gather(
        self,
        items: Mapping[Name, Item],
        ask: Callable[[Item], Response],
        concurrency: int,
        arrived: Callable[[int], None],
    ) -> dict[Name, Response]:
        """What ``ask`` answers to each item, by name, as far as it could be asked; ``arrived`` is told after
        each how many there are.

        Raises what ``ask`` raises, but for a ModelCallError of a class in UNASKED.
        """
        found: dict[Name, Response] = {}
        if not items:
            return found
        with stopping.pool(min(concurrency, len(items)), "evaluate") as pool:
            futures = {pool.submit(self._one, ask, item): name for name, item in items.items()}
            for future in as_completed(futures):
                response = future.result()
                if response is not None:
                    found[futures[future]] = response
                arrived(len(found))
        return found

    def _one(self, ask: Callable[[Item], Response], item: Item) -> Response | None:
        if self.stopped:
            return None
        try:
            return ask(item)
        except ModelCallError as error:
            if error.error_class not in UNASKED:
                raise
            self.told.setdefault(error.error_class.value, error)
            self.stopped = self.stopped or error.error_class in STOPPING
            return None
