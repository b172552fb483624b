"""The pages, each a script Streamlit runs; a page answers its question in its upper third."""
