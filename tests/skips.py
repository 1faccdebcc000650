"""A skip says why; where COMMONPLACE_TESTS_NO_SKIPS is set, it fails instead."""

import os
from collections.abc import Generator
from typing import Any

import pytest

NAME = "COMMONPLACE_TESTS_NO_SKIPS"
STRICT = bool(os.environ.pop(NAME, ""))  # no setting of the product, which would refuse it

Report = pytest.TestReport | pytest.CollectReport


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process that runs a part of the tests."""
    node.workerinput[NAME] = STRICT


def _judged(report: Report, config: pytest.Config) -> None:
    is_strict = getattr(config, "workerinput", {}).get(NAME, STRICT)
    if is_strict and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{reason}. Nothing may be skipped here: {NAME} is set."


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _judged(report, item.config)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _judged(report, collector.config)
    return report
