-- the secrets are the connection's, which xb_base blanks; a copy must not name the real store
UPDATE xb_connection SET pingpong_account = NULL WHERE vendor = 'pingpong';
