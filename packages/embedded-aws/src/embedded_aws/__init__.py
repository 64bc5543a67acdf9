"""An AWS embedded in this process: moto on a loopback port, with a clock and the behaviour that moto lacks."""
