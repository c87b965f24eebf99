"""The settings of the test run: embedded defaults, whatever a developer's shell and .env hold.

Only DATABASE_URL and REDIS_URL of the process are kept, which name the engines to test on. What is set here
holds for the processes that tests start as well.
"""

import os
from urllib.parse import urlsplit

from lucien import environment

for name in environment.NAMES - {"DATABASE_URL", "REDIS_URL"}:
    os.environ.pop(name, None)
os.environ.pop(environment.SANDBOX_SWITCH, None)
os.environ[environment.ENV_FILE_SWITCH] = os.devnull
os.environ["BOT_TOKEN"] = "123456789:AATestTestTestTestTestTestTestTestTes"
os.environ["ADMIN_USER_IDS"] = "1001"
os.environ["SECRET_KEY"] = "only-the-tests-use-this-key-0123456789-abcdefghijklmnopqrst"

if redis := os.environ.get("REDIS_URL"):
    # Every test empties the cache: workers side by side have a Redis database each, from the named one upwards.
    url, worker = urlsplit(redis), int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    os.environ["REDIS_URL"] = url._replace(path=f"/{int(url.path.strip('/') or 0) + worker}").geturl()

from lucien.settings import *  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
