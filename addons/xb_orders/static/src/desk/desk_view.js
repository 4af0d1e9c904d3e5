import { registry } from "@web/core/registry";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { KeepLast } from "@web/core/utils/concurrency";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

import { useState } from "@odoo/owl";

import { BULK_ACTIONS, BulkDialog } from "./bulk";
import { KeysDialog } from "./keys";
import { Pipeline } from "./pipeline";

const STAGE_PREFIX = "stage_";
// Filters that a tab sets; choosing another tab takes them away again.
const TAB_FILTERS = ["late", "due", "upload_refused", "open"];
const FIRST_BUTTONS = ["deliver", "upload", "hold"];

/** The order desk: Odoo's own list, with the pipeline above it and bulk actions that report. */
export class OrderDeskController extends ListController {
    static template = "xb_orders.OrderDesk";
    static components = { ...ListController.components, Dropdown, DropdownItem, Pipeline };

    setup() {
        this.desk = useState({ counts: null });
        this.keepLastCounts = new KeepLast();
        super.setup();
    }

    /** Whenever the list is read, so are the counts; the list does not wait for them. */
    get modelParams() {
        const params = super.modelParams;
        return {
            ...params,
            hooks: {
                ...params.hooks,
                onWillLoadRoot: (config) => {
                    params.hooks?.onWillLoadRoot?.(config);
                    this.loadCounts();
                },
            },
        };
    }

    get firstButtons() {
        return BULK_ACTIONS.filter((action) => FIRST_BUTTONS.includes(action.name));
    }

    get moreButtons() {
        return BULK_ACTIONS.filter((action) => !FIRST_BUTTONS.includes(action.name));
    }

    // Counts

    /** Names of the tabs' filters that are on. */
    get activeTabs() {
        const { query, searchItems } = this.env.searchModel;
        return query
            .map(({ searchItemId }) => searchItems[searchItemId].name)
            .filter((name) => name && this.isTabFilter(name));
    }

    isTabFilter(name) {
        return name.startsWith(STAGE_PREFIX) || TAB_FILTERS.includes(name);
    }

    /** The search without what the tabs themselves say: the counts are those of every tab. */
    get countDomain() {
        const { searchModel } = this.env;
        const query = searchModel.query;
        try {
            searchModel.query = query.filter(
                ({ searchItemId }) =>
                    !this.isTabFilter(searchModel.searchItems[searchItemId].name || "")
            );
            return searchModel._getDomain();
        } finally {
            searchModel.query = query;
        }
    }

    async loadCounts() {
        this.desk.counts = await this.keepLastCounts.add(
            this.orm.silent.call("sale.order", "get_xb_desk_counts", [this.countDomain])
        );
    }

    /**
     * Show one tab, or all again when it is shown already.
     *
     * @param {string} name of its filter
     * @param {string} [also] "late" or "due"
     */
    selectTab(name, also) {
        const { searchModel } = this.env;
        const wanted = [name, also].filter(Boolean);
        const active = this.activeTabs;
        const isShown =
            wanted.every((one) => active.includes(one)) && active.length === wanted.length;
        const items = searchModel.getSearchItems(
            (item) => item.type === "filter" && this.isTabFilter(item.name || "")
        );
        searchModel.query = searchModel.query.filter(
            ({ searchItemId }) => !items.some((item) => item.id === searchItemId)
        );
        const shown = isShown ? ["open"] : wanted;
        for (const item of items.filter((tab) => shown.includes(tab.name))) {
            searchModel.query.push({ searchItemId: item.id });
        }
        searchModel._notify();
    }

    openIncoming() {
        return this.actionService.doAction("xb_orders.xb_order_problem_action");
    }

    showKeys() {
        this.dialogService.add(KeysDialog);
    }

    // Bulk actions

    async runBulk(action) {
        const ids = await this.model.root.getResIds(true);
        this.dialogService.add(BulkDialog, {
            action,
            ids,
            onDone: () => this.model.load(),
        });
    }

    /** Actions that open something else with the selected orders. */
    async openWithSelection(method) {
        const ids = await this.model.root.getResIds(true);
        const action = await this.orm.call("sale.order", method, [ids]);
        await this.actionService.doAction(action, { onClose: () => this.model.load() });
    }
}

export const orderDeskView = {
    ...listView,
    Controller: OrderDeskController,
};

registry.category("views").add("xb_order_desk", orderDeskView);
