"""Who is signed in: by the team's token, or by single sign-on where `secrets.toml` sets it up.

A sign-in by token is the browser's (`sign_ins.py`): a reload and a second tab are signed in too,
and signing out ends it in all of them. A browser that keeps no cookie is signed in for the length
of the session. Either way the team's name and which of its tokens that was are kept, never the
token: a token that is replaced or revoked ends what it began. The token is in no address and in no
log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

import streamlit as st
from streamlit.errors import StreamlitAuthError, StreamlitMissingAuthlibError
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.server.browser_binding import browser_of
from app.server.sign_ins import HOURS, SIGN_INS, SignIn
from app.server.uploaders import UPLOADERS
from app.settings import data_folder
from app.site.upload import forget_upload
from app.text import markdown, plain, told
from submissions.store.submitted.teams import UnknownTeam
from submissions.teams.accounts import (
    TOKEN_LENGTH,
    Account,
    NotSignedIn,
    Team,
    authenticate,
    team_named,
    team_of_account,
)

logger = logging.getLogger(__name__)

_KEY, _FIELD, _TROUBLE = "signed in", "token field", "why nobody is signed in"


def signed_in() -> Team | None:
    """Return the team that acts in this session.

    Where there is none, None, and the form that signs in stands here.
    """
    team = current_team()
    if team is None:
        _form()
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/account_circle: {markdown(team.name)}, {team.role.value}", width="content"
        )
        st.button("Sign out", icon=":material/logout:", type="tertiary", on_click=_sign_out)
    return team


def current_team() -> Team | None:
    """Return the team that acts in this session, if it still may; draws nothing.

    Its session may then send files.
    """
    team, session = _acting_team(), _session()
    # A page that a test draws has no session, and no files.
    if session is None:
        return team
    if team is None:
        UPLOADERS.dismiss(session)
    else:
        UPLOADERS.admit(session, team.name)
    return team


def _session() -> str | None:
    """Return this session's id; None where a page is drawn by no server."""
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else context.session_id


def _acting_team() -> Team | None:
    kept = _sign_in_by_token()
    if kept is None:
        account = account_in_use()
        return None if account is None else _team_of(account)
    try:
        team = team_named(data_folder(), kept.team)
    except UnknownTeam:
        team = None
    # Which token it was is compared, so that a new token signs out everybody who came by the old
    # one.
    if team is None or team.token_id is None or team.token_id != kept.token_id:
        _forget()
        return None
    return team


def _browser() -> str | None:
    """Return what identifies this session's browser; None where it keeps no cookie."""
    return browser_of(st.context.cookies)


def _sign_in_by_token() -> SignIn | None:
    """Return who signed in by token.

    In this browser, or where it cannot be told from others, in this session.
    """
    browser = _browser()
    kept: SignIn | None = st.session_state.get(_KEY)
    if browser is None:
        return kept
    stands = SIGN_INS.of(browser)
    if kept is not None and stands is None:  # signed out in another tab, or away for too long
        _forget()
    # Another tab may have signed in as another team: the browser's word counts, not this
    # session's.
    elif stands is not None:
        st.session_state[_KEY] = stands
    return stands


def _forget() -> None:
    """Leave nothing of a sign-in by token, in this session or for this browser's others."""
    browser = _browser()
    if browser is not None:
        SIGN_INS.end(browser)
    session = _session()
    if session is not None:
        UPLOADERS.dismiss(session)
    forget_upload()
    # Whoever signs in next in this tab must not find what the one before has chosen or typed.
    st.session_state.clear()


def _team_of(account: Account) -> Team | None:
    try:
        return team_of_account(data_folder(), account)
    except (NotSignedIn, UnknownTeam):  # why, the form says
        return None


def account_in_use() -> Account | None:
    """Return who acts in this session through single sign-on.

    None where nobody does, or a token was used.
    """
    if _sign_in_by_token() or not _single_sign_on() or not st.user.is_logged_in:
        return None
    return _account()


def _single_sign_on() -> bool:
    """Return whether `secrets.toml` sets up single sign-on: only then has `st.user`
    the attribute.
    """
    # Asking for the attribute itself raises where it is not set up.
    return "is_logged_in" in st.user


