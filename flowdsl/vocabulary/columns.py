"""Names of columns that have a meaning of their own, and names that are nearly one of them or speak of consent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from flowdsl.diagnostics.source import words_of
from flowdsl.diagnostics.suggest import suggest
from flowdsl.vocabulary.entries import CHANNELS, FAMILIES

LONG = 7  # letters from which on a name is compared letter by letter
NOTE = "note"  # a name whose first word is this has no meaning for the language
CONSENTS = tuple(f"can_{channel}" for channel in CHANNELS)
ID_COLUMNS = ("contact", "contact_id", "id")
CONTACTS = (*FAMILIES, "membership", "timezone", *CONSENTS)
RESERVED = (*ID_COLUMNS, *CONTACTS)
SINGULARS = {"tag": "tags", "group": "groups", "program": "programs", "course": "courses", "badge": "badges"}
ALIASES = {"tz": "timezone", "timezones": "timezone", "timezonename": "timezone", "ianatimezone": "timezone"}
WORDS_OF_CHANNELS = {
    "email": "email emails mail mails mailing newsletter",
    "sms": "sms text texts texting",
    "chat": "chat whatsapp messenger",
    "push": "push pushes",
    "notification": "notification notifications",
}
# What refuses messages, and what permits them, as squashed words or runs of words.
_REFUSING = (
    "unsubscribed unsubscribe unsubscribes unsub unsubscription optout optedout optsout optouts bounced bounce"
    " bounces hardbounce hardbounced softbounced bouncing suppressed suppress suppression donotcontact donotemail"
    " donotmail donotcall donotsms donottext donotdisturb dontcontact dontemail nocontact noemail nosms nomail dnc"
    " blocklisted blacklisted blocklist blacklist complained spamcomplaint spamcomplaints markedspam undeliverable"
)
REFUSING = frozenset(_REFUSING.split())
_PERMITTING = (
    "consent consented consents optin optedin optsin doubleoptin subscribed resubscribed acceptsmarketing"
    " acceptmarketing marketingpermission mailable emailable contactable marketable cancontact canmail canmessage"
    " cancall cantext"
)
PERMITTING = frozenset(_PERMITTING.split())
# These speak of consent where a channel stands beside them: `sms_allowed`, `wants_email`.
_PERMITTING_CHANNEL = (
    "permission permissions permitted allowed allow allows ok okay accepts accept accepted wants enabled agreed can"
)
PERMITTING_CHANNEL = frozenset(_PERMITTING_CHANNEL.split())
SPAM = ("spam", "complaint", "complaints", "complains")  # of events
SPEAKS = frozenset((*REFUSING, *PERMITTING))
# Columns about consent that neither give nor refuse it, such as its date.
_ABOUT = (
    "rate rates count counts number ratio share source ip method version text url form channel id page campaign"
    " reason score total percent pct link token type language"
)
ABOUT = frozenset(_ABOUT.split())
_WHEN = "at on date day time timestamp datetime since"
WHEN = frozenset(_WHEN.split())


def squashed(name: str) -> str:
    """The letters and digits of a name, in lower case.

    >>> squashed("Time Zone") == squashed("time_zone") == "timezone"
    True
    """
    return "".join(words_of(name))


def channels_in(words: Iterable[str]) -> tuple[str, ...]:
    """The channels that words speak of."""
    said = set(words)
    return tuple(channel for channel in CHANNELS if said & set(WORDS_OF_CHANNELS[channel].split()))


def speaks_of_consent(words: tuple[str, ...]) -> str:
    """The words that speak of consent, as one; "" when there are none.

    >>> speaks_of_consent(("opt", "in", "email")), speaks_of_consent(("email",))
    ('optin', '')
    """
    runs = ("".join(words[at : at + length]) for length in (3, 2, 1) for at in range(len(words) - length + 1))
    permits = (word for word in words if word in PERMITTING_CHANNEL and channels_in(words))
    return next((run for run in runs if run in SPEAKS), "") or next(permits, "")


def near(name: str, known: Iterable[str], aliases: Mapping[str, str]) -> str:
    """The name with a meaning that differs from this one by case, blanks and signs only; "" when there is none."""
    if words_of(name)[:1] == (NOTE,):
        return ""
    own = squashed(name)
    squashes = {squashed(each): each for each in known}
    slips = [each for each in squashes if len(each) >= LONG and own not in (each, each.removesuffix("s"))]
    slip = suggest(own, slips, 0.85) if len(own) >= LONG else ""
    if abs(len(own) - len(slip)) > 1:  # `membership_id` is no slip
        slip = ""
    return squashes.get(own, "") or aliases.get(own, "") or squashes.get(slip, "")


def consent_in(name: str, there: Collection[str]) -> tuple[str, bool] | None:
    """The consent that a name speaks of, and whether it says yes where consent says no; None when it speaks of none.

    A date, or a number about consent, says nothing new where the table has the consent itself.
    """
    words = words_of(name)
    if words[:1] == (NOTE,):
        return None
    closest = suggest("".join(words), map(squashed, CONSENTS), 0.85)
    if closest:
        return f"can_{closest.removeprefix('can')}", False
    said = speaks_of_consent(words)
    if not said or words[-1] in ABOUT:
        return None
    channels = channels_in(words)
    meant = f"can_{channels[0] if channels else CHANNELS[0]}"
    if words[-1] in WHEN and meant in there:
        return None
    return meant, said in REFUSING


def refusal_in(text: str) -> str:
    """The id of the event that a name of a refusal speaks of; "" when it speaks of none."""
    words = words_of(text)
    said = speaks_of_consent(words)
    said = said if said in REFUSING else next((word for word in words if word in SPAM), "")
    if not said or words[:1] == (NOTE,):
        return ""
    bounces = "bounc" in said or said == "undeliverable"
    channel = next(iter(channels_in(words)), CHANNELS[0])
    return f"{channel}.{'bounced' if bounces else 'unsubscribed'}"


def not_settable(name: str, read: Collection[str]) -> str:
    """Why setting a column would change nothing, and what to do instead; "" where a program may set it.

    A column with a meaning of its own is never set. One that only speaks of consent may be set where the program reads
    it too: then it is the program's own. read: the columns that it reads.

    >>> not_settable("plan", ()), not_settable("timezone", ())
    ('', 'no flow can change a time zone: it is read from the contacts')
    """
    meant = name if name in RESERVED else near(name, CONTACTS, {})
    if not meant and name not in read:
        meant = (consent_in(name, ()) or ("", False))[0]
    return _instead(meant) if meant else ""


def _instead(name: str) -> str:
    """What a program can do in place of setting a column with a meaning of its own."""
    if name.startswith("can_"):
        phrase = f"unsubscribed from {name.removeprefix('can_')}"
        return (
            "no flow can change consent: it is read from the contacts, and the events of contacts change it"
            f' ("{phrase}"). To send no more, give a tag, and say `unless has tag "…"` where messages are sent'
        )
    if name == "timezone":
        return "no flow can change a time zone: it is read from the contacts"
    if name in ID_COLUMNS:
        return "no flow can change the id of a contact"
    of = {"tags": 'add tag "…"', "groups": 'add to group "…"', "courses": 'enroll in course "…"'}
    of |= {"badges": 'award badge "…"', "campaigns": 'subscribe to campaign "…"', "leads": 'set lead status "…"'}
    said = of.get(name)
    return (
        f"names are added one by one: `then {said}`" if said else f"no flow can change {name}: contacts and events do"
    )


def blank_name(name: str) -> str:
    """What is wrong with a name that has blanks around it, in words.

    >>> blank_name("Yoga ")
    'the name "Yoga " has a blank at its end'
    """
    ends = [where for where, cut in (("beginning", name.lstrip()), ("end", name.rstrip())) if cut != name]
    return f'the name "{name}" has a blank at its {" and its ".join(ends)}'
