"""Alarms and dashboard, each declared as data.

alarm       what one alarm is
alarms      all alarms on metrics, for a configuration
composites  the composite alarms, which send the messages
widgets     what one widget of the dashboard is
dashboard   the dashboard, row by row
constructs  the constructs that deploy alarms and topic
"""
