"""The prediction under test: a straight line from the critics' percentage to the audience's rating."""

from promptflow.core import tool


@tool
def predict_rating(critics: float, base: float, slope: float) -> float:
    return round(min(10.0, max(0.0, base + slope * critics)), 2)
