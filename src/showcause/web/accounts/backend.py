"""Who a login is: only somebody who works here now, asked at each login and at each request."""

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import AbstractBaseUser, User

from showcause.web.accounts.people import active_person


class HouseBackend(AuthenticationBackend):  # type: ignore[misc]  # the library has no types
    """Takes a login only while its person works here; who is retired loses every session at once."""

    def user_can_authenticate(self, user: AbstractBaseUser) -> bool:
        """Tell whether this login's person works here now."""
        return bool(super().user_can_authenticate(user)) and active_person(user.get_username()) is not None

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        """Return the login of a session, or None when its person works here no longer."""
        found = User.objects.filter(pk=user_id).first()
        return found if found is not None and self.user_can_authenticate(found) else None
