"""Sums the whole run up in metrics: overall, by decade and by genre."""

from collections import Counter, defaultdict
from math import fsum
from typing import Any, Dict, List, Optional

from promptflow.core import log_metric, tool

Film = Dict[str, Any]
Grade = Dict[str, Any]

SMALLEST_GROUP = 30
"""A group with fewer graded films gets no metric of its own."""


@tool
def summarize(films: List[Film], grades: List[Optional[Grade]], missing: List[Optional[str]]) -> Dict[str, int]:
    graded = [(film, grade) for film, grade in zip(films, grades) if grade is not None]
    gaps = Counter(gap for gap in missing if gap is not None)

    log_metric("films", len(films))
    log_metric("graded", len(graded))
    log_metric("coverage", share(len(graded), len(films)))
    for gap in ("critics", "audience", "both"):
        log_metric(f"missing.{gap}", gaps[gap])
    log_metric("century_corrected", sum(film["is_century_off"] for film in films))

    every_grade = [grade for _, grade in graded]
    log_metric("accuracy", accuracy(every_grade))
    log_metric("bucket_agreement", share(sum(grade["is_same_bucket"] for grade in every_grade), len(every_grade)))
    log_metric("mean_absolute_error", mean([abs(grade["error"]) for grade in every_grade]))
    log_metric("bias", mean([grade["error"] for grade in every_grade]))

    for decade, group in groups_by("decade", graded):
        log_metric(f"mean_absolute_error.{decade}", mean([abs(grade["error"]) for grade in group]))
    for genre, group in groups_by("genre", graded):
        log_metric(f"accuracy.{genre}", accuracy(group))
    return dict(sorted(Counter(grade["verdict"] for grade in every_grade).items()))


def groups_by(field: str, graded: "list[tuple[Film, Grade]]") -> "list[tuple[str, list[Grade]]]":
    groups: Dict[str, List[Grade]] = defaultdict(list)
    for film, grade in graded:
        groups[film[field]].append(grade)
    return sorted((name, group) for name, group in groups.items() if len(group) >= SMALLEST_GROUP)


def accuracy(grades: List[Grade]) -> float:
    return share(sum(grade["verdict"] == "right" for grade in grades), len(grades))


def share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def mean(numbers: List[float]) -> float:
    return round(fsum(numbers) / len(numbers), 4) if numbers else 0.0
