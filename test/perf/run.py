"""The harness' own arithmetic and bookkeeping: verdicts, data sets, rivals, counts, reports. Nothing is timed.

Usage: run.py [CASE...]   (in module.Class.case form; all without)
"""
import os
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "..", "perf")]

loader = unittest.TestLoader()
suite = loader.loadTestsFromNames(sys.argv[1:]) if sys.argv[1:] else loader.discover(HERE, "*_test.py")
sys.exit(not unittest.TextTestRunner().run(suite).wasSuccessful())
