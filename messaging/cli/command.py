"""What every module of the command line uses."""

import argparse
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from messaging.config import Settings

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = Any

Command = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def say(text: str) -> None:
    """One line for the operator, at once."""
    print(text, flush=True)
