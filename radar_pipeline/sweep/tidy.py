"""After a publication: note what was of use, forget what has long been of none."""

from radar_pipeline.models import Assessment
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.document_files import DocumentFiles
from radar_pipeline.storage.tenant_store import TenantStore, UsedKeys
from radar_pipeline.sweep import keys
from radar_pipeline.sweep.assess import Desk
from radar_pipeline.sweep.embeddings import passage_texts
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.plan import Plan

CITED = "SELECT DISTINCT version_id FROM evidence_history"


def tidy(
    environment: Environment, plan: Plan, store: TenantStore, desk: Desk, assessments: list[Assessment]
) -> None:
    """Drop vectors, judgements and candidate sets 90 days after their last use, and the texts of
    gone document versions that no published evidence, present or past, still cites."""
    model = keys.model_hash(environment.embedder.identity)
    used = UsedKeys(
        judgements={a.judgement_key for a in assessments if a.judgement_key},
        corpus_keys=set(desk.used_corpus_keys),
        requirement_keys=set(desk.used_requirement_keys),
        vectors={model: set(passage_texts(desk.all_passages))},
    )
    store.touch_and_expire(environment.today(), used=used)
    home = environment.tenant_home(plan.tenant.slug)
    _, rows = warehouse.query(CITED, home, environment.settings.portfolio)
    cited = {str(row[0]) for row in rows}
    DocumentFiles(home).keep_only(cited | {e.version_id for e in plan.manifest.values()})
