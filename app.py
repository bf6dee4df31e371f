"""Ladder Lab: `streamlit run app.py`. Workers start before the first visitor and end with the server."""

import asyncio
import gc
import importlib
from contextlib import asynccontextmanager

import streamlit as st

from ladder.experiments.server import Jobs
from ladder.server import routes
from ladder.teaching.checks import Checks
from ladder.ui import hosting, service

PAGES = "controls", "explore", "search", "compare_seeds"  # modules that the first visitor would wait for

lab = service.make()
classes = service.make_classes(lab)
jobs = Jobs(connected=service.connected)
checks = Checks(lab.device)


@asynccontextmanager
async def lifespan(app):
    """Starts the workers before the first visitor and ends them, with all jobs and checks, when the server ends. In
    between the pages use `lab`, `classes`, `jobs` and `checks`."""
    service.use(lab, classes)
    await asyncio.to_thread(service.load_classes)
    service.use_jobs(jobs)
    service.use_checks(checks)
    routes.warm()
    await asyncio.to_thread(service.start, lab)
    for name in PAGES:
        importlib.import_module(f"ladder.ui.{name}")
    # Streamlit collects garbage after each run of a script. Objects that exist by now stay, and each look through them
    # took 40 ms in which nobody was answered.
    gc.collect()
    gc.freeze()
    yield
    await asyncio.to_thread(lab.stop)
    await asyncio.to_thread(jobs.stop)
    checks.stop()


app = st.App(
    "ladder/ui/main.py",
    lifespan=lifespan,
    routes=routes.routes(lab, classes, hosting.base_path(), hosting.origins()),
    middleware=[hosting.compression()],
)
