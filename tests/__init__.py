"""The tests, what they run on, and the demo. A test goes into the first of these that can hold it:

    unit/                 the functions' modules and the commands, one at a time, without a sandbox
    infra/                the synthesised stack: configuration, template, permissions, alarms, dashboard
    cost/                 the estimate of the bill, and the tables of docs/cost.md
    docs/                 the pages say what the code does
    end_to_end/           the deployed stack in the sandbox, minute by minute, under every fault
    end_to_end_sources/   several sources in one deployment
    end_to_end_alarms/    every deployed alarm, by scenes that set it off
    end_to_end_demo/      the demo, and its own checks

The end-to-end folders are apart because each deploys one stack of its own, once for all of its tests.

A tier of its own has each of these, with a verb of the Makefile and what it needs beside the rest:

    athena/               views and queries on a real Trino                  make test-athena
    soak/                 days of random faults, and a model of the outcome  make test-soak, soak
    browser/              the drawn dashboard in Chromium                    make test-browser
    security/             bandit, pip-audit, checkov, and what they accept   make security
    bench/                figures, which nothing passes or fails             make bench, bench-scale, bench-lake

What they stand on:

    sandbox/              AWS and Cloudflare on one machine
    preview/              draws the deployed dashboard from the sandbox's data
    demo/                 make demo
    stand_ins/            tests of sandbox/ and preview/, by the pages of AWS and Cloudflare
    fixtures/             answers of Cloudflare's API, with where each is from
    tables, markdown      the tables in docs/, made from declared data
"""
