"""Placeholders as other products write them: a warning that names the place, and no false alarm."""

from __future__ import annotations

from pathlib import Path

import pytest

import flowdsl
from flowdsl.diagnostics.fixes import repaired

FOREIGN = {
    "{{first_name}}": "{first_name}",
    "{{ first_name }}": "{first_name}",
    "{{ first_name | default }}": "{first_name}",
    "{{contact.first_name}}": None,
    "{{#if plan}}": None,
    "%FIRSTNAME%": None,
    "%%first_name%%": "{first_name}",
    "*|FNAME|*": None,
    "[[first_name]]": "{first_name}",
    "${first_name}": "{first_name}",
    "<%= first_name %>": "{first_name}",
}
MEANT = [
    "100% of 100% off", "50%OFF%", "100%", "5% or 10%, you choose", "%20ABC%20", "a price of ${trigger.amount}", "$5",
    "${amount} left", "[link](https://example.org)", "[[docs]](https://example.org)", "{{{first_name}}}", "{{", "{{ }}",
    "{{see page 4}}", "a * | b | *", "Hello {first_name}", "[1]", "<3 & 5 % > 4 %",
]  # fmt: skip


def warned(program: flowdsl.Program | str) -> list[tuple[str, int]]:
    """The words of each warning, with their line."""
    found = [one for one in flowdsl.check(program) if one.code == "W309"]
    return [(one.words, one.span.line if one.span else 0) for one in found]


def message(subject: str, before: str = "") -> str:
    return (
        'flow "F"\n  when contact buys offer\n  then send email "E"\n'
        f'email "E"\n  {before}subject "{subject}"\n  reply to "help@example.org"\n'
    )


@pytest.mark.parametrize("written", FOREIGN)
def test_placeholders_of_other_products_are_warned_of_with_the_fix(written: str) -> None:
    """Once, with the line; the fix puts the name in single braces where the name is clear, and then nothing is left."""
    text = message(f"Hello {written}, how are you?")
    program = flowdsl.parse(text)
    assert warned(program) == [(written, 5)]
    fixed = repaired(program.sources[0], flowdsl.check(program))
    meant = FOREIGN[written]
    assert fixed == (text if meant is None else text.replace(written, meant))
    assert bool(warned(fixed)) is (meant is None)


@pytest.mark.parametrize("text", MEANT)
def test_texts_that_mean_what_they_say_are_left_alone(text: str) -> None:
    """Percentages, prices, links, and braces that are meant."""
    assert warned(message(text)) == []


def test_a_placeholder_is_warned_of_once_a_message() -> None:
    """However often a message has it; another message and another placeholder have warnings of their own."""
    assert warned(message("{{a}} {{a}} {{b}}", before='from "{{a}} <a@example.org>"\n  ')) == [
        ("{{a}}", 5),
        ("{{b}}", 6),
    ]
    twice = 'flow "F"\n  when contact buys offer\n  then send sms "Hi {{a}}"\n'
    assert warned(twice + '  wait 1 day\n  then send sms "Hi {{a}}"\n  then send sms "Bye {{a}}"\n') == [
        ("{{a}}", 3), ("{{a}}", 6),
    ]  # fmt: skip
    assert warned('when contact buys offer\nthen create task "Call {{a}}" for "desk"\n') == [("{{a}}", 2)]


def test_templates_keep_braces_of_their_own(tmp_path: Path) -> None:
    """Styles and scripts of an HTML template are no placeholders; what a reader would see is."""
    (tmp_path / "hello.html").write_text(
        "<style>p { color: red } @media print{a{color:red}}\n.x{{first_name}}</style>\n"
        "<script>let a = `${first_name}`, b = [[first_name]]</script>\n"
        "<p style='{ color: red }'>Hello {first_name}</p>\n<p>Hello {{first_name}}\n{% if plan %}</p>"
    )
    (tmp_path / "a.flow").write_text(message("Hello").replace('reply to "help@example.org"', 'template "hello.html"'))
    found = [one for one in flowdsl.check(flowdsl.load(tmp_path / "a.flow")) if one.code == "W309"]
    assert [(Path(one.span.file).name, one.span.line, one.words) for one in found if one.span] == [
        ("hello.html", 5, "{{first_name}}"), ("hello.html", 6, "{% if plan %}"),
    ]  # fmt: skip
