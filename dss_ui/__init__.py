"""The shared user interface: the only code besides app.py and pages/ that imports streamlit."""