def _form() -> None:
    st.markdown("Sign in with your team's token. A maintainer of this board gives you one.")
    with st.form("sign in", width=520):
        st.text_input(
            "Token",
            key=_FIELD,
            type="password",
            max_chars=TOKEN_LENGTH,
            autocomplete="current-password",
            help=(
                "It begins with rb_. It is kept in no cookie and in no address. You stay signed in"
                f" in this browser until you sign out, close it, or are away for {HOURS} hours."
            ),
        )
        st.form_submit_button("Sign in", type="primary", icon=":material/login:", on_click=_try)
    if trouble := st.session_state.pop(_TROUBLE, None):
        st.error(trouble, icon=":material/key_off:")
    if _single_sign_on():
        _offer_single_sign_on()


def _try() -> None:
    """Sign in before the page is drawn.

    The field is emptied, so that the session does not keep what stood in it.
    """
    token = str(st.session_state[_FIELD]).strip()
    st.session_state[_FIELD] = ""
    try:
        team = authenticate(data_folder(), token)
    except NotSignedIn as error:
        st.session_state[_TROUBLE] = told(error)
        logger.warning("a token that is nobody's was tried")
        return
    logger.info("signed in", extra={"ids": {"team": team.name}})
    sign_in = SignIn(team.name, team.token_id)
    st.session_state[_KEY] = sign_in
    browser = _browser()
    if browser is not None:
        SIGN_INS.begin(browser, sign_in)


def _offer_single_sign_on() -> None:
    if st.user.is_logged_in:
        st.warning(f"{_why_nobody()} Or sign in with a token.", icon=":material/person_off:")
        st.button("Sign out of single sign-on", on_click=st.logout)
        return
    with st.container(horizontal=True):
        for name in _providers():
            st.button(
                f"Sign in with {plain(name)}",
                on_click=_go_to,
                args=(name,),
                icon=":material/passkey:",
            )
        if not _providers():
            st.button(
                "Use single sign-on", on_click=_go_to, args=(None,), icon=":material/passkey:"
            )


def _providers() -> list[str]:
    """Return the identity providers that `secrets.toml` names, [auth.NAME].

    None where there is one without a name.
    """
    section = st.secrets["auth"]
    return [
        name
        for name, value in section.items()
        if isinstance(value, Mapping) and "client_id" in value
    ]


def _go_to(provider: str | None) -> None:
    """Leave for the provider; where that is not set up wholly, say so: a maintainer reads it who
    tries it out.
    """
    try:
        st.login(provider)
    except StreamlitMissingAuthlibError:
        st.session_state[_TROUBLE] = (
            "Single sign-on does not work yet: it needs a package that is not installed. A"
            " maintainer of this board installs it with `pip install 'reasonboard[sso]'` and starts"
            " the site again. Sign in with a token until then."
        )
    except StreamlitAuthError as error:
        st.session_state[_TROUBLE] = (
            f"Single sign-on is not set up wholly: {markdown(' '.join(str(error).split()))}"
        )


def _account() -> Account | None:
    """Return who has signed in; an address that the provider does not vouch for is nobody's.

    Some providers let anybody claim any address and say nothing of `email_verified`: silence is no
    yes.
    """
    email, issuer, subject = (st.user.get(claim) for claim in ("email", "iss", "sub"))
    if not (isinstance(email, str) and isinstance(issuer, str) and isinstance(subject, str)):
        return None
    return Account(email, issuer, subject) if st.user.get("email_verified") is True else None


def _why_nobody() -> str:
    account = _account()
    if account is None:
        return (
            f"{markdown(str(st.user.get('email') or 'You'))}: your provider does not say that this"
            " address is verified and yours, so it cannot act for a team. Have it verified there,"
            " then sign in again."
        )
    try:
        team_of_account(data_folder(), account)
    except NotSignedIn as error:
        return told(error)
    return "Reload this page."  # tied this very moment


def _sign_out() -> None:
    """Sign out, and leave nothing of the session to whoever signs in next in this tab.

    Runs before the page is drawn: a rerun asked for after `st.logout` may drop the word that sends
    the browser there.
    """
    # Asked before all is forgotten.
    by_token = _sign_in_by_token() is not None
    _forget()
    if not by_token:
        st.logout()
