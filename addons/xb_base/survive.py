"""Go on after PostgreSQL was restarted or has crashed.

Two places of core do not, in a server that runs threads (`workers = 0`): the thread of the
scheduled actions ends when it cannot connect again at once, and nothing is scheduled any more until
somebody restarts Odoo; and each connection left in the pool makes one request fail, because
psycopg2 reports a killed server as ``DatabaseError``, which the pool does not expect.

A third one of queue_job: its runner looks for jobs whose process was killed when it starts, and
leaves those alone that began in the last ten seconds. Where nothing else happens it looks again
after a minute: that long an import that was cut off would stand still.

What is about threads takes effect where this addon is loaded with the server
(``--load=base,web,queue_job,xb_base``).
"""

import functools
import logging
import time

import psycopg2

from odoo.service.server import ThreadedServer
from odoo.sql_db import PoolError, PsycoConnection

from odoo.addons.queue_job.jobrunner import runner

_logger = logging.getLogger(__name__)

PAUSE = 5  # seconds until the database is asked again
LOOK_FOR_THE_DEAD = 10  # seconds after which the runner looks for jobs that were cut off


def outlive_the_database(run):
    """Have the thread of the scheduled actions come back when the database does.

    :param run: ``ThreadedServer.cron_thread``
    :return: what replaces it
    """

    @functools.wraps(run)
    def cron_thread(self, number):
        while True:
            try:
                return run(self, number)
            except (psycopg2.Error, PoolError) as error:
                _logger.warning(
                    "cron%d: the database is away, asking again in %d s: %s",
                    number, PAUSE, str(error).strip(),
                )
                time.sleep(PAUSE)

    return cron_thread


def name_lost_connections(reset):
    """Have a connection that was lost say so in the words that the pool understands.

    :param reset: ``PsycoConnection.reset``
    :return: what replaces it
    """

    @functools.wraps(reset)
    def reset_or_lost(self):
        try:
            reset(self)
        except psycopg2.DatabaseError as error:
            if self.closed:
                raise psycopg2.OperationalError(str(error)) from error
            raise

    return reset_or_lost


def post_load():
    """Put all of it in place, once per process."""
    runner.SELECT_TIMEOUT = LOOK_FOR_THE_DEAD
    if not hasattr(ThreadedServer.cron_thread, "__wrapped__"):
        ThreadedServer.cron_thread = outlive_the_database(ThreadedServer.cron_thread)
        PsycoConnection.reset = name_lost_connections(PsycoConnection.reset)
