"""Lets another host reach services that listen on loopback only.

``python -m tests.faults.forwarder --host 198.18.0.1 5432:5432 6379:6379``
"""

import argparse
import asyncio
import signal

from tests.faults.database_proxy import Proxy


async def serve(host: str, ports: list[tuple[int, int]]) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    for port, target in ports:
        await asyncio.start_server(Proxy(target, share=0.0, seed=0).relay, host, port)
    await stop.wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", required=True)
    parser.add_argument("ports", nargs="+", help="PORT:TARGET")
    options = parser.parse_args()
    pairs = [pair.split(":") for pair in options.ports]
    asyncio.run(serve(options.host, [(int(port), int(target)) for port, target in pairs]))


if __name__ == "__main__":
    main()
