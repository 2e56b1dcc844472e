"""The parser server, writing down the peak memory of each child it ends: ``… watched_server LOG``."""

import os
import sys
from typing import Any

from radar_pipeline.ingest import server


def main() -> None:
    """Serve; one line of kibibytes per child goes to the file named by the first argument."""
    log = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    wait = os.wait4

    def watched(pid: int, options: int) -> tuple[int, int, Any]:
        pid, status, usage = wait(pid, options)
        os.write(log, f"{usage.ru_maxrss}\n".encode())
        return pid, status, usage

    os.wait4 = watched  # type: ignore[assignment]
    server.main()


if __name__ == "__main__":
    main()
