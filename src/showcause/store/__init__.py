"""The one room that knows a database: tables, triggers, records, keys, jobs, log rows.

Importing this package configures Django for these tables, unless a project has configured it already. Begin at
`showcause.store.config.open_store`.
"""

from showcause.store.standalone import configure

configure()
