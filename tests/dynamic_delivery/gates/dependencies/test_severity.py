"""How bad an advisory is, held to published scores and to another program's."""

import pytest

from dynamic_delivery.gates.advisories.severity import base_score, of_vectors, of_word, rating, rating_v4, worst
from dynamic_delivery.gates.model import Severity
from tests.dynamic_delivery.gates.dependencies.cvss_vectors import VERSION_3, VERSION_4


def rows(text: str) -> list[tuple[str, float]]:
    return [(vector, float(score)) for vector, score in (line.split() for line in text.strip().splitlines())]


# NVD's scores of well-known faults: Heartbleed, Shellshock, Log4Shell, the example of the OSV schema.
@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:N/A:N", 6.8),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
    ],
)
def test_version_3_gives_the_published_scores(vector: str, score: float) -> None:
    assert base_score(vector) == score


def test_version_3_gives_another_programs_scores() -> None:
    assert [(vector, base_score(vector)) for vector, _ in rows(VERSION_3)] == rows(VERSION_3)


def test_version_4_is_rated_as_another_programs_score_or_one_step_worse() -> None:
    steps = [rating(score).rank - severity.rank for vector, score in rows(VERSION_4) if (severity := rating_v4(vector))]

    assert len(steps) == len(rows(VERSION_4))
    assert set(steps) <= {0, 1}
    assert steps.count(0) > 0.75 * len(steps)


# The bounds that table 14 of CVSS 3.1 prints.
@pytest.mark.parametrize(
    ("score", "severity"),
    [
        (0.0, Severity.INFO),
        (0.1, Severity.LOW),
        (3.9, Severity.LOW),
        (4.0, Severity.MEDIUM),
        (6.9, Severity.MEDIUM),
        (7.0, Severity.HIGH),
        (8.9, Severity.HIGH),
        (9.0, Severity.CRITICAL),
        (10.0, Severity.CRITICAL),
    ],
)
def test_ratings_begin_where_the_specification_says(score: float, severity: Severity) -> None:
    assert rating(score) is severity


@pytest.mark.parametrize(
    "vector",
    [
        "",
        "7.5",
        "CVSS:3.1/AV:N",
        "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
        "CVSS:4.0/AV:N",
        "CVSS:4.0/AV:Q/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
        "AV:N/AC:L/Au:N",
    ],
)
def test_what_is_no_vector_has_no_severity(vector: str) -> None:
    assert of_vectors([vector]) is None


def test_the_worst_that_is_known_counts() -> None:
    assert worst([None, Severity.LOW, Severity.HIGH, None]) is Severity.HIGH
    assert worst([None]) is None


@pytest.mark.parametrize(
    ("word", "severity"), [("MODERATE", Severity.MEDIUM), ("critical", Severity.CRITICAL), ("bad", None), (7, None)]
)
def test_a_databases_own_word_is_understood(word: object, severity: Severity | None) -> None:
    assert of_word(word) is severity
