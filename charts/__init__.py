"""From `core`'s results to figures: plain Plotly specifications, no Streamlit, no maths."""
