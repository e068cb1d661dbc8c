"""The deployed alarms, held against what happens: each goes off when it must, and none does when it must not.

`stack` is what is deployed, `stage` lets time pass and has CloudWatch's alarms look on, `minutes`, `starting`, `hours`
and `traffic` are the scenes, `scenes` all of them, with what must go off in each. `test_alarms` plays them.
"""
