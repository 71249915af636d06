"""Who is signed in: by the team's token, or by single sign-on where `secrets.toml` sets it up.

The session keeps the team's name and since when its token counts, never the token: a token that is replaced or
revoked ends the sessions that it began. The token is in no address and in no log.
"""

from __future__ import annotations

import streamlit as st

from app.queries import data_folder
from app.text import markdown
from app.uploading import forget_upload
from submissions.store.teams import UnknownTeam
from submissions.teams import TOKEN_LENGTH, NotSignedIn, Team, authenticate, team_named, team_of_member

_KEY, _FIELD, _TROUBLE = "signed in", "token field", "why nobody is signed in"


def signed_in() -> Team | None:
    """The team that acts in this session; where there is none, None, and the form that signs in stands here."""
    team = current_team()
    if team is None:
        _form()
        return None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/account_circle: {markdown(team.name)}, {team.role.value}", width="content")
        if st.button("Sign out", icon=":material/logout:", type="tertiary"):
            _sign_out()
    return team


def current_team() -> Team | None:
    """The team that acts in this session, if it still may; draws nothing."""
    kept = st.session_state.get(_KEY)
    if kept is None:
        return _by_single_sign_on()
    name, since = kept
    try:
        team = team_named(data_folder(), name)
    except UnknownTeam:
        team = None
    if team is None or team.token_since is None or team.token_since != since:
        forget_upload()
        st.session_state.clear()
        return None
    return team


def single_sign_on() -> bool:
    """Whether `secrets.toml` sets up single sign-on: only then has `st.user` the attribute."""
    return "is_logged_in" in st.user


def _form() -> None:
    st.markdown("Sign in with your team's token. A maintainer of this board gives you one.")
    with st.form("sign in", width=520):
        st.text_input(
            "Token", key=_FIELD, type="password", max_chars=TOKEN_LENGTH, autocomplete="current-password",
            help="It begins with rb_. It is kept in no cookie and in no address; closing the tab signs you out.",
        )  # fmt: skip
        st.form_submit_button("Sign in", type="primary", icon=":material/login:", on_click=_try)
    if trouble := st.session_state.pop(_TROUBLE, None):
        st.error(trouble, icon=":material/key_off:")
    if single_sign_on():
        _offer_single_sign_on()


def _try() -> None:
    """Runs before the page is drawn: the field is emptied, so that the session does not keep what stood in it."""
    token = str(st.session_state[_FIELD]).strip()
    st.session_state[_FIELD] = ""
    try:
        team = authenticate(data_folder(), token)
    except NotSignedIn as error:
        st.session_state[_TROUBLE] = markdown(str(error))
        return
    st.session_state[_KEY] = (team.name, team.token_since)


def _offer_single_sign_on() -> None:
    if st.user.is_logged_in:
        st.warning(
            f"{markdown(str(st.user.get('email') or 'This address'))} is tied to no team here, or your provider does "
            "not say that it is verified. Ask a maintainer of this board, or sign in with a token.",
            icon=":material/person_off:",
        )
        st.button("Sign out of single sign-on", on_click=st.logout)
        return
    st.button("Use single sign-on", on_click=st.login, icon=":material/passkey:")


def _by_single_sign_on() -> Team | None:
    """The team of who has signed in; an address that the provider does not vouch for is nobody's.

    Some providers let anybody claim any address and say nothing of `email_verified`: silence is no yes.
    """
    if not single_sign_on() or not st.user.is_logged_in:
        return None
    email = st.user.get("email")
    if not isinstance(email, str) or st.user.get("email_verified") is not True:
        return None
    return team_of_member(data_folder(), email)


def _sign_out() -> None:
    """Nothing of the session is left to whoever signs in next in this tab."""
    by_token = _KEY in st.session_state
    forget_upload()
    st.session_state.clear()
    if not by_token:
        st.logout()
    st.rerun()
