"""What `./xb test` and `./xb bench` prepared, read from the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

from xbcli.paths import Home
from xbcli.postgres import Server


@dataclass(frozen=True)
class Place:
    """The places of one run.

    :ivar Home home: XB_HOME
    :ivar Server pg: the test cluster
    :ivar str template: the database to clone
    :ivar str browser: path of a browser; `no_browser` says why there is none
    """

    home: Home
    pg: Server
    template: str
    browser: str
    no_browser: str

    @classmethod
    def from_environment(cls, environ=os.environ):
        """:return: Place, or False outside `./xb test`"""
        if not environ.get("XB_TEST_TEMPLATE"):
            return False
        pg = Server(
            environ.get("XB_TEST_DB_HOST", ""),
            environ.get("XB_TEST_DB_PORT", ""),
            environ.get("XB_TEST_DB_USER", ""),
            environ.get("XB_TEST_DB_PASSWORD", ""),
            Path(environ["XB_TEST_PG_BINARIES"]),
            Path(environ["XB_TEST_PG_FOLDER"]),
        )
        return cls(
            Home(Path(environ["XB_TEST_HOME"])),
            pg,
            environ["XB_TEST_TEMPLATE"],
            environ.get("XB_TEST_BROWSER", ""),
            environ.get("XB_TEST_NO_BROWSER", ""),
        )

    @property
    def data(self):
        """Folder of the files that belong to the test databases."""
        return self.home.root / "data-test"
