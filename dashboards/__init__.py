"""What a person sees: Streamlit pages over ClickHouse, and actions through the control API."""
