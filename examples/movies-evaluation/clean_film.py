"""Makes a film of a raw row: ratings that are numbers or None, and a year that can be true."""

import math
from datetime import datetime
from typing import Any, Dict, Optional

from promptflow.core import tool

UNKNOWN = "unknown"


@tool
def clean_film(
    title: str, release_date: str, genre: str, critics: Any, audience: Any, last_year: int
) -> Dict[str, Any]:
    critics = rating(critics, highest=100)
    audience = rating(audience, highest=10)
    year = year_of(release_date)
    is_century_off = year is not None and year > last_year
    if is_century_off:
        year -= 100
    return {
        "title": named(title),
        "genre": named(genre),
        "year": year,
        "decade": UNKNOWN if year is None else f"{year // 10 * 10}s",
        "is_century_off": is_century_off,
        "critics": critics,
        "audience": audience,
        "is_rated": critics is not None and audience is not None,
    }


def rating(value: Any, highest: int) -> Optional[float]:
    """The value as a number from 0 to `highest`; None for a missing, unreadable or impossible one."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and 0 <= number <= highest else None


def year_of(release_date: str) -> Optional[int]:
    """The year of a date such as "Jun 12 1998"."""
    try:
        return datetime.strptime(release_date.strip(), "%b %d %Y").year
    except ValueError:
        return None


def named(text: str) -> str:
    """A text input that was null in the data arrives as the text "None"."""
    return UNKNOWN if text.strip() in ("", "None", "nan") else text.strip()
