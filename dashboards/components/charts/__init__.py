"""The charts that pages draw with.

Each is an Altair chart whose specification does not change while only data does, so a refresh moves points and redraws
nothing. Times are drawn in the reader's zone by the browser.
"""
