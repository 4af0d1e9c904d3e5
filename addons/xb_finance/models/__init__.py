from . import (
    res_company,
    xb_shop,
    xb_settlement,
    xb_settlement_import,
    xb_settlement_match,
    xb_settlement_post,
    xb_settlement_line,
    xb_settlement_account,
    xb_settlement_profile,
    xb_settlement_profile_type,
    xb_settlement_rule,
)
