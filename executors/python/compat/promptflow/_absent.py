"""Names that need what is not here: they can be imported and annotated with, and explain themselves when used."""

from __future__ import annotations

from typing import Any, Callable, Type


class NotAvailable(RuntimeError):
    """A name of promptflow was used that its stand-in cannot offer."""


def explain(name: str, package: str) -> NotAvailable:
    return NotAvailable(
        f"{name} is not available here: promptflow is not installed, and its stand-in offers only what tools need "
        f"to run. Install it into this flow's Python: pip install {package}"
    )


def absent(name: str, package: str = "promptflow") -> Type[Any]:
    """A class of that name which cannot be made, called or asked for anything."""

    class Explaining(type):
        def __call__(cls, *_args: Any, **_kwargs: Any) -> Any:
            raise explain(name, package)

        def __getattr__(cls, attribute: str) -> Any:
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            raise explain(f"{name}.{attribute}", package)

    return Explaining(name, (), {"__module__": "promptflow", "__doc__": f"{name}: needs {package}."})


def explaining(package: str) -> Callable[[str], Type[Any]]:
    """A module's ``__getattr__`` under which every name can be imported, and says what it needs when used."""

    def lookup(name: str) -> Type[Any]:
        if name.startswith("__"):
            raise AttributeError(name)
        return absent(name, package)

    return lookup


PFClient = absent("PFClient", "promptflow-devkit")
Run = absent("Run", "promptflow-devkit")
FlowContext = absent("FlowContext", "promptflow-devkit")
load_run = absent("load_run", "promptflow-devkit")
