"""A key gets in from the environment or a file, and never out but to the client that needs it."""

import base64
import copy
import json
import logging
import pickle
import urllib.parse
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from radar_pipeline.llm.call import ErrorClass
from radar_pipeline.llm.errors import ModelSetupError
from radar_pipeline.llm.keys import Secret, require, resolve, scrub
from radar_pipeline.settings import load_settings

KEY = "sk-test/4fQ+9xZ=pA7wLm2"


def test_a_key_never_shows_by_printing_formatting_copying_or_storing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = Secret(KEY)

    @dataclass
    class Holder:
        key: Secret

    logging.getLogger("radar").warning("%s %r", secret, Holder(secret))
    shown = [
        repr(secret),
        str(secret),
        f"{secret:>40} {secret!r} {secret!s}",
        "{} %s".format(secret) % secret,  # noqa: UP032 - this way, too
        repr([secret]),
        repr(asdict(Holder(secret))),
        repr(copy.deepcopy({"key": secret})),
        json.dumps({"key": secret}, default=str),
        caplog.text,
        str(dir(secret)),
    ]
    assert not any(KEY in text for text in shown)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="not to be stored"):
            pickle.dumps(secret, protocol)
    with pytest.raises(TypeError):
        json.dumps(secret)
    with pytest.raises(TypeError):
        vars(secret)
    assert secret.reveal() == KEY
    assert secret == Secret(KEY) and secret != Secret("other") and len({secret, Secret(KEY)}) == 1


def test_our_own_name_goes_before_the_general_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert resolve("OPENAI_API_KEY") is None
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(tmp_path / "general"))
    (tmp_path / "general").write_text("general-file\n")
    assert require("OPENAI_API_KEY").reveal() == "general-file"
    monkeypatch.setenv("OPENAI_API_KEY", "general-value")
    assert require("OPENAI_API_KEY").reveal() == "general-value"
    monkeypatch.setenv("RADAR_OPENAI_API_KEY_FILE", str(tmp_path / "own"))
    (tmp_path / "own").write_text("own-file")
    assert require("OPENAI_API_KEY").reveal() == "own-file"
    monkeypatch.setenv("RADAR_OPENAI_API_KEY", " own-value ")
    assert require("OPENAI_API_KEY").reveal() == "own-value"
    load_settings()  # which refuses what it does not know, and leaves keys alone


def test_a_key_replaced_in_its_file_is_in_force_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    monkeypatch.setenv("OPENAI_API_KEY_FILE", str(path))
    path.write_text("first-key-value")
    assert require("OPENAI_API_KEY").reveal() == "first-key-value"
    path.write_text("other-key-value")
    assert require("OPENAI_API_KEY").reveal() == "other-key-value"
    path.write_text("")  # as while it is being written
    assert require("OPENAI_API_KEY").reveal() == "other-key-value"
    assert scrub("first-key-value other-key-value") == "[key] [key]"
    path.unlink()
    with pytest.raises(ModelSetupError, match=r"OPENAI_API_KEY_FILE names cannot be read: FileNotFoundError"):
        require("OPENAI_API_KEY")


def test_a_missing_key_stops_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "  ")
    with pytest.raises(ModelSetupError, match="OPENAI_API_KEY is not set") as caught:
        require("OPENAI_API_KEY")
    assert caught.value.error_class is ErrorClass.AUTH
    assert caught.value.remedy == "Set OPENAI_API_KEY, or OPENAI_API_KEY_FILE to a file that holds it."


@pytest.mark.parametrize("value", ["two words-of-it", "first\nsecond", "schlüssel-wort", "a\x7fb-cdefgh"])
def test_a_value_that_can_be_no_key_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", value)
    with pytest.raises(ModelSetupError, match="OPENAI_API_KEY gives is no key") as caught:
        require("OPENAI_API_KEY")
    assert value not in str(caught.value)


@pytest.mark.parametrize("name", [KEY, "AKIAABCDEFGHIJKLMNOP", "", "lower_case", "A_" * 40 + "B"])
def test_a_key_written_where_its_name_belongs_is_not_repeated(name: str) -> None:
    with pytest.raises(ModelSetupError) as caught:
        require(name)
    assert caught.value.error_class is ErrorClass.CONFIGURATION
    assert not name or name not in str(caught.value)


def test_every_form_of_a_known_key_is_taken_out_of_a_message() -> None:
    Secret(KEY)
    forms = [
        KEY,
        urllib.parse.quote(KEY),
        urllib.parse.quote_plus(KEY),
        json.dumps({"authorization": f"Bearer {KEY}"}),
        f"https://example.org/v1?key={urllib.parse.quote(KEY, safe='')}&x=1",
    ]
    core = base64.b64encode(KEY.encode()).decode()[:20]
    for form in forms:
        message = scrub(f"before {form} after")
        assert KEY not in message and "4fQ" not in message
        assert message.startswith("before ") and message.endswith(" after") and "[key]" in message
    for before in ("", "u", "us", "user:", "Basic"):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            encoded = encode(f"{before}{KEY}:more".encode()).decode()
            message = scrub(f"Basic {encoded}.")
            assert core not in message and "[key]" in message
            assert len(message) < len(encoded) - 15
    Secret('pass"word\\1')
    assert "word" not in scrub(json.dumps({"error": 'wrong key pass"word\\1'}))


def test_a_short_value_and_plain_text_are_left_alone() -> None:
    Secret("none")
    text = "none of the keys were wrong"
    assert scrub(text) == text
