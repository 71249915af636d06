"""Turns raw outputs into labels, explanations and scores.

Pure: NumPy, torch and text in, numbers out. No SQLite, no Streamlit, nothing of ours outside this
package.
"""
