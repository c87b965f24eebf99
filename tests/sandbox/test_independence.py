"""The world needs nothing of the bot it serves."""

import subprocess
import sys


def test_the_world_loads_neither_django_nor_aiogram():
    code = "import sys, botcore.sandbox.control; print({'django', 'aiogram'} & {name for name in sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"
