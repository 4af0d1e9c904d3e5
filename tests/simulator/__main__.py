"""``python -m simulator --port 8099 --state DIR --seed SEED``."""

import argparse
import os
import signal
import sys
import threading

from .app import Simulator


def main() -> int:
    """Serve until SIGTERM or SIGINT; return the exit status."""
    parser = argparse.ArgumentParser(prog="simulator", description="A stand-in of every vendor.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8099, help="0 takes any free one")
    parser.add_argument("--state", required=True, metavar="DIR", help="where its books are kept")
    parser.add_argument(
        "--seed",
        default=os.environ.get("XB_SIMULATOR_SEED"),
        help="what credentials are derived from (default: $XB_SIMULATOR_SEED)",
    )
    options = parser.parse_args()
    if not options.seed:
        parser.error("give --seed, or set XB_SIMULATOR_SEED")
    asked_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_arguments: asked_to_stop.set())
    simulator = Simulator(options.state, options.seed, options.host, options.port)
    try:
        url = simulator.start()
    except OSError as error:
        print(f"simulator: cannot serve on port {options.port}: {error}", file=sys.stderr)
        return 1
    print(f"simulator: {url}/", flush=True)
    asked_to_stop.wait()
    simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
