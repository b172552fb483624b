"""Colours, sizes and Streamlit's settings: the one place that says how everything looks.

Series use the Okabe-Ito palette, which colour-blind readers can tell apart (Okabe and Ito, "Color Universal Design", 2008).
"""

from __future__ import annotations

CRITICAL, HIGH, MEDIUM, LOW, WELL, UNKNOWN = (
    "#B3261E",
    "#D9730D",
    "#B58900",
    "#3F72AF",
    "#2E7D5B",
    "#7A7F87",
)
# On a dark ground the same six, lighter, so that a shape in them keeps a contrast of 3:1 and more (WCAG 2.2, 1.4.11).
ON_DARK = {
    CRITICAL: "#E5635B",
    HIGH: "#E58A35",
    MEDIUM: "#D0A215",
    LOW: "#6F9FD8",
    WELL: "#4FA981",
    UNKNOWN: "#9AA0A8",
}
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")

LIGHT = {
    "primaryColor": "#0F5FA6",
    "backgroundColor": "#FFFFFF",
    "secondaryBackgroundColor": "#F5F6F8",
    "textColor": "#1B1F24",
    "linkColor": "#0F5FA6",
    "borderColor": "#DADDE2",
}
DARK = {
    "primaryColor": "#2B7BBD",
    "backgroundColor": "#14171B",
    "secondaryBackgroundColor": "#1C2026",
    "textColor": "#E6E8EB",
    "linkColor": "#7DB9F0",
    "borderColor": "#343A43",
}
SHARED: dict[str, str | int | bool] = {
    "baseFontSize": 15,
    "baseRadius": "4px",
    "showSidebarBorder": True,
    "headingFontWeights": 600,
}


def streamlit_settings() -> dict[str, str | int | bool]:
    """Streamlit's configuration options: our themes, no reports to anybody, nothing loaded from elsewhere."""
    settings: dict[str, str | int | bool] = {
        "browser.gatherUsageStats": False,
        "server.headless": True,
        "server.address": "127.0.0.1",
        "server.fileWatcherType": "none",
        "server.enableStaticServing": False,
        "server.showEmailPrompt": False,
        "client.toolbarMode": "viewer",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "runner.magicEnabled": False,
        "theme.font": "sans-serif",
    }
    for name, value in SHARED.items():
        settings[f"theme.{name}"] = value
    for ground, palette in (("light", LIGHT), ("dark", DARK)):
        settings |= {f"theme.{ground}.{name}": value for name, value in palette.items()}
    return settings


def tone(colour: str) -> str:
    """One of the six colours as CSS that is right on a light and on a dark ground."""
    return f"light-dark({colour}, {ON_DARK[colour]})"


# Everything is derived from the text's own colour, so one sheet serves light and dark. Four sizes: 0.8, 0.9, 1.15 and 1.6 rem.
STYLE = """
.stMainBlockContainer { max-width: 88rem; padding: 2.6rem 2.5rem 4rem; }
[data-testid="stHeader"] { background: transparent; height: 2.4rem; min-height: 2.4rem; }
[data-stale="true"] { opacity: 1 !important; transition: none !important; }
[data-testid="stStatusWidget"], [data-testid="stHeaderActionElements"] { display: none; }
.v { font-size: .9rem; line-height: 1.45; }
.v h1 { font-size: 1.6rem; font-weight: 600; margin: 0; padding: 0; line-height: 1.25; }
.v h3 { font-size: 1.15rem; font-weight: 600; margin: 1.1rem 0 .35rem; padding: 0; }
.v p { font-size: .9rem; margin: .3rem 0; max-width: 78ch; }
.v p.answer { font-size: 1.15rem; max-width: 82ch; margin: .5rem 0 .3rem; line-height: 1.5; }
.v a { text-decoration: none; }
.v a:hover, .v a:focus-visible { text-decoration: underline; }
.v .faint, .v p.faint { color: color-mix(in srgb, currentColor 65%, transparent); font-size: .8rem; max-width: none; }
.v p.empty { color: color-mix(in srgb, currentColor 70%, transparent); padding: .2rem 0 .6rem; }
.v .badge { white-space: nowrap; }
.v time { white-space: nowrap; cursor: help; }
.v .scroll { overflow-x: auto; }
.v table { width: 100%; border-collapse: collapse; font-size: .9rem; margin: 0; font-variant-numeric: tabular-nums; }
.v th, .v td { border: 0; border-bottom: 1px solid color-mix(in srgb, currentColor 13%, transparent); padding: .34rem .9rem .34rem 0;
  text-align: left; vertical-align: top; white-space: nowrap; }
.v th { font-size: .8rem; font-weight: 500; color: color-mix(in srgb, currentColor 65%, transparent); }
.v tbody tr:hover, .v tbody tr:focus-within { background: color-mix(in srgb, currentColor 5%, transparent); }
.v .number { text-align: right; }
.v td.wide { width: 100%; max-width: 0; white-space: normal; }
.v td.wide > div { display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; overflow-wrap: anywhere; }
.v .tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1.6rem; margin: 1rem 0 .4rem; }
.v .tile { border-top: 3px solid var(--tone); padding-top: .55rem; }
.v .tile b { display: block; font-size: 1.6rem; font-weight: 600; line-height: 1.25; }
.v .tile p { margin: .15rem 0; }
.v td.cut { white-space: normal; min-width: 13rem; overflow-wrap: anywhere; }
.v .problem { border-left: 3px solid #B3261E; padding: .3rem 0 .3rem 1rem; margin: .8rem 0; }
.v code { font-size: .85rem; color: inherit; background: color-mix(in srgb, currentColor 7%, transparent); }
button[data-variant][data-selected="true"] p { color: light-dark(#0F5FA6, #7DB9F0); }
.v dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.2rem; margin: .4rem 0; }
.v dt { color: color-mix(in srgb, currentColor 65%, transparent); font-weight: 400; }
.v dd { margin: 0; overflow-wrap: anywhere; }
@media (min-width: 60rem) { .v code { white-space: nowrap; } }
@media (max-width: 60rem) { .v td.wide { min-width: 16rem; max-width: none; } }
@media (max-width: 60rem) { .v .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
"""
