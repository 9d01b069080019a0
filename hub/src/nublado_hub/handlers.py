"""Pages for logging in and out behind Gafaelfawr."""

from jupyterhub.handlers import BaseHandler, LogoutHandler
from tornado import web


class GafaelfawrLoginHandler(BaseHandler):  # type: ignore[misc]
    """Logs in whom the ingress has authenticated already."""

    async def get(self) -> None:
        """Sets the hub's cookie and goes on to where the user wanted."""
        user = await self.login_user()
        if user is None:
            raise web.HTTPError(403)
        self.redirect(self.get_next_url(user))


class GafaelfawrLogoutHandler(LogoutHandler):  # type: ignore[misc]
    """Logs out of the hub, then of the whole site."""

    # A lab must not outlive the session that started it, whatever the hub's own setting says.
    shutdown_on_logout = True

    async def render_logout_page(self) -> None:
        """Goes on to the logout page of the site."""
        self.redirect(await self.authenticator.site_logout_url(), permanent=False)
