"""An embedder by API: a service's model, under the same limits, breaker and ledger as every other call.

One object speaks for one tenant, or for none: so no request holds texts of two, and each is in the ledger
under whose it was.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from radar_pipeline.llm import keys, prices
from radar_pipeline.llm.call import ErrorClass, Usage
from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.client import ModelClient
from radar_pipeline.llm.embedding import MOST_TEXTS
from radar_pipeline.llm.errors import ModelCallError, ModelSetupError, ModelsUnavailableError
from radar_pipeline.llm.providers import cohere

PREPARATION = "texts@1"  # raise when the same text would be sent otherwise
# In tokens of the one tokenizer that cuts: as the packaged model reads, although services read much more.
# A passage is what a judge quotes, so it stays a few sentences; and to change the embedder cuts nothing anew.
MAX_TOKENS = 256
ASYMMETRIC = frozenset({"cohere"})  # kinds that embed what is searched with otherwise than what is found
BYTES_PER_TOKEN = 4  # of an estimate; for what a model reads each byte counts as a token: it is never more
SHORTEST = 1e-6  # of a vector that points anywhere

Matrix = NDArray[np.float32]


class ApiEmbedder:
    """The embedding model of one deployment, asked on behalf of ``tenant`` (empty: of all).

    Knows its identity and dimensions without a request. ``query``: for texts to search with.
    """

    max_tokens = MAX_TOKENS
    at_once = MOST_TEXTS

    def __init__(
        self, client: ModelClient, deployment: Deployment, tenant: str = "", *, query: bool = False
    ) -> None:
        self._client = client
        self._deployment = deployment
        self._tenant = tenant
        self._query = query
        self.spent_usd = Decimal(0)

    @property
    def identity(self) -> str:
        """``provider/model:dimensions#kind.preparation``; of texts to search with apart where the model
        embeds those otherwise. Keys, limits, prices, addresses and the alias do not change it."""
        deployment = self._deployment
        side = ".query" if self._query and deployment.provider.kind in ASYMMETRIC else ""
        return f"{deployment.name}:{self.dimensions}#{deployment.provider.kind}.{PREPARATION}{side}"

    @property
    def dimensions(self) -> int:
        """Length of a vector, as models.yaml sets it."""
        return self._deployment.dimensions or 0

    def bound(self, tenant: str, *, query: bool = False) -> "ApiEmbedder":
        """The same model on behalf of one tenant, nothing spent yet."""
        return ApiEmbedder(self._client, self._deployment, tenant, query=query)

    def estimate_usd(self, texts: Sequence[str]) -> Decimal:
        """About what embedding these texts costs. Raises ModelSetupError without a price."""
        size = sum(len(text.encode("utf-8", "replace")) for text in texts)
        return prices.cost(self._deployment, Usage(input_tokens=size // BYTES_PER_TOKEN))

    def embed(self, texts: Sequence[str]) -> Matrix:
        """One L2-normalised row per text. A text of blanks is not sent and has the row of zeros, which is
        near nothing; one that the model might not read to the end is sent in pieces, and has their mean.

        Raises ModelCallError; never returns a vector that is not the text's.
        """
        room = self._deployment.context_tokens
        sent = [(row, piece) for row, text in enumerate(texts) for piece in _pieces(text, room)]
        rows = np.zeros((len(texts), self.dimensions))
        if sent:
            np.add.at(rows, [row for row, _ in sent], self._ask([piece for _, piece in sent]))
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(norms, SHORTEST), dtype=np.float32)

    def _ask(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """A unit vector for each text, none of which is empty or too long."""
        deployment = self._deployment
        try:
            answered = self._client.embed(self._tenant, deployment.alias, texts, query=self._query)
        except ModelCallError as error:
            raise _told(error, deployment) from None
        self.spent_usd += answered.cost_usd
        fitting = sum(len(vector) == self.dimensions for vector in answered.vectors)
        if not fitting == len(answered.vectors) == len(texts):
            raise _wrong(deployment)
        matrix = np.array(answered.vectors, dtype=np.float64).reshape(len(texts), self.dimensions)
        with np.errstate(over="ignore"):
            norms = np.linalg.norm(matrix, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or norms.min() < SHORTEST:
            raise _wrong(deployment)
        unit: NDArray[np.float64] = matrix / norms
        return unit


def check(deployment: Deployment) -> None:
    """Whether texts could be embedded: key, price and package are there. Asks nobody.

    Raises ModelSetupError.
    """
    if deployment.provider.key:
        keys.require(deployment.provider.key)
    prices.check_priced(deployment)
    if deployment.provider.kind == "cohere" and find_spec("cohere") is None:
        raise cohere.not_installed(deployment)


def _pieces(text: str, room: int) -> Iterator[str]:
    """The text itself, or pieces of at most ``room`` bytes, cut between words where there are any.

    No tokenizer of a service is known here, and none makes more tokens than bytes. Passages have some
    hundred bytes; those of a script that the tokenizer which cut them does not know may have thousands.
    """
    rest = text.encode("utf-8", "replace").decode()  # lone surrogates cannot be sent
    while rest.strip():
        piece = rest.encode()[: max(room, 4)].decode("utf-8", "ignore")
        if len(piece) < len(rest):
            piece = piece[: 1 + max(piece.rfind(" "), piece.rfind("\n"))] or piece
        rest = rest[len(piece) :]
        if piece.strip():
            yield piece


def _told(error: ModelCallError, deployment: Deployment) -> ModelCallError:
    """The error as one who embeds can use it: no other model may take this one's place."""
    where = f"{deployment.name} (deployment {deployment.alias})"
    if isinstance(error, ModelSetupError) or error.error_class in (ErrorClass.BUDGET, ErrorClass.QUOTA):
        return error
    if isinstance(error, ModelsUnavailableError):
        return ModelsUnavailableError(
            f"{where} did not embed the texts: {error.error_class.value}.",
            remedy="Sweep again later: what is embedded is kept. `radar models` shows the deployments.",
            error_class=error.error_class,
        )
    if error.error_class is ErrorClass.INVALID_ANSWER:
        return _wrong(deployment)
    return ModelCallError(
        f"{where} did not embed the texts: {error.error_class.value}.",
        remedy=f"Correct {deployment.alias} in models.yaml, context_tokens above all, or set RADAR_EMBEDDER "
        "to another embedder; what is embedded is kept.",
        error_class=error.error_class,
    )


def _wrong(deployment: Deployment) -> ModelCallError:
    return ModelCallError(
        f"{deployment.name} (deployment {deployment.alias}) gave vectors that are not of the texts sent or "
        f"not of {deployment.dimensions} numbers.",
        remedy=f"Correct the dimensions of {deployment.alias} in models.yaml to what the model gives, or "
        "sweep again.",
        error_class=ErrorClass.INVALID_ANSWER,
    )
