"""Which releases passed which check: what makes the checks of an unchanged night cost nothing."""

import json
from collections.abc import Mapping
from pathlib import Path

from radar_pipeline.errors import StoreError
from radar_pipeline.storage.files import read_json, write_bytes

FORMAT = 1


class Checked:
    """A small file beside the portfolio. Lost or damaged, everything is looked at again."""

    def __init__(self, portfolio: Path) -> None:
        self._path = portfolio / "work" / "checked.json"

    def passed(self, check: str, key: str) -> dict[str, str]:
        """The release of each tenant that passed a check which looked for ``key``."""
        known = self._read().get(check)
        if not isinstance(known, Mapping) or known.get("key") != key:
            return {}
        return {str(slug): str(release) for slug, release in dict(known.get("passed", {})).items()}

    def remember(self, check: str, key: str, passed: Mapping[str, str]) -> None:
        """Keep what passed. Two runs at once may forget one of each other's: it is looked at again."""
        known = self._read()
        now = {"key": key, "passed": dict(sorted(passed.items()))}
        if known.get(check) != now:
            body = json.dumps({**known, "format": FORMAT, check: now}, sort_keys=True)
            write_bytes(self._path, body.encode(), sync=False)

    def _read(self) -> dict[str, object]:
        try:
            value = read_json(self._path)
        except StoreError:
            return {}
        return dict(value) if isinstance(value, Mapping) and value.get("format") == FORMAT else {}
