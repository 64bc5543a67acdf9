"""AWS Lambda of the embedded AWS: moto stores the functions, this runs them.

service      the way in, and what an invocation is       admin        create, update, permissions, concurrency
store        moto's records as frozen definitions        checks       what AWS refuses
pool         execution environments, warm and cold       package      the deployed zip, unpacked for a process
environment  one process                                 runtime_api  what that process polls
worker       our own runtime where AWS's is missing      role         what is done in a role's name
queue        asynchronous events: retries, age           destinations where their outcome goes
event_sources whose records a function is given          source_pollers who receives and reads them
event_records what is handed over, and what comes back   aliases      names of versions, shares of events
logs         START, END, REPORT                          invocations  what is told to whoever watches
"""
