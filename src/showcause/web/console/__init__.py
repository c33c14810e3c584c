"""The desk: a plain console for the people of the house, behind login."""
