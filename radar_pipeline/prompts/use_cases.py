"""What prompts are for: a closed set, and the first folder of a prompt file's place."""

from enum import StrEnum


class UseCase(StrEnum):
    """What a prompt asks a model to do."""

    JUDGE = "judge"  # assess a requirement against passages
    ASK = "ask"  # answer a question about an organisation
    DECOMPOSE = "decompose"  # take a requirement apart into elements
    CONTRADICT = "contradict"  # tell whether two passages contradict each other
    EVALUATE = "evaluate"  # judge an answer: the evaluator's own prompt
