"""Starts one command from a process that is small itself, as the kernel counts the peak memory of the starter as the command's.

Usage: launch.py REPORT COMMAND...    writes "wall user system peak_kib status" into REPORT; status is wait's, or "error NUMBER"
"""
import os
import sys
import time


def main():
    begin = time.monotonic()
    try:
        pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
    except OSError as error:
        return "error %d" % error.errno
    _, status, usage = os.wait4(pid, 0)
    return "%.6f %.6f %.6f %d %d" % (time.monotonic() - begin, usage.ru_utime, usage.ru_stime, usage.ru_maxrss, status)


with open(sys.argv[1], "w", encoding="ascii") as report:
    report.write(main())
