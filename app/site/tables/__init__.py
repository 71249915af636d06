"""Tables of the site: rows of a release in, frames with heads out."""
