"""After a publication: note what was of use, forget what has long been of none."""

from datetime import timedelta

from radar_pipeline.models import Assessment
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.document_files import DocumentFiles
from radar_pipeline.storage.tenant_store import TenantStore
from radar_pipeline.storage.used_keys import UsedKeys
from radar_pipeline.sweep import keys
from radar_pipeline.sweep.assess import Desk
from radar_pipeline.sweep.embeddings import passage_texts
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.plan import Plan

CITED = """
SELECT version_id FROM evidence_history UNION SELECT version_id FROM standing_answer_quotes_history
"""


def tidy(
    environment: Environment, plan: Plan, store: TenantStore, desk: Desk, assessments: list[Assessment]
) -> None:
    """Drop vectors, judgements and candidate sets 90 days after their last use, and the texts of
    gone document versions that no published evidence, present or past, still cites."""
    vectors = {keys.model_hash(environment.embedder.identity): set(passage_texts(desk.all_passages))}
    queries = keys.model_hash(environment.embedder_for(plan.tenant, query=True).identity)
    vectors[queries] = vectors.get(queries, set()) | desk.used_texts
    used = UsedKeys(
        judgements={a.judgement_key for a in assessments if a.judgement_key},
        corpus_keys=set(desk.used_corpus_keys),
        requirement_keys=set(desk.used_requirement_keys),
        vectors=vectors,
    )
    store.responses.expire(environment.today() - timedelta(days=environment.settings.cache_days))
    store.touch_and_expire(environment.today(), used=used)
    home = environment.tenant_home(plan.tenant.slug)
    _, rows = warehouse.query(CITED, home, environment.settings.portfolio)
    cited = {str(row[0]) for row in rows}
    DocumentFiles(home).keep_only(cited | {e.version_id for e in plan.manifest.values()})
