"""The provider of a deployment. A new kind is one file here and one line below."""

from collections.abc import Callable, Mapping

from radar_pipeline.llm.catalog import Deployment
from radar_pipeline.llm.providers.anthropic import AnthropicProvider
from radar_pipeline.llm.providers.base import Provider
from radar_pipeline.llm.providers.cohere import CohereProvider
from radar_pipeline.llm.providers.compatible import CompatibleProvider
from radar_pipeline.llm.providers.openai import OpenAIProvider
from radar_pipeline.llm.providers.sdk import Clients

KINDS: Mapping[str, Callable[[Clients], Provider]] = {
    "openai": OpenAIProvider,
    "anthropic": AnthropicProvider,
    "openai_compatible": CompatibleProvider,
    "cohere": CohereProvider,
}


class Providers:
    """All providers over one set of SDK clients; serves many threads."""

    def __init__(self) -> None:
        self.clients = Clients()
        self._by_kind = {kind: make(self.clients) for kind, make in KINDS.items()}

    def of(self, deployment: Deployment) -> Provider:
        """Who answers for the deployment."""
        return self.of_kind(deployment.provider.kind)

    def of_kind(self, kind: str) -> Provider:
        """Who answers for deployments of this kind."""
        return self._by_kind[kind]
