"""Runs axe on a page as it is shown, and says what it finds so that somebody can mend it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, ViewportSize

SOURCE = Path(__file__).parent / "vendor" / "axe-core" / "axe-4.14.1.min.js"
ADDRESS = "/axe.js"
"""Where the site under test hands it out: a page loads it under its own policy, and the browser compiles it once."""

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BY_COLOR = ["color-contrast", "link-in-text-block"]
"""The only rules whose answer depends on light and dark."""

IN_THIS_LIGHT = """(scheme) => {
    // The admin's theme asks the system once, and a person at any time.
    if (window.Alpine) Alpine.$data(document.documentElement).adminTheme = scheme;
}"""

RUN = """async ([but, options]) => {
    document.getAnimations().forEach((animation) => animation.finish());
    const found = await axe.run({ include: document, exclude: but }, options);
    return found.violations.map((rule) => ({
        id: rule.id, help: rule.help,
        nodes: rule.nodes.map((node) => [node.target.join(" "), node.html, node.failureSummary]),
    }));
}"""


def findings(page: Page, *, rules: list[str] | None = None, but: Sequence[str] = ()) -> list[str]:
    """Return what axe has to say of a page but for some parts: by all rules of WCAG 2.2 A and AA, or by these."""
    if not page.evaluate("() => 'axe' in window"):
        page.add_script_tag(url=ADDRESS)
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": STANDARDS}
    options = {"runOnly": only, "resultTypes": ["violations"], "preload": False, "iframes": False}
    return [_said(rule) for rule in page.evaluate(RUN, [[[one] for one in but], options])]


def _said(rule: dict[str, Any]) -> str:
    nodes = "".join(f"\n    {target}\n      {html[:300]}\n      {why}" for target, html, why in rule["nodes"][:8])
    return f"{rule['id']}: {rule['help']}{nodes}"


def show_in(page: Page, scheme: str, size: ViewportSize) -> None:
    """Show a page that is open in light or dark, in a window of this size."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size(size)
    page.evaluate(IN_THIS_LIGHT, scheme)
