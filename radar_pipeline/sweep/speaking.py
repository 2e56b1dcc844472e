"""Who answers a tenant's questions: a language model of its plan, or nobody, and then why.

Nothing is asked and no SDK is loaded here: an unchanged night only needs to know who would be asked.
"""

import json
from dataclasses import dataclass
from datetime import timedelta

from radar_pipeline import ids
from radar_pipeline.llm.call import Feature
from radar_pipeline.models import Tenant
from radar_pipeline.questions.answers import Told
from radar_pipeline.questions.asker import Speaker
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.judges import MODELS, tier_of
from radar_pipeline.sweep.personas import ANSWERING, prompt_for


def speaker_of(environment: Environment, tenant: Tenant) -> Speaker:
    """The tenant's speaker, as RADAR_JUDGE and the keys have it. Raises ConfigurationError for a prompt
    that is wrong."""
    models, settings = environment.models, environment.settings
    tier = tier_of(tenant)
    silent = ""
    if settings.judge == "local":
        silent = "RADAR_JUDGE is local, so no model is asked; set it to auto."
    elif models is None:
        silent = f"There is no {MODELS} beside tenants.yaml, so no model is asked; restore it."
    elif not models.has_key(Feature.ASK, tier):
        silent = (
            "No model of the route has its key, so none is asked. "
            f"Set one, such as OPENAI_API_KEY, or name another route under ask: {tier} in {MODELS}."
        )
    if silent or models is None:
        return Speaker(None, tier, None, "", silent)
    return Speaker(
        client=models.client,
        tier=tier,
        prompt=prompt_for(settings.prompts, *ANSWERING, tenant),
        route=models.catalog.identity(Feature.ASK, tier),
        note_claims=environment.operations.spending.note_claims,
    )


def asking_identity(environment: Environment, tenant: Tenant) -> tuple[str, ...]:
    """What the tenant key holds of its questions: their words and who answers; nothing without any."""
    if not tenant.questions:
        return ()
    asked = [[q.question_id, q.text] for q in tenant.questions]
    about = [tenant.industry, *tenant.jurisdictions]
    return (ids.digest(json.dumps([asked, about]), speaker_of(environment, tenant).identity),)


@dataclass(frozen=True, slots=True)
class StoredMemo:
    """Answers by their keys in the tenant's own store, as long as answers of models are kept."""

    environment: Environment
    store: TenantStore

    def get(self, answer_key: str) -> Told | None:
        """What was said, if it is remembered and not too old."""
        days = self.environment.settings.cache_days
        if not days:
            return None
        oldest = self.environment.clock() - timedelta(days=days)
        body = self.store.responses.get([memo_name(answer_key)], oldest).get(memo_name(answer_key))
        return Told.from_json(body) if body else None

    def put(self, answer_key: str, told: Told) -> None:
        """Remember what was said."""
        self.store.responses.put(memo_name(answer_key), told.as_json(), self.environment.clock())


def memo_name(answer_key: str) -> str:
    """The key of an answer beside those of the response cache, which are plain digests."""
    return f"answer-{answer_key}"
