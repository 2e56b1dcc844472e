"""Who puts cases to which subject. A new use case is one file here and one line below."""

from collections.abc import Callable, Mapping

from radar_pipeline.evals.subjects.ask import AskAsker
from radar_pipeline.evals.subjects.calling import Asker
from radar_pipeline.evals.subjects.contradict import ContradictAsker
from radar_pipeline.evals.subjects.decompose import DecomposeAsker
from radar_pipeline.evals.subjects.grade import GradeAsker
from radar_pipeline.evals.subjects.judge import JudgeAsker
from radar_pipeline.evals.subjects.local import LocalAsker
from radar_pipeline.evals.values import LOCAL, Subject
from radar_pipeline.evals.workbench import Workbench, prompt_of
from radar_pipeline.prompts.files import Prompt
from radar_pipeline.prompts.use_cases import UseCase

_Make = Callable[[Workbench, Prompt], Asker]

ASKERS: Mapping[UseCase, _Make] = {
    UseCase.JUDGE: JudgeAsker,
    UseCase.ASK: AskAsker,
    UseCase.DECOMPOSE: DecomposeAsker,
    UseCase.CONTRADICT: ContradictAsker,
    UseCase.EVALUATE: GradeAsker,
}


def asker_of(bench: Workbench, subject: Subject) -> Asker:
    """Who puts cases to the subject. Asks nobody yet.

    Raises UnknownNameError for a prompt that is not there any more, ModelSetupError where none can be asked.
    """
    if subject.name == LOCAL:
        return LocalAsker(bench)
    return ASKERS[subject.use_case](bench, prompt_of(bench, subject))
