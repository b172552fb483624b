"""The local stack: every part of Vedette and what it runs on, under supervisord, on loopback."""
