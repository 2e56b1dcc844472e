"""A prompt file is strict: what it says is what is sent, and what is wrong in it is told with its line."""

from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.llm.call import Role
from radar_pipeline.prompts.files import available, load
from radar_pipeline.prompts.status import Status
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.settings import PROJECT
from tests.support.prompting import GOOD, write


def failure(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, UseCase.JUDGE, "probe")
    assert caught.value.remedy
    return caught.value.message


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    write(tmp_path)
    prompt = load(tmp_path, UseCase.JUDGE, "probe")
    assert [(p.role, p.data) for p in prompt.parts] == [
        (Role.SYSTEM, False),
        (Role.USER, False),
        (Role.USER, True),
    ]
    assert prompt.data_variables == {"passages"}
    assert (prompt.key, prompt.ref) == ("probe@1.0.0", f"probe@1.0.0#{prompt.sha[:12]}")
    assert (prompt.max_output_tokens, prompt.repair, prompt.use_case) == (100, "", UseCase.JUDGE)
    assert (prompt.status, prompt.variant, prompt.model) == (Status.ACTIVE, "", "judge")
    assert (prompt.framework, prompt.owner) == ("any", "the tests")
    assert prompt.changelog == ("1.0.0 (2026-11-29): First version.",)
    assert prompt.output_schema["required"] == ["verdict"]
    assert prompt.input_schema["passages"]["data"] is True
    assert prompt.test_data["subject"] == "backups"


def test_without_a_version_the_highest_by_number_is_used(tmp_path: Path) -> None:
    for version in ("1.9.0", "1.10.0", "1.2.11"):
        write(tmp_path, version)
    assert load(tmp_path, UseCase.JUDGE, "probe").version == "1.10.0"
    assert load(tmp_path, UseCase.JUDGE, "probe", "1.2.11").version == "1.2.11"
    assert [p.version for p in available(tmp_path)] == ["1.2.11", "1.9.0", "1.10.0"]


def test_a_version_or_prompt_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(UnknownNameError, match=r"probe 2\.0\.0 for judge; versions found: 1\.0\.0"):
        load(tmp_path, UseCase.JUDGE, "probe", "2.0.0")
    for name in ("probe", "../judge/probe"):
        with pytest.raises(UnknownNameError, match="versions found: none"):
            load(tmp_path, UseCase.ASK, name)


def test_the_sha_is_of_what_the_file_says_and_not_of_its_layout_or_status(tmp_path: Path) -> None:
    path = write(tmp_path)
    first = load(tmp_path, UseCase.JUDGE, "probe").sha
    path.write_text("# a comment\n" + GOOD.replace("name: probe", "name:   'probe'"))
    assert load(tmp_path, UseCase.JUDGE, "probe").sha == first
    for status in ("draft", "deprecated"):
        write(tmp_path, status=status)
        assert load(tmp_path, UseCase.JUDGE, "probe").sha == first
    for change in (("text: Judge.", "text: Judge!"), ("owner: the tests", "owner: we"), ("[verdict]", "[]")):
        write(tmp_path, "1.0.0", change)
        assert load(tmp_path, UseCase.JUDGE, "probe").sha != first


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("owner: the tests", "owner: the tests\ntemperature: 0", "line 7: temperature: Extra inputs"),
        ("max_output_tokens: 100", "max_output_tokens: 0", "line 9: config.max_output_tokens"),
        ("max_output_tokens: 100", "max_output_tokens: 9\n  top_p: 1", "line 10: config.top_p: Extra inputs"),
        ("model: judge", "model: gpt-6", "line 7: model"),
        ("status: active", "status: live", "line 4: status"),
        ("owner: the tests\n", "", "owner: Field required"),
        ("name: probe", "name: other", "line 1: name is 'other'"),
        ("version: 1.0.0", "version: 1.0.1", "line 3: version is '1.0.1'"),
        ("role: system", "role: assistant", "line 21: messages.0.role"),
        ("type: string}", "type: string, kind: x}", "line 12: input.schema.subject.kind"),
        ("About {{ subject }}.", "About {{ sbject }}.", "the variable sbject is used and not declared"),
        ("About {{ subject }}.", "About it.", "line 12: the variable subject is declared and not used"),
        ("About {{ subject }}.", "About {{ subject.", "line 25: the template cannot be read"),
        ("About {{ subject }}.", "About {{ subject | tojson }}.", "line 25: the template cannot be read"),
        ("About {{ subject }}.", "About {{ boundary }} {{ subject }}.", "documents' text only"),
        ("text: Judge.", "text: Judge {{ subject }}.", "line 22: the first message must be"),
        ("text: Judge.", "text: Judge {{ passages }}.", "messages of the role user only"),
        ("text: Judge. Quote literally.", 'text: "Judge.\u200b"', "invisible or control characters"),
        ("text: Judge. Quote literally.", 'text: "Judge.\ue000"', "invisible or control characters"),
        ("    subject: {", "    boundary: {description: x, type: string}\n    subject: {", "is not free"),
        ("- version: 1.0.0", "- version: 0.9.0", "line 35: the last change must be that of 1.0.0"),
        ("change: First version.", "change: ''", "line 35: a version that is to be active must say"),
        ("subject: backups", "subject: 2026-11-29", "line 32: test_data.subject"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    path = write(tmp_path)
    path.write_text(GOOD.replace(old, new, 1), "utf-8")
    message = failure(tmp_path)
    assert said in message
    assert message.startswith("1.0.0.prompt.yaml, line") or message.startswith("1.0.0.prompt.yaml: line")


def test_a_few_lines_of_aliases_do_not_fill_the_memory(tmp_path: Path) -> None:
    path = write(tmp_path)
    lines = ["  a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"  a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]" for n in range(12)]
    path.write_text(GOOD.replace("test_data:", "\n".join(["test_data:", *lines]), 1), "utf-8")
    assert "too large" in failure(tmp_path)


def test_a_draft_may_leave_its_change_unsaid(tmp_path: Path) -> None:
    write(tmp_path, "1.0.0", ("change: First version.", "change: ''"), status="draft")
    assert load(tmp_path, UseCase.JUDGE, "probe").status is Status.DRAFT


def test_a_file_that_no_one_would_find_is_an_error_and_not_silence(tmp_path: Path) -> None:
    write(tmp_path)
    places = ("judge/1.0.0", "judge/probe/latest", "grade/probe/1.0.0")
    for stray in ("judge/probe/1.1.0.yaml", *(f"{place}.prompt.yaml" for place in places)):
        path = tmp_path / stray
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(GOOD, "utf-8")
        with pytest.raises(ConfigurationError, match="is not where or not what a prompt is called"):
            available(tmp_path)
        path.unlink()
    with pytest.raises(ConfigurationError, match="does not exist"):
        available(tmp_path / "nowhere")


def test_a_name_stands_for_one_prompt_whatever_the_use_case(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, use_case="ask")
    with pytest.raises(ConfigurationError, match="name probe is used for more than one use case"):
        available(tmp_path)


def test_the_prompts_that_ship_are_first_versions_of_every_use_case() -> None:
    prompts = available(PROJECT / "prompts")
    assert {p.use_case for p in prompts} == set(UseCase)
    assert {p.variant for p in prompts if p.name == "coverage"} == {"", "risk_analyst", "auditor"}
    for prompt in prompts:
        assert prompt.repair and prompt.owner and prompt.changelog
        assert bool(sum(part.data for part in prompt.parts)) is bool(prompt.data_variables)
        assert "data" in prompt.parts[0].template.lower() or not prompt.data_variables
