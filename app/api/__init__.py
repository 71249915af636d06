"""The HTTP API under /api/v1: its own small application beside the site, in the same process.

Reads of what is published need no token and carry the release as their ETag. Everything else is
signed with a team's token in the `Authorization` header, never in a cookie (so no other site can
act for a team) and never in an address (addresses are logged). Errors are problem details (RFC
9457). Handlers that touch disk or database run in threads, uploads are read by a process of their
own (`submissions.receiving.examination`): the loop that serves the pages never waits.
"""

from app.api.application import api_application

__all__ = ["api_application"]
