"""A Player shows the story of one contact scene by scene, with its steps highlighted in the diagram."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from html import escape

import ipywidgets

from flowdsl.diagnostics.diagnostic import FlowError
from flowdsl.display.diagram import Diagram
from flowdsl.display.drawing.svg import MARGIN
from flowdsl.display.results import diagram
from flowdsl.display.scenes import Scene, interesting, scenes
from flowdsl.notebook.widgets.pictures import Mimes, Names, with_static
from flowdsl.results.results import Results

SCREEN = 760  # pixels of a picture that are shown at once
OFFERED = 200  # contacts in the list; any other can be typed
BUTTONS = (("first", "fast-backward"), ("back", "step-backward"), ("forward", "step-forward"), ("last", "fast-forward"))


class Player(ipywidgets.VBox):  # type: ignore[misc]
    """Steps through the story of a contact, forward and back. `step` says which scene is shown, from 0.

    Buttons, the slider (with the arrow keys, too) and `contact` move it; so does setting `step` or calling `go`.
    """

    def __init__(self, results: Results, contact: object = None, flow: str = "") -> None:
        self.results, self.flow = results, flow
        self.scenes: tuple[Scene, ...] = ()
        self._pictures: dict[str, Diagram] = {}
        ids = [str(one) for one in results.contact_ids[:OFFERED]]
        chosen = str(contact) if contact is not None else interesting(results, flow)
        self.contact = ipywidgets.Combobox(
            value=chosen, options=list(dict.fromkeys([chosen, *ids])), description="contact", continuous_update=False
        )
        self.slider = ipywidgets.IntSlider(
            0, 0, 0, description="scene", continuous_update=True, readout=False,
            layout=ipywidgets.Layout(width="100%"),
        )  # fmt: skip
        self.buttons = {name: ipywidgets.Button(icon=icon, tooltip=name, **_wide()) for name, icon in BUTTONS}
        self.now = ipywidgets.HTML()
        self.picture = ipywidgets.HTML()
        self.story = ipywidgets.HTML()
        head = ipywidgets.HBox([self.contact, *self.buttons.values()])
        sides = ipywidgets.HBox([_side(self.picture, "0 1 58%"), _side(self.story, "1 1 42%")])
        super().__init__([head, self.slider, self.now, sides])
        self.add_class("flowdsl-play")
        self.contact.observe(lambda change: self._tell(change["new"]), "value")
        self.slider.observe(lambda change: self._show(), "value")
        for name in self.buttons:
            self.buttons[name].on_click(lambda button, name=name: self.go(name))
        self._tell(chosen)

    @property
    def step(self) -> int:
        """The number of the scene that is shown, from 0."""
        return int(self.slider.value)

    @step.setter
    def step(self, number: int) -> None:
        self.slider.value = min(max(number, 0), self.slider.max)

    @property
    def scene(self) -> Scene | None:
        """What is shown; None when nothing happened to the contact."""
        return self.scenes[self.step] if self.scenes else None

    def go(self, where: str) -> None:
        """Goes to the first scene, one back, one forward, or to the last."""
        steps = {"first": 0, "back": self.step - 1, "forward": self.step + 1, "last": len(self.scenes) - 1}
        self.step = steps[where]

    def _tell(self, contact: str) -> None:
        """Takes the story of another contact, from its beginning; an unknown one is said to be so."""
        try:
            self.scenes = scenes(self.results, contact, self.flow)
        except FlowError as error:
            self.scenes = ()
            self.now.value = f"<b>{escape(error.diagnostics[0].message)}</b>"
            self.picture.value = self.story.value = ""
            return
        self.slider.max = max(len(self.scenes) - 1, 0)
        self.slider.value = 0
        self._show()

    def _show(self) -> None:
        scene = self.scene
        for name in ("first", "back"):
            self.buttons[name].disabled = self.step == 0
        for name in ("forward", "last"):
            self.buttons[name].disabled = self.step >= len(self.scenes) - 1
        if scene is None:
            self.now.value, self.picture.value, self.story.value = "Nothing happened to this contact.", "", ""
            return
        self.now.value = _now(scene, self.step, len(self.scenes))
        self.picture.value = self._lit(scene)
        self.story.value = story(self.scenes, self.step)

    def _lit(self, scene: Scene) -> str:
        flow = scene.flow or self.flow or self.results.plan.flows[0].name
        if flow not in self._pictures:
            self._pictures[flow] = diagram(self.results, flow)
        return lit(self._pictures[flow], scene)

    def _repr_mimebundle_(self, include: Names = None, exclude: Names = None) -> Mimes:
        made: Mimes = super()._repr_mimebundle_(include=include, exclude=exclude)
        lines = "\n".join(str(scene.line) for scene in self.scenes)
        return with_static(made, self.picture.value + self.story.value, lines)


def _wide() -> dict[str, ipywidgets.Layout]:
    return {"layout": ipywidgets.Layout(width="44px")}


def _side(inside: ipywidgets.Widget, flex: str) -> ipywidgets.Box:
    return ipywidgets.Box([inside], layout=ipywidgets.Layout(flex=flex, overflow="auto", max_height=f"{SCREEN + 20}px"))


def lit(diagram: Diagram, scene: Scene) -> str:
    """The diagram with the node of a scene lit up, as an image that any notebook shows."""
    now = [scene.node] if scene.node else []
    drawn = around(diagram.svg(now=now, passed=scene.passed), diagram, scene.node)
    data = b64encode(drawn.encode()).decode("ascii")
    alt = escape(f"{diagram.alt}; now at {scene.node or 'no step'}")
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" style="max-width: 100%; background: #ffffff">'


def around(svg: str, diagram: Diagram, node: str) -> str:
    """The part of a long picture in whose middle a node stands, as high as a screen; of a short one the whole."""
    whole = diagram.height + 2 * MARGIN
    if whole <= SCREEN:
        return svg
    middle = next((one.y + one.height / 2 for one in diagram.nodes if one.id == node), 0.0)
    top = min(max(middle - SCREEN / 2, 0.0), whole - SCREEN)
    frame = re.compile(r'viewBox="0 0 (\S+) \S+" width="(\S+)" height="\S+"')
    return frame.sub(rf'viewBox="0 {top:.0f} \1 {SCREEN}" width="\2" height="{SCREEN}"', svg, count=1)


def _now(scene: Scene, step: int, of: int) -> str:
    """What happens now, in large letters."""
    line = scene.line
    return (
        f'<div style="font-size: 1.15em; line-height: 1.5; padding: 4px 0"><b>{escape(line.time)}</b> '
        f'&nbsp;{escape(line.text)} <span style="opacity: 0.6">{escape(line.place)} · {step + 1} of {of}</span></div>'
    )


def story(every: Sequence[Scene], step: int) -> str:
    """The whole story as a list: what was in plain letters, what is now marked, what is to come pale."""
    items = "".join(_item(scene, number - step) for number, scene in enumerate(every))
    return f'<ol style="margin: 0; padding-left: 2.2em; line-height: 1.45">{items}</ol>'


def _item(scene: Scene, distance: int) -> str:
    look = "font-weight: 600; border-left: 3px solid #fb8f44; padding-left: 6px" if distance == 0 else ""
    look = "opacity: 0.4" if distance > 0 else look
    return f'<li style="{look}"><small>{escape(scene.line.time)}</small> {escape(scene.line.text)}</li>'
