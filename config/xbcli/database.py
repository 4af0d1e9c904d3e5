"""Make a database with the suite, keep it at the code's version, refuse a stranger's."""

import base64
import configparser
import hashlib
import os
import re
import secrets
import shutil
import subprocess

from . import proc, venv
from .odoo_source import SERIES, addon_folders
from .paths import REPOSITORY, SUITE, addons, companions, write_private
from .ui import Failure

# The core addons that the suite stands on: installed once, kept as a template, so that a change
# of ours costs seconds and not a minute.
CORE = ("sale_management", "sale_stock", "sale_margin", "stock_delivery", "purchase_stock",
        "stock_landed_costs", "account", "account_payment", "payment_paypal", "queue_job")
# The first one is the language of new users.
LANGUAGES = "en_US,zh_CN"
ADDONS = REPOSITORY / "addons"
MODULE_LINE = re.compile(r"Loading module (\w+) \((\d+)/(\d+)\)")


def configure(home, server, database, *, port=0, interface="127.0.0.1", data=None, name=None):
    """Write the configuration file of one database.

    :return: its path
    """
    config = configparser.ConfigParser(interpolation=None)
    config.read(REPOSITORY / "config" / "odoo.conf", encoding="utf-8")
    tree = _tree(home)
    folders = [*addon_folders(tree), venv.addons(home), ADDONS]
    options = {
        "addons_path": ",".join(str(folder) for folder in folders if folder),
        "data_dir": str(data or home.data),
        # Alone, without a dbfilter: with one, Odoo asks the cluster for its databases at every
        # request that has no session, and webhooks and integrators have none.
        "db_name": database,
        # Claims are decided on a connection of their own: 64 clients at once need twice as many.
        "db_maxconn": "130",
        "http_interface": interface,
        "http_port": str(port or 8069),
        "admin_passwd": _admin_password(home),
        **server.options(),
    }
    for key, value in options.items():
        config["options"][key] = value
    config["queue_job"]["host"] = "127.0.0.1"  # its port is given to the process, see server.py
    path = home.run / f"{name or database}.conf"
    text = []
    for section in config.sections():
        text.append(f"[{section}]\n")
        text += [f"{key} = {value}\n" for key, value in config[section].items()]
    write_private(path, "".join(text))
    return path


def _tree(home):
    link = next(home.venv.glob(f"lib/python3.*/site-packages/{venv.PTH}"))
    return type(home.root)(link.read_text().strip())


def _admin_password(home):
    """The database manager is off; its password is a random one all the same."""
    path = home.root / "master-password"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text().strip()


def environment(home, **more):
    """What Odoo's process needs to know besides its configuration file."""
    keys = home.root / "secret.keys"
    if not keys.exists():
        name = secrets.token_hex(3)
        write_private(keys, f"k{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}\n")
    for name in ("metrics.token", "simulator.seed"):
        if not (home.root / name).exists():
            write_private(home.root / name, secrets.token_urlsafe(32) + "\n")
    given = {
        "XB_METRICS_TOKEN": (home.root / "metrics.token").read_text().strip(),
        "XB_SIMULATOR_SEED": (home.root / "simulator.seed").read_text().strip(),
    }
    if not os.environ.get("XB_SECRET_KEYS"):
        given["XB_SECRET_KEY_FILE"] = str(keys)
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "ODOO_"))}
    return {**clean, "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1", **given, **more}


