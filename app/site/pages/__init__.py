"""The pages of the site, a file each: Streamlit runs a page as a program, and importing one draws
nothing.
"""
