"""A prompt file is strict: what it says is what is sent, and what is wrong in it is told with its line."""

import json
from pathlib import Path

import pytest

from radar_pipeline.errors import ConfigurationError, UnknownNameError
from radar_pipeline.llm.call import Feature, Role
from radar_pipeline.prompts.files import available, load
from radar_pipeline.settings import PROJECT

GOOD = """\
name: probe
version: 1.0.0
description: For the tests.
use_case: judge
variables:
  subject: {description: what it is about}
  passages: {description: what was found, data: true}
messages:
  - role: system
    text: Judge.
  - role: user
    text: |
      About {{ subject }}.
  - role: user
    text: |
      {% for p in passages %}
      {{ boundary }} {{ p.number }}: {{ p.text }}
      {% endfor %}
max_output_tokens: 100
"""


def write(folder: Path, text: str = GOOD, version: str = "1.0.0", place: str = "judge/probe") -> Path:
    path = folder / place / f"{version}.prompt.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace("version: 1.0.0", f"version: {version}"), "utf-8")
    return path


def failure(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(folder, Feature.JUDGE, "probe")
    assert caught.value.remedy
    return caught.value.message


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    write(tmp_path)
    prompt = load(tmp_path, Feature.JUDGE, "probe")
    assert [(p.role, p.data) for p in prompt.parts] == [
        (Role.SYSTEM, False),
        (Role.USER, False),
        (Role.USER, True),
    ]
    assert prompt.data_variables == {"passages"}
    assert prompt.ref == f"probe@1.0.0#{prompt.sha[:12]}"
    assert (prompt.max_output_tokens, prompt.repair, prompt.use_case) == (100, "", Feature.JUDGE)


def test_without_a_version_the_highest_by_number_is_used(tmp_path: Path) -> None:
    for version in ("1.9.0", "1.10.0", "1.2.11"):
        write(tmp_path, version=version)
    assert load(tmp_path, Feature.JUDGE, "probe").version == "1.10.0"
    assert load(tmp_path, Feature.JUDGE, "probe", "1.2.11").version == "1.2.11"
    assert [p.version for p in available(tmp_path)] == ["1.2.11", "1.9.0", "1.10.0"]


def test_a_version_or_prompt_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(UnknownNameError, match=r"probe 2\.0\.0 for judge; versions found: 1\.0\.0"):
        load(tmp_path, Feature.JUDGE, "probe", "2.0.0")
    with pytest.raises(UnknownNameError, match="versions found: none"):
        load(tmp_path, Feature.ASK, "probe")


def test_the_sha_is_of_what_the_file_says_and_not_of_its_layout(tmp_path: Path) -> None:
    write(tmp_path)
    first = load(tmp_path, Feature.JUDGE, "probe").sha
    write(tmp_path, "# a comment\n" + GOOD.replace("name: probe", "name:   'probe'"))
    assert load(tmp_path, Feature.JUDGE, "probe").sha == first
    write(tmp_path, GOOD.replace("text: Judge.", "text: Judge!"))
    assert load(tmp_path, Feature.JUDGE, "probe").sha != first


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("max_output_tokens: 100", "max_output_tokens: 100\nmodel: gpt", "line 20: model: Extra inputs"),
        ("max_output_tokens: 100", "max_output_tokens: 0", "line 19: max_output_tokens"),
        ("use_case: judge", "use_case: embed", "line 4: use_case"),
        ("name: probe", "name: other", "line 1: name is 'other'"),
        ("version: 1.0.0", "version: 1.0.1", "line 2: version is '1.0.1'"),
        ("role: system", "role: assistant", "line 9: messages.0.role"),
        ("data: true", "data: true, kind: x", "line 7: variables.passages.kind"),
        ("About {{ subject }}.", "About {{ sbject }}.", "the variable sbject is used and not declared"),
        ("About {{ subject }}.", "About it.", "line 6: the variable subject is declared and not used"),
        ("About {{ subject }}.", "About {{ subject.", "line 13: the template cannot be read"),
        ("About {{ subject }}.", "About {{ subject | tojson }}.", "line 13: the template cannot be read"),
        ("About {{ subject }}.", "About {{ boundary }} {{ subject }}.", "documents' text only"),
        ("text: Judge.", "text: 'Judge {{ subject }}.'", "line 10: the first message must be"),
        ("text: Judge.", "text: 'Judge {{ passages }}.'", "messages of the role user only"),
        ("text: Judge.", 'text: "Judge.\\u200b"', "invisible or control characters"),
        ("text: Judge.", 'text: "Judge.\\ue000"', "invisible or control characters"),
        ("  subject: {desc", "  boundary: {description: x}\n  subject: {desc", "boundary is not free"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    path = write(tmp_path)
    path.write_text(GOOD.replace(old, new, 1), "utf-8")
    message = failure(tmp_path)
    assert said in message
    assert message.startswith("1.0.0.prompt.yaml, line") or message.startswith("1.0.0.prompt.yaml: line")


def test_a_file_that_no_one_would_find_is_an_error_and_not_silence(tmp_path: Path) -> None:
    write(tmp_path)
    for stray in ("judge/1.0.0.prompt.yaml", "judge/probe/1.1.0.yaml", "judge/probe/latest.prompt.yaml"):
        path = tmp_path / stray
        path.write_text(GOOD, "utf-8")
        with pytest.raises(ConfigurationError, match="is not where or not what a prompt is called"):
            available(tmp_path)
        path.unlink()
    with pytest.raises(ConfigurationError, match="does not exist"):
        available(tmp_path / "nowhere")


def test_the_prompts_that_ship_are_good_and_their_texts_are_plain() -> None:
    prompts = available(PROJECT / "prompts")
    assert {(p.use_case, p.name) for p in prompts} >= {(Feature.JUDGE, "coverage"), (Feature.ASK, "answer")}
    for prompt in prompts:
        assert prompt.repair
        assert prompt.data_variables == {"passages"}
        assert sum(part.data for part in prompt.parts) == 1
        assert json.dumps(dict(prompt.parameters)) == "{}"
