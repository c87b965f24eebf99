"""`make proof`: the long series, on SQLite and, where one answers, on PostgreSQL; prints its figures.

python -m tests.proof [--kills 100] [--rounds 50] [--malformed 10000] [--expiries 10000] [--postgres URL]
"""

import argparse
import getpass
import os
import subprocess
import sys
import time

import psycopg

from tests.proof import kills, malformed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--malformed", type=int, default=10_000)
    parser.add_argument("--expiries", type=int, default=10_000)
    parser.add_argument("--postgres", default=f"postgres://{getpass.getuser()}@127.0.0.1:5432/postgres")
    options = parser.parse_args()
    engines = ["sqlite", *(["postgres"] if answers(options.postgres) else [])]
    if "postgres" not in engines:
        print("PostgreSQL: not measured here, none answers")
    for engine in engines:
        shown(engine, "races", lambda engine=engine: races(engine, options))
        shown(engine, "expiries", lambda engine=engine: expiries(engine, options))
        shown(
            engine,
            "malformed",
            lambda engine=engine: checked(malformed.run(engine, count=options.malformed, server=options.postgres)),
        )
        shown(
            engine,
            "kills",
            lambda engine=engine: checked(kills.run(engine, kills=options.kills, server=options.postgres)),
        )


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def shown(engine: str, name: str, series) -> None:
    began = time.monotonic()
    print(f"{engine:9} {name:10} {series()} ({time.monotonic() - began:.0f} s)", flush=True)


def checked(figures):
    figures.check()
    return figures


def in_pytest(engine: str, options: argparse.Namespace, test: str, **environment: object) -> str:
    """Run a test, which brings an empty test database; the size of the series goes in by the environment. Returns
    what it printed.
    """
    environment = {**os.environ, **{name: str(value) for name, value in environment.items()}}
    environment.pop("DATABASE_URL", None)
    if engine == "postgres":
        environment["DATABASE_URL"] = options.postgres
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:randomly", test]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return done.stdout


def expiries(engine: str, options: argparse.Namespace) -> str:
    """Mass expiry in virtual time: the brake, the decision, the removals."""
    test = "tests/telegram/test_mass_expiry.py::test_after_the_decision_all_leave_in_order"
    printed = in_pytest(engine, options, test, LUCIEN_PROOF_EXPIRIES=options.expiries)
    return next(line[line.index("Figures") :] for line in printed.splitlines() if "Figures" in line)


def races(engine: str, options: argparse.Namespace) -> str:
    """Many people for one invitation, one person many times."""
    sizes = {"LUCIEN_PROOF_ROUNDS": options.rounds, "LUCIEN_PROOF_PEOPLE": 200}
    for test in ("test_many_people_one_invitation", "test_one_person_many_presses"):
        in_pytest(engine, options, f"tests/proof/test_samples.py::{test}", **sizes)
    return f"{options.rounds} rounds of 200 people and of 50 presses: 1 winner, 1 ledger row, 1 receipt each"


if __name__ == "__main__":
    main()
