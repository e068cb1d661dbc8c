"""The collector's parts, one module at a time: no clock but the test's own, no network but this machine."""
