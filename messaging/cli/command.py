"""What every module of the command line uses."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from messaging.config import Settings
from messaging.operations import OperationFailed

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Commands = Any

Command = Callable[[Settings, argparse.Namespace], Coroutine[Any, Any, int]]


def say(text: str) -> None:
    """One line for the operator, at once."""
    print(text, flush=True)


def id_bytes(text: str) -> bytes:
    """An id as an option, 32 hex digits. Raises: ValueError."""
    return hex_bytes(text, 16)


def public_key(text: str) -> bytes:
    """A public key or a hash as an option, 64 hex digits. Raises: ValueError."""
    return hex_bytes(text, 32)


def hex_bytes(text: str, size: int) -> bytes:
    """Raises: ValueError."""
    value = bytes.fromhex(text)
    if len(value) != size:
        raise ValueError
    return value


async def read_file(path: Path) -> bytes:
    """A file that an option names. Raises: OperationFailed."""
    try:
        return await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise OperationFailed(f"{path} cannot be read: {error.strerror}.") from None
