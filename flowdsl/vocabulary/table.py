"""The one table of the vocabulary, without words: what each event, state and action means, family by family.

Each language has its words in a `Language`, by the ids of these rows.
"""

from __future__ import annotations

from flowdsl.plan.expressions import Event
from flowdsl.vocabulary.entries import (
    CHANNELS,
    FLAGS,
    ActionEntry,
    AnyEvent,
    ConditionEntry,
    Entry,
    EventEntry,
    Family,
    ObjectKind,
)


def _of_message(channel: str) -> tuple[Entry, ...]:
    """What may become of a message, whether the contact may get one, and the action that sends it."""
    return (
        *(EventEntry(Event(f"{channel}.{flag}", noun="message", channel=channel, flag=flag)) for flag in FLAGS),
        ConditionEntry(f"{channel}.can_receive", "consent", channel),
        ActionEntry(f"{channel}.send", "send", channel, needs_name=False),
    )


def _on_any_channel() -> tuple[AnyEvent, ...]:
    return tuple(AnyEvent(f"message.{flag}", tuple(f"{channel}.{flag}" for channel in CHANNELS)) for flag in FLAGS)


def _status(kind: str, status: str) -> EventEntry:
    """`invoice is paid`: the event, and what it makes of the object's status."""
    return EventEntry(Event(f"{kind}.{status}", about=kind, sets="status", value=status))


TABLE: tuple[Family, ...] = (
    Family(
        "programs",
        (
            EventEntry(Event("program.joined", "program", adds="programs")),
            EventEntry(Event("program.completed", "program")),
            EventEntry(Event("program.left", "program", removes="programs")),
            EventEntry(Event("program.paid", "program"), fields=("amount",)),
            EventEntry(Event("step.completed", "step"), fields=("program",)),
            EventEntry(Event("step.missed", "step"), fields=("program",)),
            ConditionEntry("program.in", "has", "programs"),
            EventEntry(Event("badge.got", "badge", adds="badges")),
            EventEntry(Event("badge.lost", "badge", removes="badges")),
            ConditionEntry("badge.has", "has", "badges"),
            ConditionEntry("badge.has_no", "has", "badges", negated=True),
            ActionEntry("badge.award", "put", "badges", event="badge.got"),
        ),
    ),
    Family(
        "tags",
        (
            EventEntry(Event("tag.got", "tag", adds="tags")),
            EventEntry(Event("tag.lost", "tag", removes="tags")),
            ConditionEntry("tag.has", "has", "tags"),
            ConditionEntry("tag.has_no", "has", "tags", negated=True),
            ActionEntry("tag.add", "put", "tags", event="tag.got"),
            ActionEntry("tag.remove", "put", "tags", present=False, event="tag.lost"),
            EventEntry(Event("group.joined", "group", adds="groups")),
            EventEntry(Event("group.left", "group", removes="groups")),
            ConditionEntry("group.in", "has", "groups"),
            ActionEntry("group.add", "put", "groups", event="group.joined"),
            ActionEntry("group.remove", "put", "groups", present=False, event="group.left"),
        ),
    ),
    Family(
        "pages",
        (
            EventEntry(Event("form.submitted", "form")),
            EventEntry(Event("blog.submitted", "form")),
            EventEntry(Event("page.visited", "page")),
        ),
    ),
    Family(
        "campaigns",
        (
            EventEntry(Event("campaign.joined", "campaign", adds="campaigns")),
            EventEntry(Event("campaign.left", "campaign", removes="campaigns")),
            EventEntry(Event("campaign.completed", "campaign", removes="campaigns")),
            ConditionEntry("campaign.in", "has", "campaigns"),
            ActionEntry("campaign.subscribe", "put", "campaigns", event="campaign.joined"),
            ActionEntry("campaign.unsubscribe", "put", "campaigns", present=False, event="campaign.left"),
        ),
    ),
    Family(
        "courses",
        (
            EventEntry(Event("course.enrolled", "course", adds="courses")),
            EventEntry(Event("course.completed", "course")),
            EventEntry(Event("course.left", "course", removes="courses")),
            ConditionEntry("course.in", "has", "courses"),
            ActionEntry("course.enroll", "put", "courses", event="course.enrolled"),
            ActionEntry("course.remove", "put", "courses", present=False, event="course.left"),
            EventEntry(Event("bundle.enrolled", "bundle", adds="bundles")),
            ConditionEntry("bundle.in", "has", "bundles"),
            EventEntry(Event("webinar.registered", "webinar", about="webinar")),
            EventEntry(Event("webinar.attended", "webinar", about="webinar")),
            EventEntry(Event("webinar.missed", "webinar", about="webinar")),
        ),
        objects=(ObjectKind("webinar", ("start", "end")),),
    ),
    Family(
        "sales",
        (
            EventEntry(Event("offer.bought", "offer"), fields=("amount",)),
            EventEntry(Event("cart.abandoned", "cart"), fields=("amount",)),
            EventEntry(Event("sale.refunded", "offer"), fields=("amount",)),
        ),
    ),
    Family(
        "messages",
        (
            *(row for channel in CHANNELS for row in _of_message(channel)),
            *_on_any_channel(),
            EventEntry(Event("link.clicked", "link"), fields=("message",)),
        ),
    ),
    Family(
        "classes",
        (
            EventEntry(Event("class.booked", "class")),
            EventEntry(Event("class.attended", "class")),
            EventEntry(Event("class.cancelled", "class")),
            EventEntry(Event("class.missed", "class")),
            EventEntry(Event("membership.bought", "membership", adds="memberships"), fields=("amount",)),
            EventEntry(Event("membership.cancelled", "membership", removes="memberships")),
            EventEntry(Event("membership.expired", "membership", removes="memberships")),
            ConditionEntry("membership.has", "has", "memberships"),
            ConditionEntry("membership.has_no", "has", "memberships", negated=True),
        ),
    ),
    Family(
        "leads",
        (
            EventEntry(Event("lead.became", "lead", adds="leads")),
            EventEntry(Event("lead.changed", "status", sets="lead_status"), needs_name=True),
            ConditionEntry("lead.has", "has", "leads"),
            ConditionEntry("lead.has_no", "has", "leads", negated=True),
            ActionEntry("lead.create", "put", "leads", event="lead.became", needs_name=False),
            ActionEntry("lead.set_status", "assign", "lead_status", event="lead.changed"),
            ActionEntry("task.create", "do"),
        ),
    ),
    Family(
        "objects",
        (
            EventEntry(Event("event.created", about="event")),
            EventEntry(Event("event.became", "status", about="event", sets="status"), needs_name=True),
            EventEntry(Event("event.changed", about="event")),
            *(_status("quote", status) for status in ("sent", "accepted", "refused")),
            EventEntry(Event("quote.changed", about="quote")),
            *(_status("invoice", status) for status in ("issued", "paid", "overdue")),
            EventEntry(Event("invoice.changed", about="invoice")),
        ),
        objects=(
            ObjectKind("event", ("start", "end", "status")),
            ObjectKind("quote", ("amount", "status")),
            ObjectKind("invoice", ("amount", "due", "status")),
        ),
    ),
    Family(
        "anything",
        (
            EventEntry(Event("custom.happened", "name"), needs_name=True),
            ActionEntry("custom.do", "do"),
            ActionEntry("webhook.call", "do"),
        ),
    ),
    Family(
        "flows",
        (
            ActionEntry("flow.start", "begin"),
            ActionEntry("flow.stop", "halt"),
        ),
    ),
)
