"""The server: the process, its address, and the middleware before the site and the API."""
