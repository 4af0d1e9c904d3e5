import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, press, queryAllTexts, test } from "@odoo/hoot";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    getMockEnv,
    getService,
    models,
    mountWebClient,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
    serverState,
} from "@web/../tests/web_test_helpers";

import { browser } from "@web/core/browser/browser";
import { router } from "@web/core/browser/router";
import { registry } from "@web/core/registry";
import { session } from "@web/session";

import { LanguageSwitcher } from "@xb_base/language_switcher/language_switcher";

describe.current.tags("desktop");

class Book extends models.Model {
    _name = "book";
    name = fields.Char({ required: true });
    _records = [{ id: 7, name: "Dune" }];
    _views = {
        form: `<form><field name="name"/></form>`,
        list: `<list><field name="name"/></list>`,
    };
}
defineMailModels();
defineModels([Book]);

const MENU = ".o_xb_language_switcher_menu";

beforeEach(() => {
    serverState.lang = "en_US";
    patchWithCleanup(session, {
        xb_languages: [
            ["en_US", "English (US)"],
            ["de_DE", "German / Deutsch"],
            ["zh_CN", "Chinese, Simplified / 简体中文"],
        ],
    });
    patchWithCleanup(browser.location, { reload: () => expect.step("reload") });
    onRpc("res.users", "write", ({ args }) => {
        expect.step(["write", ...args]);
        return true;
    });
});

const choose = async (code) => {
    await contains(".o_xb_language_switcher button").click();
    await contains(`${MENU} [data-lang=${code}]`).click();
    await animationFrame();
};

test("languages are named by themselves, the current one is checked", async () => {
    await mountWithCleanup(LanguageSwitcher);
    expect(".o_xb_language_switcher button").toHaveText("EN");
    expect(".o_xb_language_switcher button").toHaveAttribute("title", "Language: English (US)");

    await contains(".o_xb_language_switcher button").click();
    expect(queryAllTexts(`${MENU} .o_xb_language span:first-of-type`)).toEqual([
        "English (US)",
        "Deutsch",
        "简体中文",
    ]);
    expect(`${MENU} [role=menuitemradio][aria-checked=true]`).toHaveCount(1);
    expect(`${MENU} [aria-checked=true]`).toHaveAttribute("data-lang", "en_US");
    expect(`${MENU} [data-lang=zh_CN]`).toHaveAttribute("lang", "zh-CN");
});

test("choosing a language writes it on the user, then loads the page again", async () => {
    browser.localStorage.setItem("webclient_menus_version", "1");
    await mountWithCleanup(LanguageSwitcher);
    await choose("zh_CN");
    expect.verifySteps([["write", [serverState.userId], { lang: "zh_CN" }], "reload"]);
    // else the menus would show in the old language first
    expect(browser.localStorage.getItem("webclient_menus_version")).toBe(null);
});

test("choosing the current language does nothing", async () => {
    await mountWithCleanup(LanguageSwitcher);
    await choose("en_US");
    expect.verifySteps([]);
});

test("a second choice while the first is on its way is not taken", async () => {
    const saved = new Deferred();
    await mountWithCleanup(LanguageSwitcher);
    getMockEnv().bus.addEventListener("CLEAR-UNCOMMITTED-CHANGES", ({ detail }) =>
        detail.push(() => saved)
    );
    await choose("zh_CN");
    await choose("de_DE");
    expect.verifySteps([]);
    saved.resolve();
    await animationFrame();
    expect.verifySteps([["write", [serverState.userId], { lang: "zh_CN" }], "reload"]);
});

test("a view that refuses to be left keeps its user and his language", async () => {
    await mountWithCleanup(LanguageSwitcher);
    let mayLeave = false;
    getMockEnv().bus.addEventListener("CLEAR-UNCOMMITTED-CHANGES", ({ detail }) =>
        detail.push(async () => mayLeave)
    );
    await choose("zh_CN");
    expect.verifySteps([]);
    mayLeave = true;
    await choose("zh_CN");
    expect.verifySteps([["write", [serverState.userId], { lang: "zh_CN" }], "reload"]);
});

test("by keyboard: hotkey, arrows, Enter; Escape closes", async () => {
    await mountWithCleanup(LanguageSwitcher);
    await press(["alt", "shift", "l"]);
    await animationFrame();
    await animationFrame();
    expect(MENU).toHaveCount(1);
    await press("ArrowDown");
    await animationFrame();
    expect(`${MENU} [data-lang=en_US]`).toBeFocused();
    await press("Escape");
    await animationFrame();
    expect(MENU).toHaveCount(0);
    expect(".o_xb_language_switcher button").toBeFocused();

    await press("Enter"); // on the button
    await animationFrame();
    await press("ArrowDown");
    await press("ArrowDown");
    await animationFrame();
    expect(`${MENU} [data-lang=de_DE]`).toBeFocused();
    await press("Enter");
    await animationFrame();
    await animationFrame();
    expect.verifySteps([["write", [serverState.userId], { lang: "de_DE" }], "reload"]);
});

test("not shown where there is no choice", async () => {
    const { isDisplayed } = registry.category("systray").get("xb_base.language_switcher");
    expect(isDisplayed()).toBe(true);
    patchWithCleanup(session, { xb_languages: [["en_US", "English (US)"]] });
    expect(isDisplayed()).toBe(false);
    patchWithCleanup(session, { xb_languages: undefined });
    expect(isDisplayed()).toBe(false);
});

test("a new record being edited is saved first, and is where the page comes back", async () => {
    onRpc("book", "web_save", ({ args }) => expect.step(["save", args[1].name]));
    await mountWebClient();
    await getService("action").doAction({
        type: "ir.actions.act_window",
        res_model: "book",
        views: [[false, "form"]],
    });
    await contains("[name=name] input").edit("Emma");
    await choose("zh_CN");
    await animationFrame();
    expect.verifySteps([
        ["save", "Emma"],
        ["write", [serverState.userId], { lang: "zh_CN" }],
        "reload",
    ]);
    expect(router.current.resId).toBe(8);
});

test("an invalid record is neither lost nor left", async () => {
    await mountWebClient();
    await getService("action").doAction({
        type: "ir.actions.act_window",
        res_model: "book",
        res_id: 7,
        views: [[false, "form"]],
    });
    await contains("[name=name] input").edit("");
    await choose("zh_CN");
    expect.verifySteps([]);
    expect("[name=name].o_field_invalid").toHaveCount(1);
});

test("an action without an id keeps its place in the browser's storage", async () => {
    await mountWebClient();
    await getService("action").doAction({
        type: "ir.actions.act_window",
        name: "Books of a button",
        res_model: "book",
        views: [
            [false, "list"],
            [false, "form"],
        ],
        domain: [["id", "=", 7]],
    });
    await animationFrame();
    expect(browser.sessionStorage.getItem("current_lang")).toBe("en-US");
    await choose("zh_CN");
    expect.verifySteps([["write", [serverState.userId], { lang: "zh_CN" }], "reload"]);
    // what the action service compares with the language of the page that loads
    expect(browser.sessionStorage.getItem("current_lang")).toBe("zh-CN");
    expect(JSON.parse(browser.sessionStorage.getItem("current_action")).domain).toEqual([
        ["id", "=", 7],
    ]);
});
