"""`tap`: the command line, the demo and the simulator."""
