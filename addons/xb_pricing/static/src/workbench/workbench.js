import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { browser } from "@web/core/browser/browser";
import { download } from "@web/core/network/download";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { ControlPanel } from "@web/search/control_panel/control_panel";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { Histogram } from "./histogram";
import { MarginBar } from "./margin_bar";
import { Waterfall } from "./waterfall";
import { formatMoney, formatShare, isPercent, readPercent } from "./workbench_utils";

const PAGE = 80;
const DELAY = 350;
const DESK = "xb.price.desk";

/** Rules and scope left, products in the middle, the chosen price explained right. */
export class PriceWorkbench extends Component {
    static template = "xb_pricing.PriceWorkbench";
    static components = { ControlPanel, Histogram, MarginBar, Waterfall };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.listingIds = this.props.action.context?.listing_ids || false;
        this.state = useState({
            setup: null,
            shopIds: [],
            only: "all",
            sort: "change",
            whatIf: { target: "", fee: "", rate: "", cost: "", freight: "" },
            busy: false,
            offset: 0,
            answer: null,
            chosen: null,
            quote: null,
            run: null,
        });
        this.toNumber = Number;
        this.formatMoney = formatMoney;
        this.formatShare = formatShare;
        this.isPercent = isPercent;
        onWillStart(async () => {
            await this.loadSetup();
            this.state.shopIds = this.state.setup.shops
                .filter((shop) => shop.ready && shop.count)
                .map((shop) => shop.id);
            await this.simulate();
        });
    }

    async loadSetup() {
        this.state.setup = await this.orm.call(DESK, "get_setup", []);
    }

    // --- what is asked --------------------------------------------------------------------

    get domain() {
        if (this.listingIds) {
            return [["id", "in", this.listingIds]];
        }
        return [["shop_id", "in", [...this.state.shopIds]]];
    }

    /** Changes to try; shares as fractions. Empty inputs change nothing. */
    get whatIf() {
        const { target, fee, rate, cost, freight } = this.state.whatIf;
        return {
            target_points: readPercent(target),
            fee_points: readPercent(fee),
            rate: readPercent(rate),
            cost: readPercent(cost),
            freight: readPercent(freight),
        };
    }

    get isTrying() {
        return Object.values(this.whatIf).some((value) => value);
    }

    get askTitle() {
        return this.isTrying
            ? _t("Only prices by the stored rules can be published. Clear what is tried first.")
            : "";
    }

    get whatIfInputs() {
        return [
            ["target", _t("Target, points")],
            ["fee", _t("Commission, points")],
            ["rate", _t("Exchange rate, %")],
            ["cost", _t("Cost, %")],
            ["freight", _t("Freight, %")],
        ];
    }

    get onlyChoices() {
        return [
            ["all", _t("All")],
            ["changed", _t("Changed")],
            ["up", _t("Up")],
            ["down", _t("Down")],
            ["problem", _t("No price")],
        ];
    }

    async simulate() {
        const number = (this.asked = (this.asked || 0) + 1);
        this.state.busy = true;
        try {
            const answer = await this.orm.call(DESK, "simulate", [this.domain], {
                what_if: this.whatIf,
                offset: this.state.offset,
                limit: PAGE,
                only: this.state.only,
                sort: this.state.sort,
            });
            if (number !== this.asked) {
                return;
            }
            this.state.answer = answer;
            const kept = answer.rows.find((row) => row.id === this.state.chosen);
            await this.choose(kept || answer.rows[0]);
        } finally {
            if (number === this.asked) {
                this.state.busy = false;
            }
        }
    }

    async choose(row) {
        this.state.chosen = row ? row.id : null;
        if (!row) {
            this.state.quote = null;
            return;
        }
        const quote = await this.orm.call(DESK, "explain", [row.id], { what_if: this.whatIf });
        if (this.state.chosen === row.id) {
            this.state.quote = quote;
        }
    }

    // --- events ---------------------------------------------------------------------------

    onToggleShop(shop) {
        const ids = this.state.shopIds;
        this.state.shopIds = ids.includes(shop.id)
            ? ids.filter((id) => id !== shop.id)
            : [...ids, shop.id];
        this.state.offset = 0;
        return this.simulate();
    }

    onWhatIf(name, ev) {
        this.state.whatIf[name] = ev.target.value;
        this.state.offset = 0;
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(() => this.simulate(), DELAY);
    }

    onOnly(only) {
        this.state.only = only;
        this.state.offset = 0;
        return this.simulate();
    }

    onSort(ev) {
        this.state.sort = ev.target.value;
        this.state.offset = 0;
        return this.simulate();
    }

    onPage(step) {
        const offset = this.state.offset + step * PAGE;
        if (offset >= 0 && offset < this.state.answer.shown) {
            this.state.offset = offset;
            return this.simulate();
        }
    }

    onRowKey(ev, row, index) {
        const rows = this.state.answer.rows;
        const next = { ArrowDown: rows[index + 1], ArrowUp: rows[index - 1] }[ev.key];
        if (next) {
            ev.preventDefault();
            const line = ev.currentTarget.parentElement.children[rows.indexOf(next)];
            line.focus();
            return this.choose(next);
        }
        if (ev.key === "Enter" || ev.key === " ") {
            ev.preventDefault();
            return this.choose(row);
        }
    }

    onReset() {
        for (const name of Object.keys(this.state.whatIf)) {
            this.state.whatIf[name] = "";
        }
        return this.simulate();
    }

    async onAsk() {
        this.state.busy = true;
        try {
            const runs = await this.orm.call(DESK, "ask", [this.domain], {
                only: ["up", "down"].includes(this.state.only) ? this.state.only : "all",
            });
            if (!runs) {
                this.notification.add(_t("No price changes: all are as the rules want them."), {
                    type: "info",
                });
                return;
            }
            this.state.run = runs[0];
            const text = runs[0].over_limit
                ? _t("%(name)s: %(count)s changes, %(over)s of them beyond the limit.", {
                      name: runs[0].name,
                      count: runs[0].count,
                      over: runs[0].over_limit,
                  })
                : _t("%(name)s: %(count)s changes.", { name: runs[0].name, count: runs[0].count });
            this.notification.add(text, { type: "success" });
            await this.loadSetup();
        } finally {
            this.state.busy = false;
        }
    }

    async callRun(method) {
        this.state.busy = true;
        try {
            const action = await this.orm.call("xb.price.run", method, [[this.state.run.id]]);
            const [run] = await this.orm.read(
                "xb.price.run",
                [this.state.run.id],
                ["name", "state", "line_count", "over_limit_count"]
            );
            this.state.run = {
                id: run.id,
                name: run.name,
                state: run.state,
                count: run.line_count,
                over_limit: run.over_limit_count,
            };
            const message = action?.params?.message;
            if (message) {
                this.notification.add(message, { type: "success" });
            }
            await this.loadSetup();
            await this.simulate();
        } finally {
            this.state.busy = false;
        }
    }

    onOpenRun(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "xb.price.run",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    onPickRun(run) {
        this.state.run = { ...run, over_limit: 0 };
    }

    onOpenRule(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "xb.price.rule",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    onOpenListing(id) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "xb.listing",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    async onExport() {
        await download({
            url: "/xb_pricing/export",
            data: { data: JSON.stringify({ domain: this.domain, what_if: this.whatIf }) },
        });
    }
}

registry.category("actions").add("xb_pricing.workbench", PriceWorkbench);
