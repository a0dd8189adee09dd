"""Reporting: figures, the annual report to the state, dashboards and extracts; reads every app and is called by none."""
