"""The pages and their order: what Streamlit runs for every viewer."""

import streamlit as st

from dashboard.views import brief, drivers, floor, health, journey, now, queues, setup, stores, voice
from dashboard.views.entrance import spoken

words = spoken()
# An emoji and no icon by name: named icons make the browser fetch a font from the network.
st.set_page_config(page_title="Instore", page_icon="🏬", layout="wide")
st.navigation(
    [
        st.Page(now.page, title=words("page.now"), default=True),
        st.Page(brief.page, title=words("page.brief"), url_path="brief"),
        st.Page(floor.page, title=words("page.floor"), url_path="floor"),
        st.Page(queues.page, title=words("page.queues"), url_path="queues"),
        st.Page(voice.page, title=words("page.voice"), url_path="voice"),
        st.Page(journey.page, title=words("page.journey"), url_path="journey"),
        st.Page(drivers.page, title=words("page.drivers"), url_path="drivers"),
        st.Page(stores.page, title=words("page.stores"), url_path="stores"),
        st.Page(health.page, title=words("page.health"), url_path="health"),
        st.Page(setup.page, title=words("page.setup"), url_path="setup"),
        # The first page stands at the address without a path; whoever types its name finds it too.
        st.Page(now.page, title=words("page.now"), url_path="now", visibility="hidden"),
    ],
    position="top",
).run()
