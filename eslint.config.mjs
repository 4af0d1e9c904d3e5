import js from "@eslint/js";
import globals from "globals";

/** What Odoo's bundles put on the window before any module of ours runs. */
const odooGlobals = {
    Chart: "readonly",
    luxon: "readonly",
    odoo: "readonly",
    owl: "readonly",
};

export default [
    {
        ignores: [".xb/**", "node_modules/**", "**/static/lib/**"],
    },
    {
        ...js.configs.recommended,
        files: ["addons/*/static/**/*.js"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: { ...globals.browser, ...odooGlobals },
        },
        linterOptions: {
            reportUnusedDisableDirectives: "error",
        },
        rules: {
            ...js.configs.recommended.rules,
            "array-callback-return": "error",
            "consistent-return": "off",
            curly: "error",
            "default-case-last": "error",
            eqeqeq: ["error", "always", { null: "ignore" }],
            "max-depth": ["error", 4],
            "max-lines": ["error", 400],
            "max-lines-per-function": ["error", { max: 120, skipComments: true }],
            complexity: ["error", 10],
            "no-alert": "error",
            "no-console": ["error", { allow: ["error", "warn"] }],
            "no-else-return": "error",
            "no-eval": "error",
            "no-implied-eval": "error",
            "no-loop-func": "error",
            "no-new-func": "error",
            "no-param-reassign": ["error", { props: false }],
            "no-restricted-globals": [
                "error",
                {
                    name: "event",
                    message: "Name the parameter of the handler.",
                },
            ],
            "no-self-compare": "error",
            "no-shadow": ["error", { builtinGlobals: false }],
            "no-template-curly-in-string": "error",
            "no-unused-vars": ["error", { args: "after-used", ignoreRestSiblings: true }],
            "no-use-before-define": ["error", { functions: false }],
            "no-useless-concat": "error",
            "no-var": "error",
            "object-shorthand": "error",
            "prefer-const": ["error", { destructuring: "all" }],
            "prefer-template": "error",
            radix: "error",
            yoda: "error",
        },
    },
    {
        // Suites of tests are long by nature, and one function deep
        files: ["addons/*/static/tests/**/*.js"],
        rules: {
            "max-lines": "off",
            "max-lines-per-function": "off",
            "no-shadow": "off",
        },
    },
    {
        files: ["eslint.config.mjs"],
        languageOptions: { sourceType: "module", globals: globals.node },
    },
];
