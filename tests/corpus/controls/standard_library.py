"""Imports much of the standard library, and several submodules of numpy."""

# Appended to the reference of k-means, which defines the names that are not defined here (see entries.py).

import argparse, array, asyncio, bisect, collections, contextlib, copy, csv, datetime, decimal, fractions, heapq
import inspect, itertools, math, multiprocessing, operator, pathlib, pickle, pprint, queue, random, re, sqlite3
import statistics, string, struct, textwrap, time, timeit, traceback, typing, unittest, urllib.request, uuid
import numpy.linalg, numpy.fft, numpy.polynomial, numpy.random, numpy.testing

assert math.isclose(statistics.mean([1, 2, 3]), 2) and random.random() < 1 and uuid.uuid4()
asyncio.iscoroutinefunction(print)
