"""Login and logout pages behind Gafaelfawr."""

from jupyterhub.handlers import BaseHandler, LogoutHandler
from tornado import web


class GafaelfawrLoginHandler(BaseHandler):  # type: ignore[misc]
    """Logs in the user whom the ingress has authenticated."""

    async def get(self) -> None:
        """Sets the hub's cookie and redirects to the page that was requested."""
        user = await self.login_user()
        if user is None:
            raise web.HTTPError(403)
        self.redirect(self.get_next_url(user))


class GafaelfawrLogoutHandler(LogoutHandler):  # type: ignore[misc]
    """Logs out of the hub, then of the whole site."""

    # Overrides `JupyterHub.shutdown_on_logout`: labs end with the session that started them.
    shutdown_on_logout = True

    async def render_logout_page(self) -> None:
        """Redirects to the logout page of the site."""
        self.redirect(await self.authenticator.site_logout_url(), permanent=False)
