-- the keys are the connection's, which xb_base blanks; a copy must not name the real app
UPDATE xb_connection SET alipay_app_id = NULL, alipay_seller_id = NULL
 WHERE vendor IN ('alipay', 'antom');
