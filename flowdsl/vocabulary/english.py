"""English: the words of every vocabulary row, by id.

A pattern is written as in speech: `a/b/c/d` are the forms of a verb (third person, past, gerund, base), `a|b` other
words for the same thing, `[…]` may be left out, `<object>` is where names stand. Articles are skipped, never written.
The first pattern of a row is how the row is said back to people.
"""

from __future__ import annotations

from flowdsl.vocabulary.entries import CHANNELS, Language

_PEOPLE = ("contact", "member", "client", "customer", "participant", "subscriber", "visitor", "student", "lead")
_SUBJECTS = frozenset(form for person in _PEOPLE for form in (person, f"{person}s"))
_ARTICLES = frozenset(("a", "an", "the", "any", "his", "her", "their"))
_AUXILIARIES = frozenset(("has", "have", "had"))  # `has bought offer` is `bought offer`
_SUBJECT = f"[{'|'.join(_PEOPLE)}]"

_NOUNS = {
    "email": "email|emails|e-mail|mail",
    "sms": "sms|text",
    "chat": "chat|chats",
    "push": "push|pushes",
    "notification": "notification|notifications",
}

_ANSWERS = {
    "received": ("receives/received/receiving/receive {noun} [<object>]",),
    "opened": ("opens/opened/opening/open {noun} [<object>]",),
    "clicked": ("clicks/clicked/clicking/click [on] {noun} [<object>]",),
    "replied": ("replies/replied/replying/reply to {noun} [<object>]",),
    "bounced": ("{noun} bounces/bounced/bouncing/bounce [<object>]", "{noun} <object> bounces/bounced/bouncing/bounce"),
    "blocked": (
        "{noun} is|are/was|were/being/be blocked",
        "{noun} <object> is|are/was|were/being/be blocked",
        "{noun} is|are/was|were/being/be blocked <object>",
        "{noun} blocked [<object>]",
    ),
    "unsubscribed": ("unsubscribes/unsubscribed/unsubscribing/unsubscribe from {noun} [<object>]",),
}


def _answers() -> dict[str, tuple[str, ...]]:
    table = {
        f"{channel}.{flag}": tuple(pattern.format(noun=_NOUNS[channel]) for pattern in patterns)
        for channel in CHANNELS
        for flag, patterns in _ANSWERS.items()
    }
    table["email.unsubscribed"] += ("unsubscribes/unsubscribed/unsubscribing/unsubscribe",)  # e-mail unless named
    return table


