"""Where Streamlit serves the pages, and which web pages may connect to it. The server's other routes follow both."""

from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config, file_util, net_util
from streamlit.url_util import get_hostname
from streamlit.web.server import server_address_is_unix_socket
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from ladder.server.assets import CompressedAssets
from ladder.server.origins import LOCAL, Origins
from ladder.server.reach import Server


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


def web_folder() -> Path:
    """Returns the folder with Streamlit's own web page, whose scripts lie below its folder "static"."""
    return Path(file_util.get_static_dir())


def compression() -> Middleware:
    """Returns the middleware that sends Streamlit's scripts compressed."""
    return Middleware(CompressedAssets, folder=web_folder(), base=f"/{base_path()}".rstrip("/"))


def server() -> Server:
    """Returns how Streamlit listens, by its options server.address, server.port, server.sslCertFile, server.baseUrlPath
    and server.allowedHosts, and the name that the option browser.serverAddress gives it. A server at a socket of the
    file system counts as one that answers its own computer alone."""
    name = st.get_option("browser.serverAddress") if config.is_manually_set("browser.serverAddress") else ""
    return Server(
        listens="localhost" if server_address_is_unix_socket() else st.get_option("server.address") or "",
        port=st.get_option("browser.serverPort" if name else "server.port"),
        secure=bool(st.get_option("server.sslCertFile")),
        path=base_path(),
        name=name,
        admits_host=is_host_allowed,
    )
