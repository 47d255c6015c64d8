"""Loggers by promptflow's names; they write where Python's logging is told to write."""

from __future__ import annotations

import logging
import sys


def get_logger(name: str) -> logging.Logger:
    return LoggerFactory.get_logger(name)


class LoggerFactory:
    """Makes loggers that print."""

    @staticmethod
    def get_logger(name: str, verbosity: int = logging.INFO, target_stdout: bool = False) -> logging.Logger:
        made = logging.getLogger(name)
        made.setLevel(verbosity)
        if not made.handlers:
            handler = logging.StreamHandler(sys.stdout if target_stdout else sys.stderr)
            handler.setFormatter(logging.Formatter("[%(asctime)s][%(name)s][%(levelname)s] - %(message)s"))
            made.addHandler(handler)
        return made


logger = logging.getLogger("execution")
flow_logger = logging.getLogger("execution.flow")
bulk_logger = logging.getLogger("execution.bulk")
service_logger = logging.getLogger("execution.service")
