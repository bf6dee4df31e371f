"""The page of a class."""

import streamlit as st

from ladder import i18n
from ladder.ui import class_teacher, membership, texts

if membership.is_teacher():
    class_teacher.draw()
else:
    st.caption(i18n.text("page.class.title", texts.language()))
