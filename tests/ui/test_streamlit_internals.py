"""What this project leans on inside Streamlit, beyond what its documentation promises.

One test for each thing, named after what of ours breaks without it: after an upgrade the failures are the list of work.
"""

import dataclasses
import inspect
import re
import tomllib
from pathlib import Path

import pytest
import streamlit as st
from streamlit import config, net_util, runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.testing.v1 import AppTest
from streamlit.web.server import server_address_is_unix_socket
from streamlit.web.server.server_util import is_url_from_allowed_origins
from streamlit.web.server.starlette import starlette_websocket

from ladder.server.origins import Origins
from ladder.ui import hosting, scripts

STATIC = Path(st.__file__).parent / "static"
PAGE_CSS = Path(hosting.__file__).parent / "page.css"


@pytest.fixture(scope="module")
def frontend() -> str:
    """All of Streamlit's JavaScript."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((STATIC / "static" / "js").glob("*.js")))


def test_fragments_py_knows_whether_a_part_or_the_whole_page_is_drawn():
    def script() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner import get_script_run_ctx

        st.session_state.drawn = get_script_run_ctx().fragment_ids_this_run

    page = AppTest.from_function(script).run()
    assert not page.exception and not page.session_state.drawn, "ladder/ui/fragments.py: _draw_again redraws nothing"
    kinds = {one.name: one.type for one in dataclasses.fields(ScriptRunContext)}
    assert kinds["fragment_ids_this_run"] == "list[str] | None", "ladder/ui/fragments.py: _draw_again redraws nothing"


def test_fragments_py_names_the_parts_that_are_drawn_again():
    assert "key" in inspect.signature(st.fragment).parameters, "ladder/ui/fragments.py: parts have no names"
    assert "scope" in inspect.signature(st.rerun).parameters, "ladder/ui/fragments.py: parts cannot be drawn again"


def test_widgets_py_gives_a_widget_another_default_by_another_key():
    def script() -> None:
        import streamlit as st

        generation = st.session_state.get("generation", 0)
        st.slider("a", 0, 10, value=3 + generation, key=f"a~{generation}")

    page = AppTest.from_function(script).run()
    page.slider[0].set_value(9).run()
    assert page.slider[0].value == 9
    page.session_state.generation = 1
    assert page.run().slider[0].value == 4, "ladder/ui/widgets.py: a widget keeps an old value under its new key"


def test_app_py_has_routes_a_lifespan_and_options_before_the_server_starts():
    parameters = inspect.signature(st.App.__init__).parameters
    assert {"routes", "lifespan"} <= set(parameters), "app.py: st.App takes no routes or no lifespan"
    for option in ("server.baseUrlPath", "server.corsAllowedOrigins", "server.enableCORS", "browser.serverAddress"):
        assert option in config._config_options_template, f"ladder/ui/hosting.py: there is no option {option}"


@pytest.mark.parametrize("section", ["client", "server", "browser", "runner"])
def test_config_toml_sets_options_that_there_are(section):
    found = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    for name in found[section]:
        assert f"{section}.{name}" in config._config_options_template, f".streamlit/config.toml: no option {name}"


@pytest.mark.parametrize(
    "origin",
    [
        "http://lab:8501",
        "http://lab",
        "http://localhost:1",
        "http://127.0.0.1",
        "https://evil.example",
        "http://lab.evil",
    ],
)
def test_origins_py_decides_as_streamlit_s_own_socket(origin, monkeypatch):
    monkeypatch.setattr(net_util, "get_external_ip", lambda: None)  # the question to the internet that we leave out
    headers = {"origin": origin, "host": "lab:8501"}
    ours = hosting.origins().admit(type("Request", (), {"headers": headers}))
    theirs = starlette_websocket._is_origin_allowed(origin, "lab:8501")
    assert ours == theirs, "ladder/server/origins.py: a page may open whose numbers are refused, or the other way round"
    assert is_url_from_allowed_origins("http://localhost") and isinstance(hosting.origins(), Origins)


def test_a_component_takes_a_script_and_calls_back_by_name():
    parameters = inspect.signature(st.components.v2.component).parameters
    assert {"js", "css", "isolate_styles"} <= set(parameters), "ladder/ui/component.py: the panels cannot be mounted"


def test_panels_are_told_by_the_names_that_they_use(frontend):
    for name in ("setTriggerValue", "parentElement"):
        assert name in frontend, f"ladder/ui/live/mounting.js, board.js: components are given no {name}"


def test_themes_reach_the_panels_as_css_variables(frontend):
    names = set(re.findall(r"var\(--st-([a-z-]+)", (scripts.FOLDER / "live.css").read_text(encoding="utf-8")))
    words = {re.sub(r"-(\w)", lambda found: found[1].upper(), name) for name in names}
    assert "--st-" in frontend, "ladder/ui/live/live.css: no colours of the theme"
    missing = [word for word in words if word not in frontend]
    assert not missing, f"ladder/ui/live/live.css: the theme has no {missing}"


def test_the_page_s_rules_find_streamlit_s_widgets(frontend):
    text = re.sub(r"/\*.*?\*/", "", PAGE_CSS.read_text(encoding="utf-8"), flags=re.DOTALL)
    names = set(re.findall(r"\.(st[A-Z]\w+)", text)) | set(re.findall(r"\[(data-[\w-]+)", text)) | {"st-key-"}
    assert len(names) >= 5
    for name in names:
        assert name in frontend, f"ladder/ui/page.css: nothing is called {name} any more"


def test_the_browser_s_history_is_written_by_push_state(frontend):
    assert "history.pushState" in frontend, "ladder/ui/live/mounting.js: Back is pressed once for each moved slider"


def test_copy_buttons_ask_the_clipboard_that_copying_js_puts_there(frontend):
    assert "navigator.clipboard.writeText" in frontend, "ladder/ui/live/copying.js: copying over plain http"


def test_uploads_go_where_uploading_js_looks_for_refused_ones(frontend):
    assert "_stcore/upload_file" in frontend, "ladder/ui/live/uploading.js: a 413 of a proxy is told to nobody"


def test_streamlit_looks_for_its_server_beside_the_page(frontend):
    index = (STATIC / "index.html").read_text(encoding="utf-8")
    assert "./static/js/" in index and "<base" not in index, "ladder/ui/live/addresses.js: addresses below a path"
    assert "_stcore/health" in frontend, "ladder/ui/live/addresses.js: below a path that a proxy strips"


def test_the_context_says_where_the_page_is_and_in_which_colours():
    context = type(st.context)
    for name in ("url", "theme"):
        assert isinstance(inspect.getattr_static(context, name), property), (
            f"ladder/ui/address_bar.py: no st.context.{name}"
        )


def test_embedding_survives_an_address_that_we_write():
    def script() -> None:
        import streamlit as st

        st.query_params.from_dict({"v": "1"})

    page = AppTest.from_function(script)
    page.query_params["embed"] = "true"
    page.run()
    assert not page.exception, "ladder/ui/address_bar.py: an embedded page loses its frame's form"
    assert page.query_params.get("v") in ("1", ["1"])


def test_service_py_knows_which_tab_runs_a_script_and_whether_it_is_still_there():
    kinds = {one.name: one.type for one in dataclasses.fields(ScriptRunContext)}
    assert kinds["session_id"] == "str", "ladder/ui/service.py: jobs do not know the tabs that want them"
    assert callable(runtime.exists), "ladder/ui/service.py: jobs do not know whether there is a server"
    told = inspect.signature(runtime.Runtime.is_active_session).parameters
    assert "session_id" in told, "ladder/ui/service.py: jobs of closed tabs are never let go"


def test_columns_py_knows_the_visitor_s_time_zone():
    assert isinstance(inspect.getattr_static(st.context, "timezone"), property), "ladder/ui/columns.py: times are UTC"


def test_hosting_py_knows_how_the_server_listens():
    assert server_address_is_unix_socket() is False, "ladder/ui/hosting.py: server"
    assert config.is_manually_set("browser.serverAddress") is False, "ladder/ui/hosting.py: server"
    assert hosting.server().port == st.get_option("server.port")
