import { registry } from "@web/core/registry";

/** Month end: an open line is tied, the settlement posted, its journal entry looked at. */
registry.category("web_tour.tours").add("xb_finance_month_end", {
    steps: () => [
        {
            content: "The settlement with an open line",
            trigger: ".o_data_row:has(.o_data_cell:contains(TOUR-1)) .o_data_cell[name=name]",
            run: "click",
        },
        {
            content: "Its header is an equation that holds",
            trigger: ".o_xb_equation .bg-success-subtle",
        },
        {
            content: "Take the suggested order",
            trigger: ".o_field_widget[name=open_line_ids] button[name=action_match_suggestion]",
            run: "click",
        },
        {
            content: "Nothing is open any more: post",
            trigger: "button[name=action_post]:visible",
            run: "click",
        },
        {
            content: "Posted",
            trigger: ".o_statusbar_status button[data-value=posted].o_arrow_button_current",
        },
        {
            content: "Look at the journal entry",
            trigger: "button[name=action_view_move]",
            run: "click",
        },
        { trigger: ".o_form_view .o_field_widget[name=line_ids] .o_data_row" },
    ],
});

/** The owner's question: what did this order earn? From the desk: order, tab, and the document. */
registry.category("web_tour.tours").add("xb_finance_order_profit", {
    steps: () => [
        {
            content: "First click: the order, on the desk",
            trigger: ".o_data_row .o_data_cell:contains(900001)",
            run: "click",
        },
        {
            content: "Second click: its profit",
            trigger: ".o_notebook .nav-link[name=xb_profit]",
            run: "click",
        },
        {
            content: "Facts are there",
            trigger: ".o_xb_waterfall .fa-check",
        },
        { trigger: ".o_xb_waterfall .fw-bold .bg-primary" },
        {
            content: "Third click: every component with its document",
            trigger: "button[name=action_xb_view_profit]:visible",
            run: "click",
        },
        { trigger: ".o_list_view .o_data_row:contains(TOUR-1)" },
    ],
});

/** Rates: cards and a chart. */
registry.category("web_tour.tours").add("xb_finance_rates", {
    steps: () => [
        {
            trigger: ".o_xb_rate_card[data-code=USD]",
            run: "click",
        },
        { trigger: ".o_xb_rate_card[data-code=USD][aria-pressed=true]" },
        { trigger: ".o_xb_rate_chart canvas" },
    ],
});

/** The cockpit of two companies: a figure opens its rows, the way back keeps what was chosen. */
registry.category("web_tour.tours").add("xb_finance_cockpit", {
    steps: () => [
        {
            content: "Dollars are a line of the first company",
            trigger:
                ".o_xb_money_company[data-company='Finance GmbH'] ~ .o_xb_money_currency[data-currency=USD] td[data-key=sales] button",
        },
        { trigger: ".o_xb_money_company[data-company='Second Ltd']" },
        {
            content: "Two currencies: there is a total, and the rate is named",
            trigger: ".o_xb_money_total td[data-key=sales]:contains('€')",
        },
        { trigger: ".o_xb_money_rates:contains(GBP)" },
        {
            content: "What is sold in dollars, by the keyboard",
            trigger:
                ".o_xb_money_company[data-company='Finance GmbH'] ~ .o_xb_money_currency[data-currency=USD] td[data-key=sales] button",
            run: "click",
        },
        {
            content: "Its rows",
            trigger: ".o_list_view .o_data_row:contains(Market)",
        },
        {
            trigger: ".breadcrumb-item a, .o_back_button",
            run: "click",
        },
        {
            content: "One company only",
            trigger: "select.o_xb_company",
            run: "selectByLabel Second Ltd",
        },
        {
            trigger:
                ".o_xb_cockpit:not(:has(.o_xb_money_total)) .o_xb_money_currency[data-currency=GBP]",
        },
        {
            content: "Its tile opens what it is made of",
            trigger: ".o_xb_tile[data-key=revenue]",
            run: "click",
        },
        { trigger: ".o_pivot" },
        {
            trigger: ".breadcrumb-item a, .o_back_button",
            run: "click",
        },
        {
            content: "The company is still chosen",
            trigger:
                ".o_xb_cockpit:not(:has(.o_xb_money_total)) .o_xb_money_currency[data-currency=GBP]",
        },
        {
            content: "The other company: the payout on its way",
            trigger: "select.o_xb_company",
            run: "selectByLabel Finance GmbH",
        },
        {
            trigger: ".o_xb_cash:contains(PAY-1)",
            run: "click",
        },
        { trigger: ".o_list_view .o_data_row:contains(PAY-1)" },
    ],
});
