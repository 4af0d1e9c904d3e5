"""Names and numbers that more than one file needs. Imports nothing."""

# What a secret looks like everywhere outside of the one method that decrypts it. The web client
# sends it back unchanged when a person saves a form without touching the field.
SECRET_MASK = "•" * 8

# Environment variables, in one place so that documentation and code cannot drift apart.
ENV_SECRET_KEYS = "XB_SECRET_KEYS"
ENV_SECRET_KEY_FILE = "XB_SECRET_KEY_FILE"
ENV_SIMULATOR_SEED = "XB_SIMULATOR_SEED"
ENV_SIMULATOR_URL = "XB_SIMULATOR_URL"
ENV_METRICS_TOKEN = "XB_METRICS_TOKEN"

DEFAULT_SIMULATOR_URL = "http://127.0.0.1:8099"

# Seconds a request waits for its turn inside the process; longer waits go back to the queue.
LIMITER_MAX_SLEEP = 5.0

# Credentials an adapter may be given, in the order the form shows them.
CREDENTIAL_FIELDS = (
    "api_key",
    "api_secret",
    "access_token",
    "webhook_secret",
    "webhook_secret_previous",
)
