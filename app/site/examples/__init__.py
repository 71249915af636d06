"""Single examples on the site: chosen, shown, and what systems answered."""
