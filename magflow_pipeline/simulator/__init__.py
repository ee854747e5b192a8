"""A marketplace that answers like eMAG's api-3 over HTTP, with faults on demand: for the demo and tests.

It imports nothing from the other packages. Start with `running.running` (tests), `running.serve`
(people) and `catalogue.make_catalogue`; credentials are the account's name and `server.PASSWORD`.
"""
