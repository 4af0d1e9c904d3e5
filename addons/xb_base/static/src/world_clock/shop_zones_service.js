import { rpcBus } from "@web/core/network/rpc";
import { UPDATE_METHODS } from "@web/core/orm_service";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { session } from "@web/session";

import { reactive } from "@odoo/owl";

const SHOP_MODEL = "xb.shop";

/**
 * The shops the user may read, with their time zones. They arrive with the page and are read
 * again when this browser changes a shop.
 */
export const shopZonesService = {
    dependencies: ["orm"],
    start(env, { orm }) {
        const state = reactive({ shops: session.xb_shops || [] });
        const keepLast = new KeepLast();

        rpcBus.addEventListener("RPC:RESPONSE", async ({ detail: { data, error } }) => {
            const { model, method } = data.params;
            if (!error && model === SHOP_MODEL && UPDATE_METHODS.includes(method)) {
                state.shops = await keepLast.add(
                    orm.silent.searchRead(SHOP_MODEL, [], ["name", "tz"])
                );
            }
        });

        return state;
    },
};

registry.category("services").add("xb_shop_zones", shopZonesService);
