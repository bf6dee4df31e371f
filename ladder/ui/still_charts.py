"""Figures that are computed on demand, on a page: with their own looks (analysis/plotting.py), not with Streamlit's."""

import plotly.graph_objects as go
import streamlit as st


def draw(figure: go.Figure, key: str) -> None:
    """Draws a figure under Streamlit's key `key`, without Plotly's buttons, which are in English only."""
    st.plotly_chart(figure, key=key, theme=None, config={"displayModeBar": False})
