import { registry } from "@web/core/registry";

const column = (name) => `.o_kanban_group:has(.o_column_title:contains(${name}))`;
const card = (number) => `.o_kanban_record:contains(${number})`;

registry.category("web_tour.tours").add("xb_exceptions_board", {
    steps: () => [
        {
            content: "A parcel that customs holds is in its column, with its next step",
            trigger: `${column("Customs")} ${card("YT2677700000000091")}:contains(customs waits for)`,
        },
        {
            content: "A silent one is in another",
            trigger: `${column("No Movement")} ${card("YT2677700000000092")}`,
        },
        {
            content: "Take it on",
            trigger: `${card("YT2677700000000091")} button[name=action_issue_mine]`,
            run: "click",
        },
        {
            content: "It has an owner now, and nobody else is asked",
            trigger: `${card("YT2677700000000091")}:not(:has(button[name=action_issue_mine]))`,
        },
        {
            content: "Solve the other",
            trigger: `${card("YT2677700000000092")} button[name=action_issue_solved]`,
            run: "click",
        },
        {
            content: "It has left the board",
            trigger: `.o_kanban_view:not(:has(${card("YT2677700000000092")}))`,
        },
    ],
});
