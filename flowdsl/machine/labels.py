"""How tables name an action: its id, object, channel and recipient."""

from __future__ import annotations

from flowdsl.plan.expressions import ChangeMembership, CustomAction, Effect, Send, SetField, StartFlow, StopFlow
from flowdsl.results.records import ActionLabel

NO_LABEL = ActionLabel()


def label(effect: Effect) -> ActionLabel:
    """How the rows of `actions` name an action.

    >>> label(Send("email", "Welcome", staff="Anna"))
    ActionLabel(action='send', name='Welcome', channel='email', to='staff Anna')
    """
    channel = effect.channel if isinstance(effect, Send) else ""
    return ActionLabel(action_id(effect), object_name(effect), channel, recipient(effect))


def action_id(effect: Effect) -> str:
    """The id of what an action does, as the tables name it.

    >>> action_id(ChangeMembership("tags", "vip", True))
    'tags.add'
    """
    match effect:
        case Send():
            return "send"
        case ChangeMembership():
            return f"{effect.family}.{'add' if effect.present else 'remove'}"
        case SetField():
            return "set"
        case StartFlow():
            return "flow.start"
        case StopFlow():
            return "flow.stop"
        case CustomAction():
            return effect.action


def object_name(effect: Effect) -> str:
    """The name that an action is about: the message, the tag, the column, the flow.

    >>> object_name(ChangeMembership("tags", "vip", True))
    'vip'
    """
    match effect:
        case Send():
            return effect.message
        case SetField():
            return effect.target.name
        case StartFlow() | StopFlow():
            return effect.flow
        case _:
            return effect.name


def recipient(effect: Effect) -> str:
    """Who a message goes to when not to the contact: addresses, or `staff NAME`."""
    if not isinstance(effect, Send):
        return ""
    return f"staff {effect.staff}" if effect.staff else ", ".join(effect.to)
