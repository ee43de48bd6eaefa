"""Facts the offices room publishes; stream kinds `office` (one per tenant) and `account` (one per user).

Facts of accounts carry the id of the account as `user`.
"""

CALENDAR_AMENDED = "offices.calendar_amended"
USER_ADDED = "offices.user_added"
USER_DISABLED = "offices.user_disabled"
USER_ENABLED = "offices.user_enabled"
ROLE_GRANTED = "offices.role_granted"
ROLE_REVOKED = "offices.role_revoked"
PASSWORD_CHANGED = "offices.password_changed"
PASSWORD_RESET = "offices.password_reset"
FACTOR_ENROLLED = "offices.factor_enrolled"
FACTOR_REMOVED = "offices.factor_removed"
FACTOR_RESET = "offices.factor_reset"
SIGNED_IN = "offices.signed_in"
SIGN_IN_LOCKED = "offices.sign_in_locked"
LOCK_LIFTED = "offices.lock_lifted"
SESSIONS_ENDED = "offices.sessions_ended"
TOKEN_ISSUED = "offices.token_issued"
TOKEN_REVOKED = "offices.token_revoked"
