"""The guided story in the browser: a bar to switch roles, the story's pages, and an end card. Only in the demo."""
