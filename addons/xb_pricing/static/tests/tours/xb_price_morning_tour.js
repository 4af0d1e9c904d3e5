import { registry } from "@web/core/registry";

/** The owner's morning: watch, simulate, approve, publish. Works in any language. */
registry.category("web_tour.tours").add("xb_price_morning", {
    steps: () => [
        {
            content: "The watch screen names the listing that loses money",
            trigger: ".o_list_view .o_data_row:contains(T-P-MUG)",
        },
        {
            content: "Choose it",
            trigger: ".o_list_view .o_data_row:contains(T-P-MUG) .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Open the workbench on it",
            trigger: "button[name=action_explain_price]",
            run: "click",
        },
        {
            content: "The computed price stands beside today's",
            trigger: ".o_xb_row .o_xb_new:contains(7.99)",
        },
        {
            content: "Its waterfall ends in a profit",
            trigger: ".o_xb_waterfall .total:contains(14.77)",
        },
        {
            content: "Try a higher target",
            trigger: ".o_xb_what_if_target",
            run: "edit 10",
        },
        {
            content: "The price follows, and nothing can be published while trying",
            trigger: ".o_xb_workbench:has(.o_xb_ask:disabled) .o_xb_row .o_xb_new:contains(8.99)",
        },
        {
            content: "Clear what was tried",
            trigger: ".o_xb_left .fa-undo",
            run: "click",
        },
        {
            trigger: ".o_xb_row .o_xb_new:contains(7.99)",
        },
        {
            content: "Ask for approval",
            trigger: ".o_xb_ask:enabled",
            run: "click",
        },
        {
            content: "Approve it",
            trigger: ".o_xb_approve:enabled",
            run: "click",
        },
        {
            content: "Publish it",
            trigger: ".o_xb_publish:enabled",
            run: "click",
        },
        {
            content: "It can be undone",
            trigger: ".o_xb_undo:enabled",
        },
        {
            content: "Today's price is the computed one",
            trigger: ".o_xb_row td:nth-child(2):contains(7.99)",
        },
    ],
});
