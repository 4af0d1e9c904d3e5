import { describe, expect, test } from "@odoo/hoot";

import { ownLanguageName, shortLanguageCode } from "@xb_base/language_switcher/language_utils";

describe.current.tags("headless");

test("short code: language alone where that is unambiguous", () => {
    expect(shortLanguageCode("en_US")).toBe("EN");
    expect(shortLanguageCode("zh_CN", ["en_US", "zh_CN"])).toBe("中");
    expect(shortLanguageCode("sr@latin", ["sr@latin"])).toBe("SR");
    expect(shortLanguageCode("eo")).toBe("EO");
});

test("short code: region too where two languages would look alike", () => {
    const codes = ["pt_BR", "pt_PT", "zh_CN", "zh_TW", "en_US"];
    expect(codes.map((code) => shortLanguageCode(code, codes))).toEqual([
        "PT-BR",
        "PT-PT",
        "简",
        "繁",
        "EN",
    ]);
    // one without a region of its own beside one with
    expect(shortLanguageCode("es", ["es", "es_419"])).toBe("ES");
    expect(shortLanguageCode("es_419", ["es", "es_419"])).toBe("ES-419");
});

test("own name is what follows the slash, or all of it", () => {
    expect(ownLanguageName("Chinese, Simplified / 简体中文")).toBe("简体中文");
    expect(ownLanguageName("Portuguese (BR) / Português (BR)")).toBe("Português (BR)");
    expect(ownLanguageName("English (US)")).toBe("English (US)");
});
