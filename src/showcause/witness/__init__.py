"""Programs for people who trust no log: a witness that remembers, a mirror that keeps. They know formats and sockets.

Nothing else of ours is imported here, so that whoever runs one needs no part of the program that writes the log.
"""
