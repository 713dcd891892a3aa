"""Processes that share the work of a benchmark."""

from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

from benchmarks._sizes import size


def workers(number: int, start: Callable[..., None], *arguments: object) -> Executor:
    """So many new processes, each begun by a function.

    The smallest size is done in this process, which has imported everything already.
    """
    if size(number, 0) == 0:
        return ThreadPoolExecutor(1, initializer=start, initargs=arguments)
    return ProcessPoolExecutor(number, get_context("spawn"), start, arguments)
