import { registry } from "@web/core/registry";

/** Opens an entry of the Finance menu, whatever its language and however wide the window is. */
function menu(section, item) {
    return [
        {
            content: "Finance, and what is beneath it",
            trigger: `.o_main_navbar .o_menu_sections [data-menu-xmlid='${section}']`,
            run: "click",
        },
        {
            trigger: `.o-dropdown--menu [data-menu-xmlid='${item}']`,
            run: "click",
        },
    ];
}

/** Month end: a statement is tied and posted, the profit read to its journal items, the month closed. */
registry.category("web_tour.tours").add("xb_finance_reports_month_end", {
    steps: () => [
        {
            content: "The settlement with an open line",
            trigger: ".o_data_row:has(.o_data_cell:contains(TOUR-1)) .o_data_cell[name=name]",
            run: "click",
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
        ...menu("xb_finance.menu_finance", "xb_finance_reports.menu_profit_loss"),
        {
            content: "The month's profit and loss has figures",
            trigger: "table.mis_builder .mis_builder_drilldown:contains(100.00)",
            run: "click",
        },
        {
            content: "A figure is its journal items",
            trigger: ".o_list_view .o_data_row:contains(TOUR-1)",
        },
        ...menu("xb_finance.menu_finance", "xb_finance_reports.menu_balance_sheet"),
        {
            content: "The balance sheet balances",
            trigger: "table.mis_builder tr:last-child:contains(0.00)",
        },
        ...menu("xb_finance.menu_finance", "xb_finance_reports.menu_vat_country"),
        {
            content: "VAT by country",
            trigger: ".o_pivot table",
        },
        ...menu("xb_finance.menu_finance", "xb_finance.xb_period_close_menu"),
        {
            content: "Nothing is in the way",
            trigger: ".modal .alert-success:visible",
        },
        {
            content: "Close the month",
            trigger: ".modal button[name=action_close]:visible",
            run: "click",
        },
        {
            content: "Closed",
            trigger: ".o_notification .bg-success, .o_notification.border-success, .o_notification",
        },
    ],
});