def exists(server, name):
    """Whether the database is there."""
    return bool(server.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def check_name(name):
    """:raise Failure: for a database name that would need quoting somewhere"""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise Failure(f"`{name}` is no good name for a database.",
                      "Use small letters, digits and underscores, a letter first.")


def create(server, name, template="template0"):
    """Make an empty database, or a copy of another one."""
    options = "ENCODING 'unicode' LC_COLLATE 'C' " if template == "template0" else ""
    server.sql("postgres", f'CREATE DATABASE "{name}" {options}TEMPLATE "{template}"')


def drop(server, name):
    """Remove a database, whoever is connected to it."""
    server.sql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def version(server, name):
    """The series a database was made by, False for one without Odoo.

    :return: e.g. "19.0"
    """
    found = server.sql(name, "SELECT latest_version FROM ir_module_module WHERE name = 'base'",
                       check=False)
    return ".".join(found[0][0].split(".")[:2]) if found and found[0][0] else False


def suite_installed(server, name):
    """Whether the suite itself is installed there."""
    query = f"SELECT 1 FROM ir_module_module WHERE name = '{SUITE}' AND state = 'installed'"
    return bool(server.sql(name, query, check=False))


def install(home, server, name, modules, step, *, demo, update=False, data=None):
    """Install or update modules, module by module in view.

    :param modules: their names; an update installs those that are not there yet
    :raise Failure: with the log's last error
    """
    config = configure(home, server, name, data=data, name=f"{name}.install")
    command = [home.python, "-m", "odoo", "-c", config, "-d", name, "--no-http",
               "--stop-after-init", "--max-cron-threads=0",
               "-i", ",".join(modules)]
    command += ["-u", ",".join(modules)] if update else []
    command += [f"--load-language={LANGUAGES}"] if not update else []
    command += ["--with-demo"] if demo else ["--without-demo=all"]
    output = proc.run(
        command,
        log=home.log / "install.log",
        step=step,
        on_line=_progress,
        env=environment(home),
        what=f"The database {name} cannot be built",
        remedy="The same command starts it anew; ./xb doctor looks for what is missing.",
    )
    # Odoo goes on without a module's demo data, and says so in a warning only.
    wrong = [line for line in output.splitlines()
             if re.search(r" (ERROR|CRITICAL) |demo data failed to install", line)]
    if wrong:
        raise proc.failure("\n".join(wrong), home.log / "install.log",
                           f"The database {name} was not built cleanly", "")
    if SUITE in modules or update:
        step.note("building the web client's files")
        shell(home, name, config, _ASSETS)


# The first page of a fresh database would otherwise take ten seconds longer; in the template of the
# tests every browser test would pay for it again.
_ASSETS = """
env["ir.qweb"]._pregenerate_assets_bundles()
env.cr.commit()
"""


def shell(home, name, config, code, **variables):
    """Run Python code in Odoo's shell, with `env` as superuser.

    :param variables: more environment variables
    :return: what it printed
    """
    done = subprocess.run(
        [str(home.python), "-m", "odoo", "shell", "-c", str(config), "-d", name, "--no-http",
         "--log-level=error"],
        input=code, text=True, check=False, capture_output=True,
        env=environment(home, **variables),
    )
    if done.returncode:
        log = home.log / "shell.log"
        log.write_text(done.stdout + done.stderr)
        raise proc.failure(done.stderr, log, f"The database {name} could not be prepared",
                           "Run the same command again.")
    return done.stdout


def _progress(line):
    found = MODULE_LINE.search(line)
    return f"{found[2]}/{found[3]} {found[1]}" if found else None


def code_digest(*modules):
    """A fingerprint of what a database is built from: our addons' files but their tests.

    :param modules: names of addons; all of them where none is given
    """
    total = hashlib.sha256()
    for path in sorted(ADDONS.rglob("*")):
        parts = path.relative_to(ADDONS).parts
        if modules and parts[0] not in modules:
            continue
        outside = {"tests", "__pycache__"} & set(parts) and "static" not in parts
        if outside or not path.is_file() or path.suffix in (".md", ".pyc"):
            continue
        total.update("/".join(parts).encode() + b"\0" + path.read_bytes() + b"\0")
    for lock in venv.LOCKS["run"]:
        total.update(lock.read_bytes())
    return total.hexdigest()[:16]


def prepare(home, server, name, step, *, demo):
    """The database `./xb up` serves: made where missing, updated where the code moved on.

    It is built under another name first: a build that is broken off leaves nothing half-done.
    :raise Failure: when a database of that name is not ours or of another series
    """
    digest = code_digest()
    mark = home.run / f"{name}.built"
    if exists(server, name):
        found = version(server, name)
        if not found:
            raise Failure(f"The database {name} is not an Odoo database.",
                          "Choose another name with --db.")
        if found != SERIES:
            raise Failure(f"The database {name} is of Odoo {found}, and this is Odoo {SERIES}.",
                          "Choose another name with --db, or upgrade that database first.")
        if suite_installed(server, name):
            if mark.exists() and mark.read_text() == digest:
                step.result("already there")
                return
            install(home, server, name, addons(), step, demo=demo, update=True)
            step.result("updated to this code")
        else:
            install(home, server, name, [SUITE, *companions()], step, demo=demo)
            step.result("the suite was added to it")
        mark.write_text(digest)
        return
    home.need_room()
    fresh = f"{name}__new"
    drop(server, fresh)
    shutil.rmtree(home.data / "filestore" / fresh, ignore_errors=True)
    create(server, fresh)
    install(home, server, fresh, [*CORE, SUITE, *companions()], step, demo=demo)
    if not demo:
        _close_admin(home, server, fresh)
    rename(home, server, fresh, name)
    mark.write_text(digest)


def rename(home, server, old, new):
    """Give a database and its files another name."""
    server.sql("postgres", f'ALTER DATABASE "{old}" RENAME TO "{new}"')
    files = home.data / "filestore"
    if (files / old).exists():
        shutil.rmtree(files / new, ignore_errors=True)
        (files / old).rename(files / new)


def _close_admin(home, server, name):
    """Without demo data this is somebody's real company: no well-known password."""
    password = secrets.token_urlsafe(12)
    config = configure(home, server, name, name=f"{name}.install")
    code = "env.ref('base.user_admin').password = __import__('os').environ['XB_NEW_PASSWORD']\n"
    shell(home, name, config, code + "env.cr.commit()\n", XB_NEW_PASSWORD=password)
    write_private(home.root / f"{name.removesuffix('__new')}.admin", password + "\n")


def clone(home, server, template, name, *, data=None):
    """A copy of a database and its files; the files are hard links (Odoo never writes in them)."""
    drop(server, name)
    create(server, name, template)
    files = (data or home.data) / "filestore"
    shutil.rmtree(files / name, ignore_errors=True)
    if (files / template).exists():
        shutil.copytree(files / template, files / name, copy_function=os.link)


def template(home, server, step, *, data):
    """The template for tests: core addons once, ours on top, rebuilt when either changed.

    :return: name of the database
    """
    core = f"tpl_core_{hashlib.sha256(repr((CORE, SERIES)).encode()).hexdigest()[:8]}"
    full = f"tpl_xb_{code_digest()}"
    if exists(server, full):
        step.result("already there")
        return full
    home.need_room()
    if not exists(server, core):
        _build(home, server, core, "template0", CORE, step, data)
    for (old,) in server.sql("postgres", "SELECT datname FROM pg_database "
                                         "WHERE datname LIKE 'tpl_xb_%'"):
        drop(server, old)
        shutil.rmtree(data / "filestore" / old, ignore_errors=True)
    _build(home, server, full, core, [SUITE], step, data)
    return full


def _build(home, server, name, base, modules, step, data):
    fresh = f"{name}__new"
    files = data / "filestore"
    if base == "template0":
        drop(server, fresh)
        shutil.rmtree(files / fresh, ignore_errors=True)
        create(server, fresh)
    else:
        clone(home, server, base, fresh, data=data)
    install(home, server, fresh, modules, step, demo=True, data=data)
    server.sql("postgres", f'ALTER DATABASE "{fresh}" RENAME TO "{name}"')
    if (files / fresh).exists():
        shutil.rmtree(files / name, ignore_errors=True)
        (files / fresh).rename(files / name)
