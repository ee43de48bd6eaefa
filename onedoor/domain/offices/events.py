"""Facts the offices room publishes; stream kinds `office` (one per tenant) and `account` (one per user)."""

CALENDAR_AMENDED = "offices.calendar_amended"
USER_ADDED = "offices.user_added"
TOKEN_ISSUED = "offices.token_issued"
SIGNED_IN = "offices.signed_in"
USER_DISABLED = "offices.user_disabled"
