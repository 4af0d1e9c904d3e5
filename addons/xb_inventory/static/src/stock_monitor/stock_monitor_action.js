import { registry } from "@web/core/registry";
import { WithSearch } from "@web/search/with_search/with_search";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { Component } from "@odoo/owl";

import { StockMonitor } from "./stock_monitor";

/** The client action: the monitor below Odoo's own search bar, with filters and favourites. */
export class StockMonitorAction extends Component {
    static template = "xb_inventory.StockMonitorAction";
    static components = { StockMonitor, WithSearch };
    static props = { ...standardActionServiceProps };

    get search() {
        return {
            resModel: "xb.stock.level",
            searchViewId: false,
            searchMenuTypes: ["filter", "favorite"],
            loadIrFilters: true,
            context: this.props.action.context || {},
            display: { searchPanel: false },
        };
    }
}

registry.category("actions").add("xb_stock_monitor", StockMonitorAction);
