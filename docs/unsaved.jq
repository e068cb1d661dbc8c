# Log messages with `unsaved` in (a JSON list of texts), the lines of the raw object out. See operations.md, Not saved.
[.[] | fromjson | .unsaved]
| group_by(.run)
| map(group_by(.line) | select(length == .[0][0].lines and all(.[]; length == .[0].parts)))
| .[0] // error("no run has all its lines in the log: widen the search")
| .[]
| sort_by(.part)
| map(.text)
| add
