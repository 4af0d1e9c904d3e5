import {
    Component,
    onMounted,
    onPatched,
    onWillStart,
    onWillUnmount,
    useRef,
    useState,
} from "@odoo/owl";
import { Layout } from "@web/search/layout";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";
import { formatMonetary } from "@web/views/fields/formatters";
import { loadBundle } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useService } from "@web/core/utils/hooks";

const ICONS = {
    held: "fa-exclamation-triangle",
    open: "fa-question-circle",
    ready: "fa-check",
    posted: "fa-book",
};

/** Sales, margins, fees and cash of a period; every figure opens what it is made of. */
export class FinanceCockpit extends Component {
    static template = "xb_finance.Cockpit";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.canvas = useRef("canvas");
        this.display = { controlPanel: {} };
        this.periods = [
            { days: 7, label: _t("7 days") },
            { days: 30, label: _t("30 days") },
            { days: 90, label: _t("90 days") },
            { days: 365, label: _t("1 year") },
        ];
        this.state = useState({ data: null, days: 90, shop: false });
        onWillStart(async () => {
            await Promise.all([loadBundle("web.chartjs_lib"), this.load()]);
        });
        onMounted(() => this.draw());
        onPatched(() => this.draw());
        onWillUnmount(() => this.chart && this.chart.destroy());
    }

    async load() {
        this.state.data = await this.orm.call("xb.finance.cockpit", "get_cockpit", [
            this.state.days,
            this.state.shop,
        ]);
    }

    async choose(changes) {
        Object.assign(this.state, changes);
        await this.load();
    }

    onShop(ev) {
        return this.choose({ shop: parseInt(ev.target.value, 10) || false });
    }

    money(amount, currencyId = this.state.data.currency_id) {
        return formatMonetary(amount, { currencyId });
    }

    percent(share) {
        return `${formatFloat(share, { digits: [16, 1] })} %`;
    }

    icon(state) {
        return ICONS[state];
    }

    change(tile) {
        if (!tile.before) {
            return null;
        }
        const percent = (100 * (tile.amount - tile.before)) / Math.abs(tile.before);
        return {
            percent,
            text: `${percent > 0 ? "+" : ""}${formatFloat(percent, { digits: [16, 0] })} %`,
        };
    }

    barWidth(item) {
        const amounts = this.state.data.components.map(({ amount }) => Math.abs(amount));
        return (100 * Math.abs(item.amount)) / Math.max(...amounts, 0.01);
    }

    openProfit(component) {
        const domain = [["day", ">=", this.state.data.from]];
        if (component) {
            domain.push(["component", "=", component]);
        }
        if (this.state.shop) {
            domain.push(["shop_id", "=", this.state.shop]);
        }
        this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Order Profit"),
            res_model: "xb.order.profit",
            views: [
                [false, "pivot"],
                [false, "graph"],
                [false, "list"],
            ],
            domain,
        });
    }

    openSettlements(domain) {
        this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Settlements"),
            res_model: "xb.settlement",
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain,
        });
    }

    openSettlement(id) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "xb.settlement",
            res_id: id,
            views: [[false, "form"]],
        });
    }

    openAction(name) {
        this.action.doAction(name);
    }

    draw() {
        if (this.chart) {
            this.chart.destroy();
            this.chart = null;
        }
        const data = this.state.data;
        if (!data || !data.trend.length || !this.canvas.el) {
            return;
        }
        const style = getComputedStyle(document.documentElement);
        const colour = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
        this.chart = new Chart(this.canvas.el, {
            data: {
                labels: data.trend.map(([day]) => day),
                datasets: [
                    {
                        type: "bar",
                        order: 1,
                        label: _t("Sales"),
                        data: data.trend.map(([, revenue]) => revenue),
                        backgroundColor: colour("--primary", "#714B67"),
                    },
                    {
                        type: "line",
                        order: 0,
                        label: _t("Net Margin"),
                        data: data.trend.map(([, , profit]) => profit),
                        borderColor: colour("--success", "#28a745"),
                        pointRadius: 2,
                    },
                ],
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                scales: { x: { ticks: { maxTicksLimit: 10 } } },
            },
        });
    }
}

registry.category("actions").add("xb_finance.cockpit", FinanceCockpit);
