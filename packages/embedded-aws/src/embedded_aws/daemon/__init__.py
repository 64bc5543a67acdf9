"""The embedded AWS as a background process of one project, and the way to it.

    folder    a project's private folder: what lies there, for its owner alone
    process   start it, find it, stop it
    service   the process itself
    control   what AWS's API has no call for, as operations that the process answers
    client    asks for these operations

It survives the terminal that started it, and knows nothing of Pulumi: a stack is deployed into it from outside.
"""
