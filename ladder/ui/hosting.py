"""Where Streamlit serves the pages, and which web pages may connect to it. The server's other routes follow both."""

import streamlit as st
from streamlit import net_util
from streamlit.url_util import get_hostname
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from ladder.server.origins import LOCAL, Origins


def base_path() -> str:
    """Returns the path below which this server's addresses lie, without slashes at its ends: "lab", or "" for none."""
    return (st.get_option("server.baseUrlPath") or "").strip("/")


def origins() -> Origins:
    """Returns the pages whose sockets Streamlit accepts, by its options server.corsAllowedOrigins, server.enableCORS,
    server.allowedHosts and browser.serverAddress. Streamlit also accepts pages of this machine's public address, for
    which it asks a server of the internet; this function asks nobody and leaves that address out."""
    hosts = {get_hostname(origin) for origin in st.get_option("server.corsAllowedOrigins")}
    hosts |= {st.get_option("browser.serverAddress"), net_util.get_internal_ip()} - {None}
    return Origins(LOCAL | hosts, not st.get_option("server.enableCORS"), is_host_allowed)
