"""Figures of an experiment: drawn once, saved as inline SVG for the page and as PNG for the dashboard."""
