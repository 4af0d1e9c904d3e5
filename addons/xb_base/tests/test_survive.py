from unittest.mock import Mock, patch

import psycopg2

from odoo.service.server import ThreadedServer
from odoo.sql_db import PsycoConnection
from odoo.tests import BaseCase
from odoo.tools import mute_logger

from odoo.addons.queue_job.jobrunner import runner
from odoo.addons.xb_base import survive
from odoo.addons.xb_base.db import is_database_trouble


class TestSurvive(BaseCase):
    def test_all_is_put_in_place_once(self):
        self.addCleanup(setattr, runner, "SELECT_TIMEOUT", runner.SELECT_TIMEOUT)
        for owner, name in ((ThreadedServer, "cron_thread"), (PsycoConnection, "reset")):
            self.addCleanup(setattr, owner, name, getattr(owner, name))
        survive.post_load()
        thread, reset = ThreadedServer.cron_thread, PsycoConnection.reset
        survive.post_load()
        self.assertIs(ThreadedServer.cron_thread, thread)
        self.assertIs(PsycoConnection.reset, reset)
        self.assertTrue(hasattr(thread, "__wrapped__") and hasattr(reset, "__wrapped__"))
        self.assertEqual(self.wait_for_nothing(), [survive.LOOK_FOR_THE_DEAD])

    def wait_for_nothing(self):
        """How long queue_job's runner waits for something to happen when it expects nothing."""
        waits = []
        jobs = runner.QueueJobRunner(channel_config_string="root:1")
        with patch.object(runner, "select") as select:
            select.return_value.__enter__.return_value.select = lambda timeout: (
                waits.append(timeout) or [])
            jobs.wait_notification()
        return waits

    def test_the_thread_comes_back(self):
        run = Mock(
            side_effect=[
                psycopg2.OperationalError("the database system is in recovery mode"),
                psycopg2.DatabaseError("server closed the connection unexpectedly"),
                "ended",
            ],
            __name__="cron_thread",
        )
        with (
            patch.object(survive.time, "sleep") as sleep,
            mute_logger("odoo.addons.xb_base.survive"),
        ):
            self.assertEqual(survive.outlive_the_database(run)("server", 0), "ended")
        self.assertEqual([call.args for call in sleep.call_args_list], [(survive.PAUSE,)] * 2)

    def test_a_mistake_in_the_thread_is_not_repeated(self):
        run = Mock(side_effect=ValueError, __name__="cron_thread")
        with self.assertRaises(ValueError):
            survive.outlive_the_database(run)("server", 0)

    def test_a_lost_connection_is_one_to_replace(self):
        def reset(_connection):
            raise psycopg2.DatabaseError("server closed the connection unexpectedly")

        reset = survive.name_lost_connections(reset)
        with self.assertRaises(psycopg2.OperationalError):
            reset(Mock(closed=2))
        with self.assertRaises(psycopg2.DatabaseError) as caught:
            reset(Mock(closed=0))
        self.assertNotIsInstance(caught.exception, psycopg2.OperationalError)


class TestDatabaseTrouble(BaseCase):
    def test_what_says_nothing_about_the_work(self):
        for error in (
            psycopg2.DatabaseError("server closed the connection unexpectedly"),
            psycopg2.OperationalError(),
            psycopg2.errors.SerializationFailure(),
            psycopg2.InterfaceError(),
        ):
            self.assertTrue(is_database_trouble(error), error)
        for error in (
            psycopg2.IntegrityError(),
            psycopg2.DataError(),
            psycopg2.ProgrammingError(),
            ValueError(),
        ):
            self.assertFalse(is_database_trouble(error), error)
