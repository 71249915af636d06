"""CPU threads that compute apart from each other.

torch splits every operation among its threads and waits for the slowest before the next. A forward
pass is thousands of small operations; where other programs want the same cores, each wait can last
as long as the system's time slice. On a machine of two cores that was shared with other programs,
two threads that each took batches of their own were 2 to 10 times as quick as two that shared each
operation; they need no such waits.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import torch


@cache
def workers(count: int) -> ThreadPoolExecutor:
    """Return a pool of `count` threads whose torch operations are not split any further.

    One pool a process.

    torch keeps the number for each thread that has begun to compute, and one for those that have
    yet to. The second is set back as soon as all threads of the pool have theirs, so that others
    find what they did before.
    """
    threads = torch.get_num_threads()
    begun = threading.Barrier(count + 1)

    def begin() -> None:
        torch.set_num_threads(1)
        begun.wait()

    pool = ThreadPoolExecutor(count, thread_name_prefix="bartscore", initializer=begin)
    for _ in range(count):
        pool.submit(int)
    begun.wait()
    torch.set_num_threads(threads)
    return pool
