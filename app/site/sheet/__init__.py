"""The site's tables: plain, semantic, and read at a glance.

One component of Streamlit's (components v2, no frame around it) draws every table that is declared
here: which columns, of which kind, under which heads, what bold means. It needs no JavaScript
library, and stands whole in the page, so that a search, a screen reader, a printer and a copy have
all of it, which a grid on a canvas gives none of.
"""
