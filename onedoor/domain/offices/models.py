"""Tables of the offices room."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from .terms import Role


class Tenant(models.Model):
    """A running county. Its six-digit region code is an attribute, since codes change."""

    name = models.CharField(max_length=100)
    region_code = models.CharField(max_length=6)
    calendar_version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()


class CalendarVersion(models.Model):
    """One immutable edition of a tenant's working calendar.

    `exceptions` maps ISO dates to `holiday` or `make_up`; `years` are the years whose yearly notice is loaded.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    version = models.PositiveIntegerField()
    exceptions = models.JSONField()
    years = models.JSONField()
    created_at = models.DateTimeField()
    principal = models.CharField(max_length=100)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "version"], name="offices_calendar_version_once"),
        ]


class Department(models.Model):
    """A department with power to decide, or a body that gives opinions.

    `number_prefix` stands in case numbers, `organ_word` in document numbers 机关代字.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=100)
    short_name = models.CharField(max_length=30)
    number_prefix = models.CharField(max_length=4)
    organ_word = models.CharField(max_length=20)
    uscc = models.CharField(max_length=18, blank=True)
    phone = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="offices_department_code_once"),
            models.UniqueConstraint(
                fields=["tenant", "number_prefix"], name="offices_department_prefix_once"
            ),
        ]


class Place(models.Model):
    """County, town or village with its 12-digit statistical code."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    code = models.CharField(max_length=12)
    name = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="offices_place_code_once"),
        ]


class Window(models.Model):
    """A counter in a hall. Without a department it is a comprehensive window 综合窗口."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    hall = models.CharField(max_length=60)
    number = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    department = models.ForeignKey(Department, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "hall", "number"], name="offices_window_once"),
        ]


class User(AbstractBaseUser):
    """An account: staff sign in by username and password, applicants by a code sent to their phone."""

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT)
    username = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    phone_index = models.BinaryField(null=True, blank=True)
    phone_masked = models.CharField(max_length=20, blank=True)
    is_active = models.BooleanField(default=True)
    #: The password was chosen by somebody else and holds for one sign-in.
    must_change_password = models.BooleanField(default=False, db_default=False)
    password_set_at = models.DateTimeField(null=True, blank=True)
    #: The owner signs in with passkeys alone: the password opens nothing.
    passkey_only = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField()
    last_login = models.DateTimeField(null=True, blank=True)

    objects = BaseUserManager["User"]()

    USERNAME_FIELD = "username"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["username"], name="offices_username_once"),
            models.UniqueConstraint(
                fields=["tenant", "phone_index"],
                condition=Q(phone_index__isnull=False),
                name="offices_phone_once",
            ),
        ]


class RoleGrant(models.Model):
    """A role given to a user within a department and a place."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    department = models.CharField(max_length=32, null=True, blank=True)
    place = models.CharField(max_length=12, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "department", "place"],
                nulls_distinct=False,
                name="offices_grant_once",
            ),
            # 三权分立: one person holds at most one of the three administrator roles.
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(role__in=["admin", "security", "auditor"]),
                name="offices_separated_administrators",
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="offices_grant_known_role"
            ),
        ]


class Session(models.Model):
    """A signed-in browser. The cookie holds a random token; only its digest is stored.

    `entered` says how its holder was recognised, `confirmed_at` when for the last time, `seen_at` when it last
    asked for something (to within a few minutes).
    """

    digest = models.BinaryField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True, blank=True)
    entered = models.CharField(max_length=12, db_default="", default="")
    address = models.CharField(max_length=45, db_default="", default="")
    agent = models.CharField(max_length=80, db_default="", default="")

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="offices_session_expiry")]


class HalfwaySignIn(models.Model):
    """A sign-in with the right password that still lacks its second factor."""

    digest = models.BinaryField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    expires_at = models.DateTimeField()


class UsualPlace(models.Model):
    """An address or a browser from which an account has signed in; `mark` is a keyed digest of it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    mark = models.BinaryField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "mark"], name="offices_usual_place_once")]


class TotpFactor(models.Model):
    """A secret shared with somebody's authenticator. It counts once `confirmed_at` is set; until then another may
    still be in use. `last_step` is the newest time step whose code has been spent."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    secret = models.BinaryField()
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_step = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(confirmed_at__isnull=False), name="offices_totp_once"
            ),
            models.UniqueConstraint(
                fields=["user"], condition=Q(confirmed_at__isnull=True), name="offices_totp_enrolling_once"
            ),
        ]


class RecoveryCode(models.Model):
    """A code for a lost authenticator, good for one sign-in; only a keyed digest is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    digest = models.BinaryField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="offices_recovery_code_once")]


class Passkey(models.Model):
    """A key pair whose private half never leaves somebody's device; `host` is the site it was made for."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    credential = models.BinaryField()
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    host = models.CharField(max_length=253)
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["credential"], name="offices_passkey_once")]


class Challenge(models.Model):
    """What a device is asked to sign, once: by a user who makes a passkey, or by nobody known yet who signs in."""

    digest = models.BinaryField(primary_key=True)
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE)
    expires_at = models.DateTimeField()


class ApiToken(models.Model):
    """A bearer token of a user; shown once, stored as a digest. `name` is what its owner calls it."""

    digest = models.BinaryField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    name = models.CharField(max_length=60, db_default="", default="")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)


class PhoneCode(models.Model):
    """The latest sign-in code sent to a phone: digest, tries left, expiry."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    phone_index = models.BinaryField()
    digest = models.BinaryField()
    tries_left = models.PositiveSmallIntegerField()
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "phone_index"], name="offices_phone_code_once"),
        ]


class Attempt(models.Model):
    """A failed try at something guessable (sign-in, query code), counted per subject and per address."""

    key = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="offices_attempt_key_at")]
