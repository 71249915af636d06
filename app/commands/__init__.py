"""What the larger commands print, a module a command; `app.cli` declares them."""
