import { deserializeDateTime, formatDate, formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { download } from "@web/core/network/download";
import { useBus, useService } from "@web/core/utils/hooks";
import { formatFloat } from "@web/core/utils/numbers";
import { CogMenu } from "@web/search/cog_menu/cog_menu";
import { Layout } from "@web/search/layout";
import { SearchBar } from "@web/search/search_bar/search_bar";
import { useSearchBarToggler } from "@web/search/search_bar/search_bar_toggler";

import {
    Component,
    onMounted,
    onPatched,
    onWillUnmount,
    onWillUpdateProps,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";

import { StockDetail } from "./stock_detail";
import { MonitorModel } from "./monitor_model";
import {
    coverWidth,
    ROW_HEIGHT,
    sparkPoints,
    splitShops,
    visibleRange,
    worstState,
} from "./monitor_utils";

const CHANNEL = "xb_stock";
const EVENT = "xb_stock/levels";
const SPARK = { width: 72, height: 28 };

/** Colour is never alone: each state has an icon and a word. */
export const CONDITIONS = {
    out: { icon: "fa-times-circle", color: "danger", label: _t("Out") },
    low: { icon: "fa-arrow-circle-down", color: "warning", label: _t("Low") },
    over: { icon: "fa-archive", color: "info", label: _t("Overstocked") },
    drift: { icon: "fa-search", color: "dark", label: _t("Under Check") },
    ok: { icon: "fa-check-circle", color: "success", label: _t("In Stock") },
};

const COLUMNS = [
    { name: "product", label: _t("Product"), order: "product", first: "asc" },
    { name: "warehouse", label: _t("Warehouse") },
    { name: "condition", label: _t("State") },
    { name: "on_hand", label: _t("On Hand"), order: "on_hand", number: true },
    { name: "reserved", label: _t("Reserved"), order: "reserved", number: true },
    { name: "waiting", label: _t("Waiting"), order: "waiting", number: true },
    { name: "claimed", label: _t("Claimed"), order: "claimed", number: true },
    { name: "available", label: _t("Available"), order: "available", number: true },
    { name: "incoming", label: _t("Incoming"), number: true },
    { name: "in_transit", label: _t("In Transit"), number: true },
    { name: "sold", label: _t("Sold 7 / 30"), order: "sold_30", number: true },
    { name: "cover_days", label: _t("Days of Cover"), order: "cover" },
    { name: "shops", label: _t("Shops") },
    { name: "spark", label: _t("30 Days") },
];

/** All stock in one list that changes by itself. */
export class StockMonitor extends Component {
    static template = "xb_inventory.StockMonitor";
    static components = { CogMenu, Layout, SearchBar, StockDetail };
    static props = { domain: Array, context: { type: Object, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.ui = useService("ui");
        this.bus = useService("bus_service");
        this.searchBarToggler = useSearchBarToggler();
        this.columns = COLUMNS;
        this.spark = SPARK;
        this.scroller = useRef("scroller");
        this.model = useState(new MonitorModel(this.orm));
        this.view = useState({
            first: 0,
            last: 0,
            active: 0,
            detail: false,
            condition: false,
            live: true,
        });
        this.domain = this.props.domain;
        // Nothing waits for the answer: the list says that it is being read.
        onMounted(() => this.search());
        onWillUpdateProps((next) => {
            if (JSON.stringify(next.domain) !== JSON.stringify(this.domain)) {
                this.search(next.domain);
            }
        });
        onPatched(() => this.measure());
        useExternalListener(window, "resize", () => this.measure());
        this.listen();
    }

    listen() {
        const hear = ({ levels, all }) => {
            if (all) {
                this.model.refresh(this.view.first, this.view.last);
            } else {
                this.model.changed(levels);
            }
        };
        this.bus.subscribe(EVENT, hear);
        this.bus.addChannel(CHANNEL);
        useBus(this.bus, "BUS:DISCONNECT", () => (this.view.live = false));
        useBus(this.bus, "BUS:CONNECT", () => (this.view.live = true));
        useBus(this.bus, "BUS:RECONNECT", () => {
            // What was said meanwhile is lost.
            this.view.live = true;
            this.model.refresh(this.view.first, this.view.last);
        });
        onWillUnmount(() => {
            this.bus.unsubscribe(EVENT, hear);
            this.bus.deleteChannel(CHANNEL);
            this.model.destroy();
        });
    }

    // -- searching

    get filters() {
        return { domain: this.domain, condition: this.view.condition };
    }

    async search(domain = this.domain, order = this.model.order) {
        this.domain = domain;
        if (this.scroller.el) {
            this.scroller.el.scrollTop = 0;
        }
        Object.assign(this.view, { first: 0, active: 0 });
        await this.model.load(this.filters, order);
    }

    get tiles() {
        return Object.entries(CONDITIONS).map(([name, look]) => ({
            name,
            ...look,
            count: this.model.counts[name] || 0,
        }));
    }

    get everything() {
        return Object.values(this.model.counts).reduce((sum, count) => sum + count, 0);
    }

    choose(condition) {
        this.view.condition = this.view.condition === condition ? false : condition;
        this.search();
    }

    sort({ order, first = "desc" }) {
        if (order) {
            const [column, direction] = this.model.order.split(" ");
            const now = column !== order ? first : direction === "desc" ? "asc" : "desc";
            this.search(this.domain, now === "asc" ? order : `${order} desc`);
        }
    }

    sorting({ order }) {
        const [column, direction] = this.model.order.split(" ");
        if (!order || column !== order) {
            return false;
        }
        return direction === "desc" ? "descending" : "ascending";
    }

    // -- the part of the list that is drawn

    measure() {
        const el = this.scroller.el;
        if (!el || this.model.state !== "ready") {
            return;
        }
        const { first, last } = visibleRange(el.scrollTop, el.clientHeight, this.model.total);
        if (first !== this.view.first || last !== this.view.last) {
            Object.assign(this.view, { first, last });
        }
        this.model.ensure(first, last);
    }

    get rows() {
        const rows = [];
        for (let index = this.view.first; index < this.view.last; index++) {
            rows.push({ index, row: this.model.row(index) });
        }
        return rows;
    }

    get above() {
        return this.view.first * ROW_HEIGHT;
    }

    get below() {
        return (this.model.total - this.view.last) * ROW_HEIGHT;
    }

    // -- cells

    number(value) {
        return formatFloat(value, { digits: [0, 2], trailingZeros: false });
    }

    date(value) {
        return value ? formatDate(deserializeDateTime(value)) : "";
    }

    moment(value) {
        return value ? formatDateTime(deserializeDateTime(value)) : "";
    }

    look(condition) {
        return CONDITIONS[condition];
    }

    points(row) {
        return sparkPoints(row.spark, SPARK.width, SPARK.height);
    }

    sparkTitle(row) {
        const now = this.number(row.on_hand);
        if (row.spark.length < 2) {
            return _t("On hand: %(now)s today; earlier days are not known", { now });
        }
        return _t("On hand: %(from)s %(days)s days ago, %(now)s today", {
            from: this.number(row.spark[0]),
            days: row.spark.length - 1,
            now,
        });
    }

    coverWidth(row) {
        return coverWidth(row.cover_days);
    }

    flash(row, ...names) {
        const cells = this.model.flashes[row.id] || [];
        return names.some((name) => cells.includes(name)) ? "o_xb_flash" : "";
    }

    chipColor(shop) {
        if (shop.state === "refused") {
            return "text-bg-danger";
        }
        return shop.state === "confirmed" ? "text-bg-success" : "text-bg-warning";
    }

    /** What a row says of its shops; those without room share the last chip. */
    chips(row) {
        const { shown, others } = splitShops(row.shops);
        const chips = shown.map((shop) => ({
            key: shop.id,
            name: shop.shop,
            text: this.figure(shop.quantity),
            state: shop.state,
            title: this.chipTitle(shop),
        }));
        if (others.length) {
            chips.push({
                key: "others",
                name: "",
                text: `+${others.length}`,
                state: worstState(others),
                title: others.map((shop) => this.chipTitle(shop)).join("\n"),
            });
        }
        return chips;
    }

    figure(quantity) {
        return quantity === false ? "–" : this.number(quantity);
    }

    chipTitle(shop) {
        const told = this.figure(shop.quantity);
        const says = this.figure(shop.confirmed);
        return _t("%(shop)s: told %(told)s, confirmed %(says)s", { shop: shop.shop, told, says });
    }

    /** Another text when the row of the panel has changed. */
    get stamp() {
        return JSON.stringify(this.model.row(this.view.active) || {});
    }

    // -- acting

    open(index) {
        const row = this.model.row(index);
        if (row) {
            Object.assign(this.view, { active: index, detail: row.id });
        }
    }

    close() {
        this.view.detail = false;
        this.scroller.el?.focus();
    }

    onKeydown(ev) {
        const page = Math.max(1, Math.floor(ev.currentTarget.clientHeight / ROW_HEIGHT) - 2);
        const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
        if (ev.key in steps) {
            this.move(this.view.active + steps[ev.key]);
        } else if (ev.key === "Home" || ev.key === "End") {
            this.move(ev.key === "Home" ? 0 : this.model.total - 1);
        } else if (ev.key === "Enter") {
            this.open(this.view.active);
        } else if (ev.key === "Escape" && this.view.detail) {
            this.close();
        } else {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
    }

    move(index) {
        this.view.active = Math.min(Math.max(0, index), Math.max(0, this.model.total - 1));
        const el = this.scroller.el;
        const head = el.querySelector("thead").offsetHeight;
        const top = this.view.active * ROW_HEIGHT;
        if (top < el.scrollTop) {
            el.scrollTop = top;
        } else if (top + ROW_HEIGHT > el.scrollTop + el.clientHeight - head) {
            el.scrollTop = top + ROW_HEIGHT - el.clientHeight + head;
        }
        if (this.view.detail) {
            this.open(this.view.active);
        }
    }

    async export() {
        this.ui.block();
        try {
            await download({
                url: "/xb_stock/monitor.xlsx",
                data: { data: JSON.stringify({ filters: this.filters, order: this.model.order }) },
            });
        } finally {
            this.ui.unblock();
        }
    }
}
