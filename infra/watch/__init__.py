"""What people on call look at and are woken by: alarms and the dashboard, each declared as data.

`alarm`       what one alarm is
`alarms`      all that watch metrics, for a configuration; `minutes`, `hours`, `functions`, `traffic` by what they watch
`names`       what of the deployment the data name, before CloudFormation has named it
`composites`  those that send the messages, each over a group of alarms
`topic`       whom they tell
`alerting`    the construct that deploys them
`widget`      what one widget of the dashboard is, and how rows are laid out
`rows`        the rows of the dashboard, one module for each group
`dashboard`   the dashboard, top to bottom, and the construct that deploys it
"""