def _statuses(noun: str, statuses: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What becomes of an object: `invoice is paid`, and `invoice paid` as people write it in tables."""
    return {
        f"{noun}.{status}": (f"{noun}|{noun}s is|are/was|were/being/be {status}", f"{noun}|{noun}s {status}")
        for status in statuses
    }


_WORDS: dict[str, tuple[str, ...]] = {
    "program.joined": ("joins/joined/joining/join program|programs [<object>]",),
    "program.completed": (
        "completes/completed/completing/complete program|programs [<object>]",
        "finishes/finished/finishing/finish program|programs [<object>]",
    ),
    "program.left": ("leaves/left/leaving/leave program|programs [<object>]",),
    "program.paid": ("pays/paid/paying/pay for program|programs [<object>]",),
    "step.completed": ("completes/completed/completing/complete step|steps [<object>] [of|in program [<program>]]",),
    "step.missed": ("misses/missed/missing/miss step|steps [<object>] [of|in program [<program>]]",),
    "tag.got": ("gets/got/getting/get tag|tags [<object>]",),
    "tag.lost": ("loses/lost/losing/lose tag|tags [<object>]",),
    "group.joined": ("joins/joined/joining/join group|groups [<object>]",),
    "group.left": ("leaves/left/leaving/leave group|groups [<object>]",),
    "badge.got": ("gets/got/getting/get badge|badges [<object>]", "earns/earned/earning/earn badge|badges [<object>]"),
    "badge.lost": ("loses/lost/losing/lose badge|badges [<object>]",),
    "membership.bought": ("buys/bought/buying/buy membership|memberships [<object>]",),
    "membership.cancelled": (
        "cancels/cancelled/cancelling/cancel membership|memberships [<object>]",
        "cancels/canceled/canceling/cancel membership|memberships [<object>]",
    ),
    "membership.expired": (
        "membership|memberships expires/expired/expiring/expire [<object>]",
        "membership <object> expires/expired/expiring/expire",
    ),
    "offer.bought": ("buys/bought/buying/buy offer|offers [<object>]",),
    "cart.abandoned": ("abandons/abandoned/abandoning/abandon cart|carts [<object>]",),
    "sale.refunded": (
        "is|are/was|were/being/be refunded",
        "refunded [<object>]",
        "is|are/was|were/being/be refunded <object>",
    ),
    **_answers(),
    "message.received": ("receives/received/receiving/receive [message|it] [<object>]",),
    "message.opened": ("opens/opened/opening/open [message|it] [<object>]",),
    "message.clicked": ("clicks/clicked/clicking/click [on] [message|it] [<object>]",),
    "message.replied": ("replies/replied/replying/reply to <object>", "replies/replied/replying/reply [to it|message]"),
    "message.bounced": ("bounces/bounced/bouncing/bounce <object>", "<object> bounces/bounced/bouncing/bounce"),
    "message.blocked": ("<object> is|are/was|were/being/be blocked", "blocked <object>"),
    "message.unsubscribed": ("unsubscribes/unsubscribed/unsubscribing/unsubscribe from <object>",),
    "link.clicked": ("clicks/clicked/clicking/click [on] link|links [<object>] [in|of [email|message] <message>]",),
    **_statuses("event", ("created",)),
    "event.became": ("event|events becomes/became/becoming/become [<object>]",),
    "event.changed": ("event|events changes/changed/changing/change",),
    "custom.happened": ("<object> happens/happened/happening/happen", "does/did/doing/do <object>"),
    "form.submitted": (
        "submits/submitted/submitting/submit form|forms [<object>]",
        "completes/completed/completing/complete form|forms [<object>]",
    ),
    "blog.submitted": ("submits/submitted/submitting/submit blog form|forms [<object>]",),
    "page.visited": ("visits/visited/visiting/visit page|pages [<object>]",),
    "course.enrolled": (
        "enrolls/enrolled/enrolling/enroll in course|courses [<object>]",
        "enrols/enrolled/enrolling/enrol in course|courses [<object>]",
    ),
    "course.completed": (
        "completes/completed/completing/complete course|courses [<object>]",
        "finishes/finished/finishing/finish course|courses [<object>]",
    ),
    "course.left": ("leaves/left/leaving/leave course|courses [<object>]",),
    "class.booked": ("books/booked/booking/book class|classes [<object>]",),
    "class.attended": ("attends/attended/attending/attend class|classes [<object>]",),
    "class.cancelled": (
        "cancels/cancelled/cancelling/cancel class|classes [<object>]",
        "cancels/canceled/canceling/cancel class|classes [<object>]",
    ),
    "class.missed": ("misses/missed/missing/miss class|classes [<object>]",),
    "bundle.enrolled": (
        "enrolls/enrolled/enrolling/enroll in bundle|bundles [<object>]",
        "enrols/enrolled/enrolling/enrol in bundle|bundles [<object>]",
    ),
    "webinar.registered": ("registers/registered/registering/register for webinar|webinars [<object>]",),
    "webinar.attended": ("attends/attended/attending/attend webinar|webinars [<object>]",),
    "webinar.missed": ("misses/missed/missing/miss webinar|webinars [<object>]",),
    "campaign.joined": (
        "joins/joined/joining/join campaign|campaigns [<object>]",
        "subscribes/subscribed/subscribing/subscribe to campaign|campaigns [<object>]",
    ),
    "campaign.left": (
        "leaves/left/leaving/leave campaign|campaigns [<object>]",
        "unsubscribes/unsubscribed/unsubscribing/unsubscribe from campaign|campaigns [<object>]",
    ),
    "campaign.completed": ("completes/completed/completing/complete campaign|campaigns [<object>]",),
    "lead.became": ("becomes/became/becoming/become lead|leads [<object>]",),
    "lead.changed": ("lead|leads becomes/became/becoming/become [<object>]",),
    **_statuses("quote", ("sent", "accepted", "refused")),
    "quote.changed": ("quote|quotes changes/changed/changing/change",),
    **_statuses("invoice", ("issued", "overdue")),
    "invoice.paid": (*_statuses("invoice", ("paid",))["invoice.paid"], "pays/paid/paying/pay invoice|invoices"),
    "invoice.changed": ("invoice|invoices changes/changed/changing/change",),
    # states
    "tag.has": ("has|have tag|tags [<name>]",),
    "tag.has_no": ("has|have no tag|tags [<name>]",),
    "membership.has": ("has|have membership|memberships [<name>]",),
    "membership.has_no": ("has|have no membership|memberships [<name>]",),
    "badge.has": ("has|have badge|badges [<name>]",),
    "badge.has_no": ("has|have no badge|badges [<name>]",),
    "group.in": ("in group|groups [<name>]", "is|are in group|groups [<name>]"),
    "program.in": ("in program|programs [<name>]", "is|are in program|programs [<name>]"),
    "course.in": ("in course|courses [<name>]", "is|are in course|courses [<name>]"),
    "bundle.in": ("in bundle|bundles [<name>]", "is|are in bundle|bundles [<name>]"),
    "lead.has": ("has|have lead|leads [<name>]",),
    "lead.has_no": ("has|have no lead|leads [<name>]",),
    "campaign.in": ("in campaign|campaigns [<name>]", "is|are in campaign|campaigns [<name>]"),
    **{f"{channel}.can_receive": (f"can receive {_NOUNS[channel]}",) for channel in CHANNELS},
    # actions
    **{
        f"{channel}.send": (
            f"send [transactional] {noun} [<name>] [transactional] [to <to>] [transactional]",
            f"send [transactional] {noun} [<name>] [transactional] to staff <staff> [transactional]",
        )
        for channel, noun in _NOUNS.items()
    },
    "tag.add": (f"add tag [<name>] [to {_SUBJECT}]",),
    "tag.remove": (f"remove tag [<name>] [from {_SUBJECT}]",),
    "group.add": (f"add {_SUBJECT} to group [<name>]",),
    "group.remove": (f"remove {_SUBJECT} from group [<name>]",),
    "badge.award": ("award badge [<name>]",),
    "course.enroll": (f"enroll|enrol {_SUBJECT} in course [<name>]",),
    "course.remove": (f"remove {_SUBJECT} from course [<name>]",),
    "flow.start": ("start flow [<name>]",),
    "flow.stop": ("stop flow [<name>]",),
    "custom.do": ("do [<name>]",),
    "webhook.call": ("call webhook [<name>]",),
    "task.create": ("create task [<name>] [for <for>]",),
    "lead.create": ("create lead [<name>]",),
    "lead.set_status": ("set lead status [to <name>]",),
    "campaign.subscribe": (f"subscribe {_SUBJECT} to campaign [<name>]",),
    "campaign.unsubscribe": (f"unsubscribe {_SUBJECT} from campaign [<name>]",),
}

_FAMILIES = {
    "programs": "Programs, steps, badges",
    "tags": "Tags and groups",
    "pages": "Forms and pages",
    "campaigns": "Campaigns",
    "courses": "Courses, bundles, webinars",
    "sales": "Sales",
    "messages": "Messages",
    "classes": "Classes and memberships",
    "leads": "Leads and tasks",
    "objects": "Events, quotes, invoices",
    "anything": "Anything else",
    "flows": "Flows",
}

ENGLISH = Language("en", _WORDS, _NOUNS, _SUBJECTS, _ARTICLES, _AUXILIARIES, _FAMILIES)
