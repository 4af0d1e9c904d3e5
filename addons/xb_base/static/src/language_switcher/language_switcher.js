import { browser } from "@web/core/browser/browser";
import { router } from "@web/core/browser/router";
import { useCommand } from "@web/core/commands/command_hook";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownGroup } from "@web/core/dropdown/dropdown_group";
import { useDropdownState } from "@web/core/dropdown/dropdown_hooks";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { pyToJsLocale } from "@web/core/l10n/utils";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { session } from "@web/session";
import { clearUncommittedChanges } from "@web/webclient/actions/action_service";

import { Component } from "@odoo/owl";

import { useFocusOnClose } from "../utils/dropdown_focus";
import { ownLanguageName, shortLanguageCode } from "./language_utils";

/**
 * Language of the current user, one click away. The choice is written on the user (`lang` is a
 * self-writeable field, so no right is needed) and the page is loaded again at its own URL:
 * terms are translated on the server too, so nothing less than a load shows one language only.
 */
export class LanguageSwitcher extends Component {
    static template = "xb_base.LanguageSwitcher";
    static components = { Dropdown, DropdownGroup, DropdownItem };
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dropdown = useDropdownState();
        this.onMenuStateChanged = useFocusOnClose("toggle");
        this.isSwitching = false;
        useCommand(_t("Switch language"), () => this.dropdown.open());
    }

    get languages() {
        const installed = session.xb_languages || [];
        const codes = installed.map(([code]) => code);
        return installed.map(([code, name]) => ({
            code,
            locale: pyToJsLocale(code),
            name: ownLanguageName(name),
            shortCode: shortLanguageCode(code, codes),
            isCurrent: code === user.context.lang,
        }));
    }

    get current() {
        const { lang } = user.context;
        return (
            this.languages.find((language) => language.isCurrent) || {
                name: lang,
                shortCode: shortLanguageCode(lang),
            }
        );
    }

    get buttonTitle() {
        return _t("Language: %s", this.current.name);
    }

    /**
     * @param {{ code: string, isCurrent: boolean }} language
     */
    async onLanguageSelected(language) {
        if (language.isCurrent || this.isSwitching) {
            return;
        }
        this.isSwitching = true;
        try {
            // Saves what is being edited, as leaving a form does. Where that is refused (invalid
            // or conflicting values) the view has said why, and the user stays in it.
            if (!(await clearUncommittedChanges(this.env))) {
                return;
            }
            await this.orm.write("res.users", [user.userId], { lang: language.code });
            this.prepareReload(language);
            // Not `replace`: a record saved just now may still have its id on the way to the URL.
            router.pushState({}, { reload: true });
        } finally {
            this.isSwitching = false;
        }
    }

    /**
     * Makes the loaded page the same place in the new language, through what the web client
     * itself keeps in the browser.
     *
     * @param {{ locale: string }} language the language the page will be loaded in
     */
    prepareReload(language) {
        // Menus are kept by registry, not by language: they would show in the old one first.
        browser.localStorage.removeItem("webclient_menus_version");
        const action = this.action.currentController?.action;
        if (action?.type !== "ir.actions.act_window" || action.id) {
            return;
        }
        // An action that a button made up has no id to be loaded by; it lives in the session
        // storage, which the action service empties when it sees another language. Telling it
        // the new language keeps the user's place, at the price of a title in the old one.
        browser.sessionStorage.setItem("current_lang", language.locale);
        const state = JSON.parse(browser.sessionStorage.getItem("current_state") || "{}");
        for (const step of state.actionStack || []) {
            if (step.action || step.resId) {
                delete step.displayName; // fetched anew, translated, when absent
            }
        }
        browser.sessionStorage.setItem("current_state", JSON.stringify(state));
    }
}

registry.category("systray").add(
    "xb_base.language_switcher",
    {
        Component: LanguageSwitcher,
        isDisplayed: () => (session.xb_languages || []).length > 1,
    },
    { sequence: 2 } // just left of the company and the user
);
