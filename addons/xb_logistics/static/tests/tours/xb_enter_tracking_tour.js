import { registry } from "@web/core/registry";

const TEXT = [
    `TOUR-1\tYT2677700000000001\tSwift Post`,
    `TOUR-2\tYT2677700000000002\t迅邮`,
    `TOUR-3\t9.40011E+21\tSwift Post`,
    `TOUR-NOWHERE\tYT2677700000000004\tSwift Post`,
    `TOUR-5\tYT2677700000000005\tSwft Pst`,
    `TOUR-6\tYT2677700000000006\tt_swift`,
].join("\n");

const dialog = ".modal:has(.o_form_view)";
const row = (index) => `${dialog} .o_data_row:nth-child(${index})`;
const cell = (index, name) => `${row(index)} td[name=${name}]`;

registry.category("web_tour.tours").add("xb_enter_tracking", {
    steps: () => [
        {
            content: "Open the dialog from the list of parcels",
            trigger: ".o_list_view .o_control_panel button:contains(Enter Tracking)",
            run: "click",
        },
        {
            content: "Paste six rows, as from a spreadsheet",
            trigger: `${dialog} div[name=paste] textarea`,
            run() {
                const box = this.anchor;
                box.focus();
                // What the browser does: put the text in the box, then the event.
                const clipboardData = new DataTransfer();
                clipboardData.setData("text/plain", TEXT);
                box.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, clipboardData }));
                box.value = TEXT;
            },
        },
        {
            content: "Three rows are refused",
            trigger: `${dialog} .modal-footer button:contains(Write 3 of 6)`,
        },
        {
            content: "The reason names the remedy",
            trigger: `${cell(3, "message")}:contains(Format the column as text)`,
        },
        { content: "Repair the number", trigger: cell(3, "number"), run: "click" },
        {
            trigger: `${cell(3, "number")} input`,
            run: "edit YT2677700000000003 && press Tab",
        },
        {
            content: "It is new now",
            trigger: `${dialog} .modal-footer button:contains(Write 4 of 6)`,
        },
        { content: "Repair the order", trigger: cell(4, "order_ref"), run: "click" },
        {
            trigger: `${cell(4, "order_ref")} input`,
            run: "edit TOUR-4 && press Tab",
        },
        { trigger: `${dialog} .modal-footer button:contains(Write 5 of 6)` },
        { content: "Choose the carrier", trigger: cell(5, "carrier_id"), run: "click" },
        { trigger: `${cell(5, "carrier_id")} input`, run: "edit Swift" },
        {
            trigger: ".o-autocomplete--dropdown-item:contains(Swift Post)",
            run: "click",
        },
        {
            content: "Nothing is refused any more",
            trigger: `${dialog} .modal-footer button:contains(Write 6 of 6)`,
            run: "click",
        },
        {
            content: "It says what was written",
            trigger: ".o_notification:contains(Written: 6 new)",
        },
        {
            content: "The parcels are in the list behind",
            trigger: "body:not(:has(.modal)) .o_data_row:contains(YT2677700000000004)",
        },
    ],
});
