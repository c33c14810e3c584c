"""The comment section as readers and authors see it: threads, their frame, writing, the author's own page."""
