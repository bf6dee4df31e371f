"""Links for others: the address under which they find this page, as text, as a picture for their cameras and as a short
code from the board; and how such a code is opened."""

from collections.abc import Callable
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

import segno
import streamlit as st

from ladder import i18n
from ladder.problems import Problem
from ladder.recipe import arrivals
from ladder.server import reach
from ladder.ui import component, hosting, membership, navigation, notices, service, tab, texts

LEAST_SCALE, MOST_SCALE = 4, 10  # px of the screen for a module: the camera of the last row sees them on a projector
SIDE = 330  # px of the picture, where LEAST_SCALE makes it no larger
# What a tab remembers of a page, session state by page: without it the page begins with its address.
REMEMBERED = {
    "live": ("run", "live_address"),
    "compare": ("race", "race_address"),
    "explore": ("design",),
    "search": ("quest",),
}


def show(page: str, address: Callable[[str], str]) -> None:
    """Draws what others need to open the link `address(base)` to the page named `page`, where `base` is the page's
    address without a query: the link, its short code, and the address with the code as a QR code. Where only this
    computer can open the link, draws it with a sentence that says why."""
    try:
        base = chosen_base(page)
    except Problem as problem:
        _copyable(address(_here(page).partition("?")[0]))
        st.caption(i18n.problem(problem, texts.language()))
        return
    link = address(base)
    try:
        code = service.codes().code(f"{page}?{urlsplit(link).query}")
    except Problem as problem:
        _copyable(link)
        st.caption(i18n.problem(problem, texts.language()))
        return
    front = base if page == navigation.FIRST else base.removesuffix(page)
    scanned = reach.with_code(front, code)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.image(qr_code(scanned), alt=texts.say("page.qr_alt", address=scanned))
        with st.container(width=290):
            st.markdown(texts.say("page.share_how", address=front.partition("//")[2].rstrip("/")))
            st.html(f'<div class="ll-code">{code}</div>')
    _copyable(link)


def chosen_base(page: str) -> str:
    """Returns the address, without a query, under which others open the page named `page`. Where this computer has
    several, draws the choice among them. Raises those of reach.addresses."""
    return _chosen(reach.addresses(_here(page), _path(page), hosting.server()))


def _here(page: str) -> str:
    """The address that the visitor's browser shows."""
    return st.context.url or reach.Server().address("localhost", _path(page))  # a test has no browser


def _path(page: str) -> str:
    return "" if page == navigation.FIRST else page


def _chosen(bases: list[str]) -> str:
    """The address to share. Where this computer has several, draws the choice among them."""
    if len(bases) == 1:
        return bases[0]
    return st.selectbox(
        texts.say("page.share_address"),
        bases,
        format_func=lambda base: urlsplit(base).netloc,
        help=texts.hint("page.share_address_help"),
        key="share.address",
    )


def _copyable(link: str) -> None:
    st.code(link, language=None, wrap_lines=True)
    component.copying()


def qr_code(address: str) -> str:
    """Returns an address as a QR code, an SVG of black modules on white with the white margin that cameras need."""
    code = segno.make(address, error="m", micro=False)
    n_modules, _ = code.symbol_size()
    scale = max(LEAST_SCALE, min(MOST_SCALE, SIDE // n_modules))
    drawn = BytesIO()
    code.save(drawn, kind="svg", scale=scale, dark="#000", light="#fff", xmldecl=False)
    return drawn.getvalue().decode()


def field() -> str:
    """Draws the field for a code from the board. Opens the link behind a code that was entered, or the page on which
    the class with this code is joined; both end this run of the script and empty the field. For a code without either,
    draws a sentence below the field. Returns a code that was entered where another server may have its link
    (Codes.is_another_s), so that the browser asks for it there; else "". A student is kept here, where its class is."""
    state = st.session_state
    key = f"code.field.{state.setdefault('n_codes', 0)}"
    st.text_input(
        texts.say("page.code"),
        placeholder=texts.say("page.code_example"),
        key=key,
        on_change=lambda: state.update(code_given=state[key]),
    )
    given = state.pop("code_given", "")
    if given:
        try:
            open_code(given)
        except Problem as problem:
            if service.codes().is_another_s(given) and not membership.student():
                return str(given)
            notices.warn(problem)
    return ""


def take_address() -> None:
    """If the address has a code in place of settings, opens the link behind it, or the first page with a notice if
    there is none. Both end this run of the script. Does nothing otherwise."""
    params = arrivals.mended(st.query_params.to_dict(), {reach.CODE_KEY})
    if reach.CODE_KEY not in params:
        return
    del st.session_state.language  # the link may say which
    try:
        open_code(params[reach.CODE_KEY])
    except Problem as problem:
        st.session_state.code_problem = problem
        st.switch_page(navigation.path(navigation.FIRST), query_params={})


def tell() -> None:
    """Adds the sentence about a code that the address had to the first page's notices."""
    if problem := st.session_state.pop("code_problem", None):
        notices.add(problem, navigation.FIRST)


def open_code(code: str) -> None:
    """Opens the link behind a code on its page, in place of what the tab shows there, or the page on which the class
    with this code is joined. Both end this run of the script. The run or comparison that the tab steered on the link's
    page is paused. Raises Problem "code_unknown" if there is neither behind the code."""
    try:
        link = service.codes().link(code)
    except Problem:
        if not service.classes().is_code(code):
            raise
        st.session_state.n_codes = st.session_state.get("n_codes", 0) + 1
        st.switch_page(navigation.path(reach.CLASS_PAGE), query_params={reach.CODE_KEY: code})
    page, _, query = link.partition("?")
    if page not in REMEMBERED:
        raise Problem("code_unknown", code=code[:20])
    seen = st.session_state.get(REMEMBERED[page][0])
    lab = service.lab()
    if isinstance(seen, str) and lab.exists(seen) and lab.steers(seen, tab.name()):
        lab.pause(seen)
    st.session_state.n_codes = st.session_state.get("n_codes", 0) + 1
    for name in REMEMBERED[page]:
        st.session_state.pop(name, None)
    st.switch_page(navigation.path(page), query_params=dict(parse_qsl(query, keep_blank_values=True)))
