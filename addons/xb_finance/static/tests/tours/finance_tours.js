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
