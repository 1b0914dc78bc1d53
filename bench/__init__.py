"""Benchmarks: what a durable, encrypted send costs beside a bare relay that stores nothing, and beside what one would
install instead. `python -m bench`.

machine      cores, pinning, versions, what a process used
relay        the floor: a stock uvicorn that forwards frames
servers      the processes under test: the floor, and `pli serve` on each store
stock        `pli serve` without its direct path
people       accounts, mailboxes and open threads, made through the real interface
sealing      messages sealed beforehand, as the frames that will be sent
peers        ejabberd and socket.io
lineup       all of them, started
load         what a run asks of the generator, and what it reports
generator    the process that sends the frames and times the answers
dialects     what it speaks with each of them
record       what one connection sent and saw
accounting   every message acknowledged once and delivered once, or the run fails
growth       what a send costs with a million messages stored
idle         memory of a connection that says nothing
rounds       the variants, interleaved
report       the table, `latest.json`, `RESULTS.md`
plot         the same as a picture
"""
