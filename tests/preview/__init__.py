"""A preview of the deployed dashboard, drawn with the sandbox's data: one HTML file that needs no network.

`body` reads what was deployed, `rows` what a widget asks for, `plot` brings the answers. `chart`, `figures`, `table`,
`markdown` and `alarm_states` draw, each a kind of widget; `widgets` knows which. `legend`, `annotations`, `numbers` and
`markup` are parts of what they draw. `page` puts it all into one file, `deployed` one for each deployed dashboard.

It draws what CloudWatch's documentation says CloudWatch draws. What it cannot draw, it says in the widget's place.
"""
