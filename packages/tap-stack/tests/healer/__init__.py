"""Tests of the healer, and the model of AWS that they run it against."""
