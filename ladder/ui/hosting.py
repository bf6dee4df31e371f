"""Where Streamlit serves the pages, and to whose pages it answers: what the routes beside them have to keep to."""

import streamlit as st
from streamlit import net_util
from streamlit.url_util import get_hostname
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from ladder.server.origins import LOCAL, Origins


def base_path() -> str:
    """What stands before every address of this server: "lab", or nothing."""
    return (st.get_option("server.baseUrlPath") or "").strip("/")


def origins() -> Origins:
    """The pages whose sockets Streamlit accepts, by its options server.corsAllowedOrigins, server.enableCORS,
    server.allowedHosts and browser.serverAddress. Streamlit also asks a server of the internet what this machine's
    outer address is; we do not."""
    hosts = {get_hostname(origin) for origin in st.get_option("server.corsAllowedOrigins")}
    hosts |= {st.get_option("browser.serverAddress"), net_util.get_internal_ip()} - {None}
    return Origins(LOCAL | hosts, not st.get_option("server.enableCORS"), is_host_allowed)
