"""The dashboard's entry: what is the same on every page. Run it with `python -m dashboards`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[1])
if ROOT not in sys.path:  # `streamlit run` puts only this file's folder there
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402

from dashboards import theme, view  # noqa: E402
from dashboards.page import (  # noqa: E402
    alert,
    alerts,
    credentials,
    device,
    now,
    past,
    pipeline,
    privacy,
    rollouts,
    what_if,
)
from dashboards.queries import tenants  # noqa: E402
from dashboards.store import StoreUnavailable  # noqa: E402


def main() -> None:
    """Draw the frame and the page the address names."""
    st.set_page_config(
        page_title="Vedette", page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide"
    )
    st.html(f"<style>{theme.STYLE}</style>")
    page = st.navigation(
        [
            st.Page(now.draw, title="Now", icon=":material/radar:", default=True),
            st.Page(alerts.draw, title="Alerts", icon=":material/notifications:", url_path="alerts"),
            st.Page(device.draw, title="Device", icon=":material/memory:", url_path="device"),
            st.Page(
                rollouts.draw, title="Rollouts", icon=":material/deployed_code_update:", url_path="rollouts"
            ),
            st.Page(credentials.draw, title="Credentials", icon=":material/badge:", url_path="credentials"),
            st.Page(what_if.draw, title="What if", icon=":material/alt_route:", url_path="what-if"),
            st.Page(past.draw, title="Time travel", icon=":material/history:", url_path="time-travel"),
            st.Page(pipeline.draw, title="Pipeline", icon=":material/account_tree:", url_path="pipeline"),
            st.Page(privacy.draw, title="Privacy", icon=":material/encrypted:", url_path="privacy"),
            st.Page(alert.draw, title="Alert", url_path="alert", visibility="hidden"),
            # The first page's own address is "/", but this is what a reader types.
            st.Page(now.draw, title="Now", url_path="now", visibility="hidden"),
        ]
    )
    _choose_tenants()
    page.run()


def _choose_tenants() -> None:
    try:
        names = tenants.names(view.store())
    except StoreUnavailable:
        return  # the page says it
    with st.sidebar:
        st.multiselect("Tenants", names, key=view.TENANTS, placeholder="All tenants", bind="query-params")


main()
