"""A skip says why; where COMMONPLACE_TESTS_NO_SKIPS is set, it fails instead."""

import os
from collections.abc import Generator

import pytest

STRICT = "COMMONPLACE_TESTS_NO_SKIPS"

Report = pytest.TestReport | pytest.CollectReport


def _judged(report: Report) -> None:
    if os.environ.get(STRICT) and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}. Nothing may be skipped here: {STRICT} is set."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _judged(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _judged(report)
    return report
