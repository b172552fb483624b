"""The pages: each answers its question in its upper third.

The folder is named in the singular because Streamlit takes a folder `pages` beside the app for its own, older kind of pages, and runs
those files by themselves until the app was opened once.
"""
