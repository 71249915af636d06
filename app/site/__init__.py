"""The site: pages, what they draw, and where they get it from."""
