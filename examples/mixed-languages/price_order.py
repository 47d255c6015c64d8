"""The second node: prices an order in exact decimals, rounded to the cent as bills are."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Dict, List

from promptflow.core import tool

CENT = Decimal("0.01")


@tool
def price_order(items: List[Dict[str, Any]], discount_percent: int) -> Dict[str, Any]:
    lines = [{**item, "amount": item["quantity"] * Decimal(item["price"])} for item in items]
    total = sum((line["amount"] for line in lines), Decimal(0))
    discount = (total * discount_percent / 100).quantize(CENT, ROUND_HALF_UP)
    return {
        "lines": [{**line, "amount": str(line["amount"])} for line in lines],
        "discount": str(discount) if discount else None,
        "total": str(total - discount),
    }
