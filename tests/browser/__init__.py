"""The preview of the dashboard in a real browser: Debian's Chromium, driven over WebDriver by Selenium.

Selenium and not Playwright: Debian builds `chromium-driver` with its `chromium`, so the two always fit, while
Playwright is made for browsers of its own, which it downloads.
"""
