"""A browser window that works as a person does: looks, clicks, types; and takes pictures."""

import contextlib
from pathlib import Path

from playwright.sync_api import sync_playwright

FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--lang=en")
PATIENCE = 30_000  # milliseconds
ROOT = Path(__file__).resolve().parents[2]


class Window:
    """One page of a fresh browser, signed in to nothing.

    :ivar page: Playwright's page
    """

    def __init__(self, place, url, *, width=1440, height=900, pictures=None):
        self.place = place
        self.url = url
        self.size = {"width": width, "height": height}
        self.pictures = Path(pictures or place.home.root / "pictures")
        self.problems = []

    def __enter__(self):
        self.pictures.mkdir(parents=True, exist_ok=True)
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=self.place.browser, args=list(FLAGS))
        self.page = self._browser.new_page(viewport=self.size, locale="en-GB",
                                           timezone_id="Europe/Berlin")
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        return self

    def __exit__(self, *exception):
        self._browser.close()
        self._playwright.stop()

    def sign_in(self, login, password=None):
        """Through the login page."""
        self.page.goto(f"{self.url}/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", password or login)
        self.page.click("button[type=submit]")
        self.page.wait_for_selector(".o_main_navbar")

    def open(self, action):
        """An action by its external id, e.g. `xb_orders.sale_order_action`."""
        self.page.goto(f"{self.url}/odoo/action-{action}")
        self.page.wait_for_selector(".o_action_manager .o_control_panel, .o_form_view, .o_action")

    @contextlib.contextmanager
    def slow_line(self, milliseconds=1000):
        """Every answer of the server takes so much longer."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("Network.enable")
        slow = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
        session.send("Network.emulateNetworkConditions", {**slow, "latency": milliseconds})
        try:
            yield
        finally:
            session.send("Network.emulateNetworkConditions", {**slow, "latency": 0})
            session.detach()

    def picture(self, name):
        """Save what is to be seen; returns the path."""
        path = self.pictures / f"{name}.png"
        self.page.screenshot(path=str(path))
        return path
