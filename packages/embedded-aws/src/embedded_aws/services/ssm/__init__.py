"""Systems Manager as far as it is about instances: which it manages, what is sent to them, sessions with them.

moto has none of it but a SendCommand that claims success. There are no machines here, so no command is run and no shell
is opened; each answer says so in the place where AWS says what became of a command or session.

agents       which instances report, and until when        commands  Run Command
information  DescribeInstanceInformation                       sessions  Session Manager
                                                               channel   what is said in a session
"""
