"""Proof under fire: days of random troubles, and a model that says of every minute what must be there. `make soak`

Read in this order:

    stack       what is deployed, and the Cloudflare that it polls
    weather     every kind of trouble that may strike, as data
    script      what a plan is made of: events, compactions, and what befalls them
    spell       the weather of a stretch of minutes
    plan        the seed's days: which events come when, and what befalls each
    happened    what happened, as those who brought it about noted it
    day         lets the day pass in the sandbox, and notes what happened
    operator    who restores, replays and looks at the end of it
    evidence    what is there in the end: objects, data, log lines, messages, rows of the views
    gathering   reads it
    model/      what must be there, worked out from Cloudflare's own record; it knows nothing of the product's code
    seed        one seed from its plan to its verdict
    side_by_side, report   seeds in processes, and what a person reads of them
"""
