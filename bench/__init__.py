"""Benchmarks: what a durable, encrypted send costs beside a bare relay that stores nothing. `python -m bench`.

machine      cores, pinning, versions, what a process used
relay        the floor: a stock uvicorn that forwards frames
servers      the processes under test: the floor, and `pli serve` on each store
people       accounts, mailboxes and open threads, made through the real interface
sealing      messages sealed beforehand, as the frames that will be sent
load         what a run asks of the generator, and what it reports
generator    the process that sends the frames and times the answers
accounting   every message acknowledged once and delivered once, or the run fails
idle         memory of a connection that says nothing
rounds       the variants, interleaved
report       the table, `latest.json`, `RESULTS.md`
"""
