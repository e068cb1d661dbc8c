"""The truth tier: every view and named query on a real Trino, over what the deployed functions wrote.

    make test-athena

It needs nothing on the machine but Python, make and a network. Trino 476, of whose line Athena engine version 3 is a
build, is fetched once (821 MB, by Maven if there is one, which knows your mirror) and unpacked to build/trino/476
(400 MB); `make clean` removes it. Its Java comes with tests/athena/requirements.txt. What Trino says is in
build/trino/server.log. With one session's worth of everything the tier takes two to three minutes on two cores.

How it goes, in the order of the modules:

- `days`, `world`, `script`: four days up to the machine's today, what there is at Cloudflare, and what goes wrong.
- `overheard`: every answer of the simulated Cloudflare is kept.
- `lake`: the deployed collector runs for each minute and the deployed compactor after each day.
- `line`, `books`: what the lake must hold, in plain Python, from the answers and the script alone.
- `expected`: what each named query must answer, from the books, by the definitions that open its file.
- `deployed`, `trino`: Trino over the deployed Glue tables, views and the bucket.

A new query needs a function in `expected`; without one the tests fail. To look into the lake yourself, put
`breakpoint()` into a test and ask `lake.trino.query("SELECT …").rows`.
"""
