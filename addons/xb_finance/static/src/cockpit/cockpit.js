import {
    Component,
    onMounted,
    onPatched,
    onWillStart,
    onWillUnmount,
    useRef,
    useState,
} from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { KeepLast } from "@web/core/utils/concurrency";
import { Layout } from "@web/search/layout";
import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";
import { formatMonetary } from "@web/views/fields/formatters";
import { loadBundle } from "@web/core/assets";
import { registry } from "@web/core/registry";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";

const STATES = {
    held: { icon: "fa-exclamation-triangle text-danger", label: _t("Held") },
    open: { icon: "fa-question-circle text-warning", label: _t("Open Lines") },
    ready: { icon: "fa-check text-muted", label: _t("Ready") },
    posted: { icon: "fa-book text-muted", label: _t("Posted") },
};
const COLUMNS = [
    { key: "sales", label: _t("Sales") },
    { key: "refunds", label: _t("Refunds") },
    { key: "fees", label: _t("Fees") },
    { key: "net", label: _t("Net Margin") },
    { key: "at_platforms", label: _t("At the Platforms") },
    { key: "cash", label: _t("Cash Expected") },
];
const SHOWN = 8;

/** Sales, margins, fees and cash of a period; every figure opens what it is made of. */
export class FinanceCockpit extends Component {
    static template = "xb_finance.Cockpit";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.canvas = useRef("canvas");
        this.keepLast = new KeepLast();
        this.display = { controlPanel: {} };
        this.columns = COLUMNS;
        this.shown = SHOWN;
        this.periods = [
            { days: 7, label: _t("7 days") },
            { days: 30, label: _t("30 days") },
            { days: 90, label: _t("90 days") },
            { days: 365, label: _t("1 year") },
        ];
        const { days = 90, shop = false, company = false } = this.props.state || {};
        this.state = useState({
            data: null,
            error: "",
            loading: true,
            allCash: false,
            days,
            shop,
            company,
        });
        useSetupAction({
            getLocalState: () => ({
                days: this.state.days,
                shop: this.state.shop,
                company: this.state.company,
            }),
        });
        onWillStart(() => loadBundle("web.chartjs_lib"));
        onMounted(() => this.load());
        onPatched(() => this.draw());
        onWillUnmount(() => this.chart && this.chart.destroy());
    }

    async load() {
        this.state.loading = true;
        try {
            this.state.data = await this.keepLast.add(
                this.orm.call("xb.finance.cockpit", "get_cockpit", [
                    this.state.days,
                    this.state.shop,
                    this.state.company,
                ])
            );
            this.state.error = "";
        } catch (error) {
            this.state.error = (error.data && error.data.message) || error.message;
        }
        this.state.loading = false;
    }

    choose(changes) {
        Object.assign(this.state, changes);
        return this.load();
    }

    /** Ask again; without a page yet, without what was chosen on another day. */
    retry() {
        return this.state.data ? this.load() : this.choose({ shop: false, company: false });
    }

    onShop(ev) {
        return this.choose({ shop: parseInt(ev.target.value, 10) || false });
    }

    onCompany(ev) {
        return this.choose({ company: parseInt(ev.target.value, 10) || false, shop: false });
    }

    // Words and numbers

    money(amount, currencyId = this.state.data.currency_id) {
        return amount === false ? _t("no rate") : formatMonetary(amount, { currencyId });
    }

    percent(share) {
        return `${formatFloat(share, { digits: [16, 1] })} %`;
    }

    day(day) {
        return day ? formatDate(deserializeDate(day)) : _t("No day");
    }

    status(state) {
        return STATES[state];
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

    /** Width of a bar, percent of the widest. */
    barWidth(value, amounts) {
        return (100 * Math.abs(value)) / Math.max(...amounts.map(Math.abs), 0.01);
    }

    componentWidth(item) {
        return this.barWidth(
            item.amount,
            this.state.data.components.map(({ amount }) => amount)
        );
    }

    cashWidth(item) {
        return this.barWidth(
            item.value,
            this.state.data.cash.map(({ value }) => value)
        );
    }

    get unknownText() {
        return _t(
            "No rate is known of %s: what is in it is in no sum.",
            this.state.data.unknown.join(", ")
        );
    }

    get ratesText() {
        const rates = this.state.data.rates.map(({ name, rate, day }) =>
            _t("1 %(currency)s = %(amount)s (%(day)s)", {
                currency: name,
                amount: this.exact(rate),
                day: this.day(day),
            })
        );
        return _t("Closing rates of cash and balances: %s.", rates.join(" · "));
    }

    get averageText() {
        const { companies, currency_id } = this.state.data;
        return companies.some((company) => company.currency_id !== currency_id)
            ? _t("Sales, margins, fees and refunds: average rate of each month.")
            : "";
    }

    exact(rate) {
        return formatMonetary(rate, {
            currencyId: this.state.data.currency_id,
            digits: [16, rate < 0.1 ? 6 : 4],
        });
    }

    get staleText() {
        const { stale } = this.state.data.open;
        const several = this.state.data.companies.length > 1;
        return _t(
            "stale rates: %s",
            stale
                .map(({ company, currencies }) =>
                    several ? `${company} ${currencies.join(", ")}` : currencies.join(", ")
                )
                .join(" · ")
        );
    }

    get isClear() {
        const { held, lines, charges, differences, stale } = this.state.data.open;
        return !(held || lines || charges || differences || stale.length);
    }

    get hasMoney() {
        return this.state.data.companies.some(({ currencies }) => currencies.length);
    }

    get cashRows() {
        const { cash } = this.state.data;
        return this.state.allCash ? cash : cash.slice(0, SHOWN);
    }

    get showAllText() {
        return _t("Show all %s", this.state.data.cash.length);
    }

    showAllCash() {
        this.state.allCash = true;
    }

    cashName(item) {
        return item.count > 1
            ? _t("%(name)s and %(count)s more", { name: item.name, count: item.count - 1 })
            : item.name;
    }

    total(key) {
        return this.state.data.companies.reduce((sum, row) => sum + (row[key].value || 0), 0);
    }

    /** A figure of the table: what it shows, and beneath it what that is in the other currency. */
    figures(cell, currencyId, otherId) {
        return {
            amount: this.money(cell.amount, currencyId),
            value: currencyId === otherId ? "" : this.money(cell.value, otherId),
            isNegative: cell.amount < 0,
        };
    }

    // What is behind a figure

    openCell(company, currency, key) {
        const own = [["company_id", "=", company.id]];
        if (currency) {
            own.push(["currency_id", "=", currency.id]);
        }
        if (key === "cash") {
            return this.openSettlements([...this.state.data.cash_domain, ...own]);
        }
        if (key === "at_platforms") {
            return this.openList("account.move.line", _t("At the Platforms"), [
                ["account_id", "in", company.account_ids],
                ["parent_state", "=", "posted"],
                ...own,
            ]);
        }
        return this.openProfit(this.state.data.columns[key], own, "list");
    }

    openProfit(components = [], more = [], first = "pivot") {
        const { from, to, companies } = this.state.data;
        const domain = [
            ["day", ">=", from],
            ["day", "<=", to],
            ["company_id", "in", companies.map(({ id }) => id)],
            ...more,
        ];
        if (components.length) {
            domain.push(["component", "in", components]);
        }
        if (this.state.shop) {
            domain.push(["shop_id", "=", this.state.shop]);
        }
        const views = ["pivot", "graph", "list"].sort((a, b) => (b === first) - (a === first));
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Order Profit"),
            res_model: "xb.order.profit",
            views: views.map((view) => [false, view]),
            domain,
        });
    }

    openList(model, name, domain) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            views: [
                [false, "list"],
                [false, "form"],
            ],
            domain,
        });
    }

    openSettlements(domain) {
        const { companies } = this.state.data;
        const own = [["company_id", "in", companies.map(({ id }) => id)]];
        if (this.state.shop) {
            own.push(["shop_id", "=", this.state.shop]);
        }
        return this.openList("xb.settlement", _t("Settlements"), [...own, ...domain]);
    }

    openCash(item) {
        return this.openSettlements([...this.state.data.cash_domain, ...item.domain]);
    }

    openAction(name) {
        return this.action.doAction(name);
    }

    // Chart

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
                onClick: (ev, [point]) =>
                    point && this.openProfit([], [["day", "=", data.trend[point.index][0]]]),
            },
        });
    }
}

registry.category("actions").add("xb_finance.cockpit", FinanceCockpit);
