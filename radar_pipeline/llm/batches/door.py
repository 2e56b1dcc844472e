"""The one door to batches: the right provider, and what goes wrong as errors of ours."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from radar_pipeline.llm.batches.anthropic import AnthropicBatches
from radar_pipeline.llm.batches.base import BatchRequest, BatchResult, BatchService, BatchState, Candidate
from radar_pipeline.llm.batches.openai import OpenAIBatches
from radar_pipeline.llm.call import REROUTED, ErrorClass
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.classify import classify
from radar_pipeline.llm.errors import ModelCallError, ModelsUnavailableError
from radar_pipeline.llm.providers.base import Provider
from radar_pipeline.llm.providers.opening import Providers
from radar_pipeline.llm.providers.sdk import Clients
from radar_pipeline.llm.routing import AttemptFailedError, ending

KINDS: Mapping[str, Callable[[Clients, Provider], BatchService]] = {
    "openai": OpenAIBatches,
    "anthropic": AnthropicBatches,
}
_UNSENT = frozenset({ErrorClass.RATE_LIMIT, ErrorClass.OVERLOAD})  # told before anything is made of it


class BatchGoneError(ModelCallError):
    """The provider does not know the batch or its results any more."""


class BatchUnsentError(ModelsUnavailableError):
    """The provider took nothing, for a reason that passes."""


class BatchDoor:
    """Batches of every provider that has them; serves many threads.

    Every method raises ModelsUnavailableError for what passes, BatchGoneError for what is gone, and
    another ModelCallError for what a person has to mend.
    """

    def __init__(self, providers: Providers) -> None:
        self._services = {
            kind: make(providers.clients, providers.of_kind(kind)) for kind, make in KINDS.items()
        }

    def takes(self, deployment: Deployment) -> bool:
        """Whether the deployment's provider has batches at all."""
        return deployment.provider.kind in self._services

    def limits(self, deployment: Deployment) -> tuple[int, int]:
        """The most requests and bytes of one batch."""
        service = self._of(deployment)
        return service.most_requests, service.most_bytes

    def create(self, deployment: Deployment, batch_key: str, requests: Sequence[BatchRequest]) -> str:
        """Send a batch; returns the provider's id.

        After a BatchUnsentError none was made, after any other ModelsUnavailableError one may have been.
        """
        with _told(deployment, sending=True):
            return self._of(deployment).create(deployment, batch_key, requests)

    def find(
        self, deployment: Deployment, batch_key: str, requests: int, since: datetime
    ) -> tuple[Candidate, ...]:
        """Batches of so many requests made since then that may be the one of this key, newest first."""
        with _told(deployment):
            return tuple(self._of(deployment).find(deployment, batch_key, requests, since))

    def look(self, deployment: Deployment, batch_id: str) -> BatchState:
        """How the batch stands."""
        with _told(deployment):
            return self._of(deployment).look(deployment, batch_id)

    def results(self, deployment: Deployment, batch_id: str) -> Iterator[BatchResult | None]:
        """The results of a batch that ended, in any order; None for each line that cannot be read."""
        lines = self._of(deployment).results(deployment, batch_id)
        while True:
            with _told(deployment):
                line = next(lines, _END)
            if isinstance(line, _End):
                return
            yield line

    def cancel(self, deployment: Deployment, batch_id: str) -> None:
        """Ask the provider to stop; what was done by then is billed."""
        with _told(deployment):
            self._of(deployment).cancel(deployment, batch_id)

    def forget(self, deployment: Deployment, batch_id: str) -> None:
        """Remove what the provider keeps of a batch that ended."""
        with _told(deployment):
            self._of(deployment).forget(deployment, batch_id)

    def _of(self, deployment: Deployment) -> BatchService:
        return self._services[deployment.provider.kind]


class _End:
    pass


_END = _End()


@contextmanager
def _told(deployment: Deployment, *, sending: bool = False) -> Iterator[None]:
    try:
        yield
    except ModelCallError:
        raise
    except Exception as error:
        failure = classify(error)
        if failure.error_class in REROUTED:
            unsent = sending and failure.error_class in _UNSENT
            raise (BatchUnsentError if unsent else ModelsUnavailableError)(
                f"{deployment.provider.name} could not be reached for a batch ({failure.error_class.value}).",
                remedy="It is tried again at the next tick; past the batch's deadline models are asked live.",
                error_class=failure.error_class,
            ) from None
        if failure.status == 404 and not sending:
            raise BatchGoneError(
                f"{deployment.provider.name} does not know a batch of ours, or its results, any more.",
                remedy="Nothing is to be done: what is missing is asked live.",
                error_class=failure.error_class,
            ) from None
        raise ending(AttemptFailedError(deployment, failure)) from None
