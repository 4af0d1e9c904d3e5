-- A copied database must not reach real accounts: no credential, no webhook address, switched off.
UPDATE xb_connection
   SET active = FALSE,
       api_key = NULL,
       api_secret = NULL,
       access_token = NULL,
       webhook_secret = NULL,
       webhook_secret_previous = NULL,
       webhook_token = NULL,
       webhook_token_digest = NULL;
