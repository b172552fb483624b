"""The past in two times, as the store's `_as_of` views tell it: questions, the moments they are asked of, and what two answers differ in.

Here and not in a process because the command, the control API and the dashboard all ask the same. No I/O: whoever asks brings an `Ask`.
"""
