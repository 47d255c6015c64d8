"""Grades one prediction: how far off it is, and whether it puts the film into the right bucket."""

from typing import Any, Dict

from promptflow.core import tool


@tool
def grade_film(predicted: float, audience: float, tolerance: float) -> Dict[str, Any]:
    error = round(predicted - audience, 2)
    if abs(error) <= tolerance:
        verdict = "right"
    else:
        verdict = "too high" if error > 0 else "too low"
    return {"verdict": verdict, "error": error, "is_same_bucket": bucket(predicted) == bucket(audience)}


def bucket(rating: float) -> str:
    if rating < 5:
        return "poor"
    return "fair" if rating < 7 else "good"
