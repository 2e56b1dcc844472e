"""What every command of ``radar`` has in common: options, and errors told with their remedy."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from radar_pipeline.errors import RadarError

Command = TypeVar("Command", bound=Callable[..., Any])
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
BLOCKED = 7  # the gate, or a promotion, says no
INTERRUPTED = 130


def told(command: Command) -> Command:
    """Turn expected errors into a message with its remedy and a documented exit code."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except RadarError as error:
            click.echo(f"radar: {error.message}\n  → {error.remedy}", err=True)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo(
                "radar: interrupted. What was finished is kept; the next sweep does the rest.", err=True
            )
            sys.exit(INTERRUPTED)

    return wrapper  # type: ignore[return-value]
