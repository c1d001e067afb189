"""The widgets that a notebook offers: nothing goes in; each is put where lower floors ask for it, to be loaded then."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from flowdsl import screens
from flowdsl.errors import RunError
from flowdsl.request import fault

HOMES = {  # by what is asked for: the module, the widget
    "explore": ("explore", "Explorer"),
    "explore a forecast": ("futures", "Futures"),
    "play": ("play", "Player"),
    "zoom": ("zoom", "Zoom"),
}


def load() -> None:
    """From now on results and diagrams can be shown as widgets."""
    for name in HOMES:
        screens.offers[name] = _lazily(name)


def unload() -> None:
    """They cannot any more."""
    for name in HOMES:
        screens.offers.pop(name, None)


def _lazily(name: str) -> Any:
    """The widget of a name, imported when it is first asked for."""
    module, widget = HOMES[name]

    def made(*about: object, **options: object) -> Any:
        try:
            home = import_module(f"flowdsl.notebook.widgets.{module}")
        except ModuleNotFoundError as missing:
            message = f"`{missing.name}` is not installed, which `{name}` needs"
            raise RunError([fault("E754", message, str(missing.name))]) from None
        return getattr(home, widget)(*about, **options)

    return made
