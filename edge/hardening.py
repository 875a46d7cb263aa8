"""What a process does so that its memory stays its own. Pictures and addresses of devices are nowhere else."""

import ctypes
import logging
import os
import resource
import signal
import sys

_LOG = logging.getLogger("instore.hardening")

# <linux/prctl.h>
_END_WITH_PARENT, _DUMPABLE, _NO_NEW_PRIVS = 1, 4, 38


def harden(*, with_parent: bool = False) -> bool:
    """No core file, no reading of our memory by others of the same user, no new rights by a program that we start,
    new files for the owner only; with `with_parent` the process ends when its parent does.

    False, and a line in the log, where the system has not all of it: only Linux does.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "linux":
        _LOG.warning("not Linux: other programs of the same user can read the memory of this one")
        return False
    wanted = [(_DUMPABLE, 0), (_NO_NEW_PRIVS, 1)] + ([(_END_WITH_PARENT, int(signal.SIGKILL))] if with_parent else [])
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    # prctl reads longs: a bare int would leave the upper half to chance.
    refused = [option for option, value in wanted if prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0)))]
    if refused:
        _LOG.warning("the system refuses %d of the protections of this process's memory", len(refused))
    return not refused
