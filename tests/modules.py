"""The panels' JavaScript modules in a browser, one by one, for tests of their pure parts."""

from playwright.sync_api import Page

from ladder.ui import scripts

ORIGIN = "http://modules.test"


def blank(browser, **options) -> Page:
    """An empty page beside the modules; nothing of it comes from a network."""
    page = browser.new_context(**options).new_page()

    def answer(route) -> None:
        name = route.request.url.removeprefix(f"{ORIGIN}/")
        if name.endswith("plotly.min.js"):
            route.fulfill(body="", content_type="text/javascript")
        elif name.endswith(".js"):
            route.fulfill(body=(scripts.FOLDER / name).read_text(encoding="utf-8"), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>modules</title>", content_type="text/html")

    page.route(f"{ORIGIN}/**", answer)
    page.goto(f"{ORIGIN}/")
    return page


def run(page: Page, module: str, expression: str, argument=None):
    """What `expression` gives, in which `m` is the module and `x` the argument."""
    program = f"async (x) => {{ const m = await import('/{module}.js'); return {expression}; }}"
    return page.evaluate(program, argument)
