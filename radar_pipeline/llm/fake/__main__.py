"""``python -m radar_pipeline.llm.fake [--port N]``: serve the smallest valid answers until interrupted."""

import argparse
import signal
import threading

from radar_pipeline.llm.fake import FakeServer


def main() -> None:
    """Serves on 127.0.0.1 and says how to point clients at it."""
    parser = argparse.ArgumentParser(prog="python -m radar_pipeline.llm.fake", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    port = parser.parse_args().port
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with FakeServer(port=port, batch_looks=1) as server:
        print(
            "A fake of OpenAI, Anthropic and Cohere; it takes any key and costs nothing.\n"
            f"  OPENAI_BASE_URL={server.openai_url}\n"
            f"  ANTHROPIC_BASE_URL={server.anthropic_url}\n"
            f"  CO_API_URL={server.cohere_url}\n"
            "For the radar: set the providers' base_url in data/models.yaml to these, and give any key.\n"
            "Ctrl-C stops it.",
            flush=True,
        )
        stop.wait()


if __name__ == "__main__":
    main()
