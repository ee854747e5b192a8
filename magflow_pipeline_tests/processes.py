"""Processes that a test kills."""

import psutil


def runs(process: psutil.Process) -> bool:
    """Whether it still works; a container without an init process keeps the dead ones as zombies."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it went between the two questions
        return False
