import { registry } from "@web/core/registry";

/**
 * The Python side opens the tour on an action whose name it has translated, so the breadcrumb
 * tells both the place and the language.
 */
const onAction = (name) => ({
    content: `The action is there, and it is called ${name}`,
    trigger: `.o_last_breadcrumb_item:contains(/^${name}$/)`,
});

const chooseLanguage = (code) => [
    {
        content: "Open the language menu",
        trigger: ".o_xb_language_switcher button",
        run: "click",
    },
    {
        content: `Choose ${code}`,
        trigger: `.o_xb_language_switcher_menu [data-lang=${code}][aria-checked=false]`,
        run: "click",
        expectUnloadPage: true,
    },
];

registry.category("web_tour.tours").add("xb_base_topbar_language", {
    steps: () => [
        onAction("Clockwork parts"),
        { trigger: ".o_xb_language_switcher button:contains(EN)" },
        ...chooseLanguage("zh_CN"),
        onAction("钟表零件"),
        { trigger: ".o_xb_language_switcher button:contains(中)" },
        {
            content: "The same view, and the web client's own words in the new language",
            trigger: ".o_searchview_input[placeholder^='搜']",
        },
        { trigger: ".o_kanban_view" },
        ...chooseLanguage("en_US"),
        onAction("Clockwork parts"),
        { trigger: ".o_xb_language_switcher button:contains(EN)" },
        { trigger: ".o_kanban_view" },
    ],
});

registry.category("web_tour.tours").add("xb_base_topbar_clock", {
    steps: () => [
        {
            content: "The shop's clock is beside the user's",
            trigger: ".o_xb_world_clock_chip:contains(Tokyo):contains(Berlin)",
        },
        {
            content: "Open the clocks by keyboard",
            trigger: ".o_xb_world_clock button",
            run: "press alt+shift+z",
        },
        {
            content: "The shop is named beside its clock",
            trigger: ".o_xb_world_clock_row[data-zone='Asia/Tokyo']:contains(Tour shop)",
        },
        {
            content: "Go down to the second clock",
            trigger: ".o_xb_world_clock_menu",
            run: "press ArrowDown",
        },
        {
            trigger: ".o_xb_world_clock_row[data-zone='Europe/Berlin'].focus",
            run: "press ArrowDown",
        },
        {
            content: "and into its shops",
            trigger: ".o_xb_world_clock_row[data-zone='Asia/Tokyo'].focus",
            run: "press Enter",
        },
        { trigger: ".o_last_breadcrumb_item:contains(Shops in Tokyo)" },
        { trigger: ".o_list_view .o_data_cell:contains(Tour shop)" },
    ],
});
