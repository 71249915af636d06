"""An OpenID Connect provider for tests: two issuers, each with its own key, that sign in at once
whoever they are told.

What a board needs of one (OpenID Connect Core 1.0, section 3.1; Discovery 1.0; RFC 7636): the
discovery document, an authorization endpoint that redirects with a code, a token endpoint that
takes the code once, from the client that it was made for and with the verifier that it was asked
with, the keys, and an end of the session. Nobody is asked for anything.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

CLIENT, SECRET = "reasonboard", secrets.token_urlsafe(16)


@dataclass
class Provider:
    """The provider.

    Attributes:
        url: Where it is; its issuers are `url`/first and `url`/second.
        claims: What it says of the person who signs in next, besides what every token holds.
        endings: Where those who signed out wanted to go on.
    """

    url: str
    claims: dict[str, Any] = field(default_factory=dict)
    endings: list[str] = field(default_factory=list)
    _codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _keys: dict[str, RSAKey] = field(default_factory=dict)

    def write_secrets(self, site: str, path: Path) -> Path:
        """Write the site's `secrets.toml`, with both issuers."""
        path.write_text(
            f'[auth]\nredirect_uri = "{site}/oauth2callback"\ncookie_secret ='
            f' "{secrets.token_urlsafe(32)}"\n'
            + "".join(
                f'[auth.{name}]\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
                f'server_metadata_url = "{self.url}/{name}/.well-known/openid-configuration"\n'
                for name in ("first", "second")
            ),
            encoding="utf-8",
        )
        return path

    def application(self) -> Starlette:
        """Its routes."""
        return Starlette(
            routes=[
                Route("/{issuer}/.well-known/openid-configuration", self._discovery),
                Route("/{issuer}/authorize", self._authorize),
                Route("/{issuer}/token", self._token, methods=["POST"]),
                Route("/{issuer}/keys", self._published_keys),
                Route("/{issuer}/end", self._end),
            ]
        )

    def _key(self, request: Request) -> RSAKey:
        name = request.path_params["issuer"]
        return self._keys.setdefault(name, RSAKey.generate_key(2048, {"kid": name, "use": "sig"}))

    def _issuer(self, request: Request) -> str:
        return f"{self.url}/{request.path_params['issuer']}"

    async def _discovery(self, request: Request) -> JSONResponse:
        issuer = self._issuer(request)
        return JSONResponse(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/keys",
                "end_session_endpoint": f"{issuer}/end",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _authorize(self, request: Request) -> RedirectResponse:
        asked = dict(request.query_params)
        if (
            asked["client_id"] != CLIENT
            or asked["code_challenge_method"] != "S256"
            or "nonce" not in asked
        ):
            raise HTTPException(400)
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked | {"issuer": self._issuer(request), "claims": self.claims}
        return RedirectResponse(
            f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}", 302
        )

    async def _token(self, request: Request) -> JSONResponse:
        sent = await request.form()
        asked = self._codes.pop(str(sent["code"]), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or request.headers["authorization"] != f"Basic {basic}":
            raise HTTPException(401)
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(str(sent["code_verifier"]).encode()).digest()
        )
        if (
            challenge.rstrip(b"=").decode() != asked["code_challenge"]
            or sent["redirect_uri"] != asked["redirect_uri"]
        ):
            raise HTTPException(400)
        told = {
            "iss": asked["issuer"],
            "aud": CLIENT,
            "nonce": asked["nonce"],
            "iat": int(time.time()),
        }
        key = self._key(request)
        token = jwt.encode(
            {"alg": "RS256", "kid": key.kid},
            {**told, "exp": int(time.time()) + 300, **asked["claims"]},
            key,
        )
        return JSONResponse(
            {"id_token": token, "access_token": "unused", "token_type": "Bearer", "expires_in": 300}
        )

    async def _published_keys(self, request: Request) -> JSONResponse:
        return JSONResponse({"keys": [self._key(request).as_dict(private=False)]})

    async def _end(self, request: Request) -> RedirectResponse:
        self.endings.append(request.query_params["post_logout_redirect_uri"])
        return RedirectResponse(self.endings[-1], 302)


@contextmanager
def providing(port: int) -> Iterator[Provider]:
    """The provider, answering, for the length of a `with`."""
    provider = Provider(f"http://localhost:{port}")
    server = uvicorn.Server(
        uvicorn.Config(provider.application(), "localhost", port, log_level="warning")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
