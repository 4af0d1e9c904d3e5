"""Exchange rates: the ECB's XML files and Frankfurter's JSON, from one made-up history."""

from .api import Rates

__all__ = ["Rates"]
