"""What must be there, worked out from docs/data.md and from Cloudflare's own record of what it served.

Nothing here calls the product or imports its code, names of metrics and columns aside: it would only repeat its errors.

    answers       what an answer of Cloudflare says
    finding       what is wrong, and the tally of what is known and unknown
    reasons       whether a reason is borne out
    naming        what a run knew of the names
    saved         every line in S3, against those answers
    missing       every minute without an object: who says why
    series        what a series is, and which data the lines of a minute make
    published     every datum in CloudWatch, against the lines in S3
    lake          every row of the views, against the lines in S3
    judge         all of it
"""
