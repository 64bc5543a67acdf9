"""Tests of the components: what the program registers, decided before anything is deployed."""
