"""The life of rule versions: proposed as files, tried in steps, approved, live, ended. Every step is a public entry."""
