"""When the registry of prompts is read anew, as a pure difference."""

from dataclasses import replace

from radar_pipeline.defs.sensors_differences import Answer, Request
from radar_pipeline.defs.sensors_memory import Memory

_FILES = "files"


def changed_prompts(memory: Memory, stamp: str) -> Answer:
    """One run once the files are others than at the last request, and at the first look.

    A run that failed is not asked for again before something changes: it told what has to be mended.
    """
    if memory.marks.get(_FILES) == stamp:
        return Answer(memory, "No prompt, case or scorer changed.")
    request = Request(f"{memory.ticket}-{stamp}")
    return Answer(
        replace(memory.after({}, {}), marks={_FILES: stamp}),
        "Files of prompts or cases changed: the registry is read anew.",
        request,
    )
