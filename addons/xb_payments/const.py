"""Names and numbers that more than one file needs. Imports nothing."""

# Kinds of outbox rows, the same for every provider.
REFUND = "payment_refund"
CAPTURE = "payment_capture"
VOID = "payment_void"
TRACKING = "payment_tracking"
EVIDENCE = "payment_evidence"
CHANGES = (REFUND, CAPTURE, VOID)

# Seconds after its beginning at which a payment that is not final is asked about. Close together
# while the buyer is at the provider's page, then as patient as the buyer is.
POLL_AFTER = (30, 60, 120, 300, 900, 1800, 3600, 7200, 14400, 28800, 57600, 86400)
# Afterwards once a day, until the payment has been expired for so long.
POLL_EVERY = 86400
POLL_AFTER_EXPIRY = 2 * 86400

# A browser that comes back again and again makes us ask at most so often (seconds).
ASK_AT_MOST_EVERY = 2

ATTEMPT_LENGTH = 64
POLL_BATCH = 50
