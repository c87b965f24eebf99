"""Updates per second of the whole bot beside a bare aiogram bot, over HTTP, in one run.

    python -m tests.benchmarks.throughput [--users 200] [--at-once 50] [--rounds 3] [--postgres URL]

Closed loop: every person sends /start and presses five buttons, waiting for each answer. Prints updates/s,
percentiles, start-up
time until the first getUpdates, resident memory, and the ratios to the bare bot of the same round.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import psycopg

ROOT = Path(__file__).parents[2]
LUCIEN = ("manage.py", "runbot", "--no-web")


def run(name: str, users: int, at_once: int, postgres: str) -> dict[str, float]:
    """One measured run of `bare`, `sqlite` or `postgres`."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.constant_server", str(users), str(at_once)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    with tempfile.TemporaryDirectory() as folder:
        environment = lucien_environment(url, f"sqlite:///{folder}/bench.sqlite3" if name == "sqlite" else postgres)
        arguments = ["-m", "tests.benchmarks.bare_bot", url] if name == "bare" else LUCIEN
        if name != "bare":
            subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
        began = time.time()
        bot = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            start_up = float(server.stdout.readline()) - began
            figures = json.loads(server.stdout.readline())
            memory = psutil.Process(bot.pid).memory_info().rss / 2**20
        finally:
            bot.terminate()
            bot.wait(20)
            server.wait(20)
    return figures | {"start_s": start_up, "rss_mb": memory}


def lucien_environment(url: str, database: str) -> dict[str, str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return keep | {
        "BOT_TOKEN": "123456789:AAbenchbenchbenchbenchbenchbenchbench",
        "ADMIN_USER_IDS": "1001",
        "SECRET_KEY": "only-the-benchmarks-use-this-key-0123456789-abcdefghijkl",
        "TELEGRAM_API_URL": url,
        "DATABASE_URL": database,
        "SEND_RATE": "1000",
        "LOG_LEVEL": "WARNING",
        "LUCIEN_ENV_FILE": os.devnull,
    }


def empty_postgres(url: str) -> str:
    """A database of the benchmark's own on the server of `url`."""
    base = url.rpartition("/")[0]
    with psycopg.connect(f"{base}/postgres", autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS lucien_bench WITH (FORCE)")
        server.execute("CREATE DATABASE lucien_bench")
    return f"{base}/lucien_bench"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", default="", help="a server URL; the database lucien_bench is recreated")
    options = parser.parse_args()
    names = ["bare", "sqlite", *(["postgres"] if options.postgres else [])]
    results: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            database = empty_postgres(options.postgres) if name == "postgres" else ""
            results[name].append(run(name, options.users, options.at_once, database))
    keys = ["per_s", "p50", "p95", "p99", "first_p50", "first_p99", "start_s", "rss_mb"]
    print(f"{'':10}" + "".join(f"{key:>11}" for key in keys))
    for name in names:
        print(f"{name:10}" + "".join(f"{statistics.median(r[key] for r in results[name]):11.4g}" for key in keys))
    for name in names[1:]:
        ratios = {
            key: statistics.median(
                ours[key] / bare[key] for ours, bare in zip(results[name], results["bare"], strict=True)
            )
            for key in ("per_s", "p95", "start_s")
        }
        tail = statistics.median(r["first_p99"] / r["first_p50"] for r in results[name])
        print(
            f"{name}/bare: " + ", ".join(f"{k} {v:.2f}" for k, v in ratios.items()) + f"; newcomers p99/p50 {tail:.1f}"
        )


if __name__ == "__main__":
    main()
