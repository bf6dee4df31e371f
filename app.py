"""Ladder Lab: `streamlit run app.py`. Workers start before the first visitor and end with the server."""

import asyncio
from contextlib import asynccontextmanager

import streamlit as st

from ladder import channel
from ladder.ui import jobs, service

lab = service.make()


@asynccontextmanager
async def lifespan(app):
    """Around the server's life."""
    service.use(lab)
    channel.warm()
    await asyncio.to_thread(lab.start)
    yield
    await asyncio.to_thread(lab.stop)
    jobs.stop()


app = st.App("ladder/ui/main.py", lifespan=lifespan, routes=channel.routes(lab))
